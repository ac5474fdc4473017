"""SSEClient: one stream of server-sent events, kept up over lost connections.

A lost stream is resumed after its last event, never asked for twice once something came of it.
"""

import asyncio
import random
import re
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import aclosing, suppress
from dataclasses import dataclass
from typing import Self

from tokentape.client.answer_head import Glimpse
from tokentape.client.backoff import SSE_RETRIES, Backoff
from tokentape.client.decoders import StreamDecoder
from tokentape.client.failures import Failure, Lost, Silent, WrongType
from tokentape.client.http_connection import NO_BODY, REDIRECT, HttpAnswer, HttpCall, HttpConnection
from tokentape.client.listeners import Listener, Listeners
from tokentape.client.mailbox import Mailbox
from tokentape.client.notices import is_event_stream
from tokentape.client.sse import ServerSentEvent, SSEDecoder, TooLong
from tokentape.client.state import OVER, ConnectionState, check_move

NUMBER = re.compile(r"[0-9]{1,18}")
QUEUED_MAX = 1_000
"""Events that wait for a slow reader; with more, the socket is not read on."""

Resume = Callable[[str], HttpCall]
"""From the last event's id to the request for what came after it."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """An event, when the socket read returned that completed it, and that read's number."""

    event: ServerSentEvent
    at_ns: int
    read: int
    since_ns: int = 0
    """When its connection was surely still empty."""


def is_done(event: ServerSentEvent) -> bool:
    """The end as OpenAI writes it."""
    return event.data == "[DONE]"


def never(_event: ServerSentEvent) -> bool:
    """For streams without an end, as EventSource has them."""
    return False


@dataclass(frozen=True, slots=True, kw_only=True)
class SSEOptions:
    """Times are in seconds. The defaults are the documented ones."""

    max_retries: int | None = SSE_RETRIES.most
    initial_retry_delay: float = SSE_RETRIES.initial_s
    max_retry_delay: float = SSE_RETRIES.max_s
    backoff_multiplier: float = SSE_RETRIES.multiplier
    timeout: float = 20.0
    """For a connection to be made and a request to be taken."""
    silence: float | None = 45.0
    """Without a byte for so long, heartbeats included, the connection counts as dead."""
    ends: Callable[[ServerSentEvent], bool] = is_done
    resume: Resume | None = None
    """`None`: a GET is repeated with `Last-Event-ID`; other methods are not repeated once an event
    has come, since that would ask twice."""
    decoder: Callable[[], StreamDecoder] = SSEDecoder
    """Makes what reads one connection's body."""
    watch: Callable[[bytes, int], None] | None = None
    """Called with each block of a stream's body, decompressed, and when it came."""
    linger: float = 0.0
    """How long to look on after the end for what must not come."""
    skip_repeated: bool = True
    """Drop events that a resumed stream brings again; off for those who look for such faults."""
    require_type: bool = True
    """An answer that is not `text/event-stream` is a failure."""

    def backoff(self, initial_s: float | None = None) -> Backoff:
        """The waits between attempts, from the server's own `retry` where it gave one (seconds)."""
        return Backoff(
            initial_s=self.initial_retry_delay if initial_s is None else initial_s,
            max_s=self.max_retry_delay,
            multiplier=self.backoff_multiplier,
            most=self.max_retries,
        )


DEFAULTS = SSEOptions()


class SSEClient:
    """Use as an async context manager, and iterate; or `on(event, listener)` and `join()`.

    Events without a name are `message`. Also told: `open`, `error` (a `Failure`), `close`.
    """

    def __init__(
        self,
        call: HttpCall,
        options: SSEOptions = DEFAULTS,
        *,
        on_state: Callable[[ConnectionState], None] | None = None,
        line: HttpConnection | None = None,
        chance: random.Random | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.state = ConnectionState.DISCONNECTED
        self.failure: Failure | None = None
        """Why the client failed, or last lost its connection."""
        self.content_type: str | None = None
        """The answer's, once there is one."""
        self.unfinished = ""
        """What the stream broke off in: the lines of an event that has begun."""
        self.skipped: tuple[int, str] | None = None
        """The first line that is no field of an event, behind how many events."""
        self.unclosed: Exception | None = None
        """Why the stream was over behind its end, where the server did not close it: a
        `TimeoutError` where it stayed open."""
        self._answer: HttpAnswer | None = None
        self._delivered = 0
        self.last_id = ""
        self._call = call
        self._options = options
        self._on_state = on_state
        self._own_line = line is None
        self._line = line or HttpConnection(connect_s=options.timeout, silence_s=options.silence)
        self._chance = chance or random.Random()
        self._sleep = sleep
        self._listeners = Listeners()
        self._arrivals: Mailbox[Arrival] | None = None
        self._task: asyncio.Task[None] | None = None
        self._initial_s: float | None = None
        self._came = False
        self._progressed = False

    @property
    def set_cookies(self) -> tuple[str, ...]:
        """The cookies that the latest answer set, as its headers have them."""
        return self._answer.set_cookies if self._answer is not None else ()

    @property
    def glimpse(self) -> Glimpse | None:
        """The head of the latest answer and its first bytes, once it has come."""
        return self._answer.glimpse if self._answer is not None else None

    def on(self, event: str, listener: Listener) -> Callable[[], None]:
        """Listen to an event; returns what ends that."""
        return self._listeners.on(event, listener)

    async def __aenter__(self) -> Self:
        self.connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.disconnect()
        if self._own_line:
            await self._line.close()

    def connect(self) -> None:
        """Begin, in the background."""
        if self._task is None:
            self._set(ConnectionState.CONNECTING)
            self._task = asyncio.create_task(self._run())

    async def disconnect(self) -> None:
        """Cancel, in whatever state: nothing is delivered any more, nothing stays behind."""
        task, self._task = self._task, None
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        if self.state not in OVER:
            self._over(ConnectionState.DISCONNECTED)

    async def join(self) -> None:
        """Wait for the end. Raises the `Failure` of a client that failed."""
        if self._task is not None:
            await asyncio.wait({self._task})
            if self._task is not None and not self._task.cancelled():
                self._task.result()
        if self.state is ConnectionState.FAILED and self.failure is not None:
            raise self.failure

    def __aiter__(self) -> AsyncIterator[Arrival]:
        # Made before the first await, so that nothing is missed by who iterates at once.
        self._arrivals = self._arrivals or Mailbox(QUEUED_MAX)
        return self._iterate(self._arrivals)

    async def _iterate(self, arrivals: Mailbox[Arrival]) -> AsyncIterator[Arrival]:
        async for arrival in arrivals:
            yield arrival
        await self.join()

    async def _run(self) -> None:
        failed, call = 0, self._call
        try:
            while True:
                self._progressed = False
                try:
                    await self._once(call)
                    self._over(ConnectionState.DISCONNECTED)
                    return
                except Failure as failure:
                    self.failure = failure
                failed = 1 if self._progressed else failed + 1
                again = self._next_call()
                if again is None or self.failure.final or self._backoff().gives_up(failed):
                    self._over(ConnectionState.FAILED)
                    return
                call = again
                self._set(ConnectionState.RECONNECTING)
                self._listeners.tell("error", self.failure)
                await self._sleep(self._wait_s(failed))
        finally:
            if self._arrivals is not None:
                self._arrivals.close()

    def _backoff(self) -> Backoff:
        return self._options.backoff(self._initial_s)

    def _wait_s(self, failed: int) -> float:
        wait_s = self._backoff().wait_s(failed, self._chance)
        asked_s = self.failure.retry_after_s if self.failure else None
        return wait_s if asked_s is None else max(wait_s, asked_s)

    def _next_call(self) -> HttpCall | None:
        if not self._came:
            return self._call
        if self._options.resume is not None:
            return self._options.resume(self.last_id) if self.last_id else None
        if self._call.method != "GET":
            return None
        return self._call.with_headers(Last_Event_ID=self.last_id) if self.last_id else self._call

    async def _once(self, call: HttpCall) -> None:
        """One connection, to the end of the stream. Raises a `Failure`."""
        call = call.with_defaults(Accept="text/event-stream", Cache_Control="no-store")
        async with self._line.asked(call) as answer:
            self._answer = answer
            if answer.status >= REDIRECT or answer.status in NO_BODY:
                raise await answer.refusal()
            self.content_type = answer.content_type
            if self._options.require_type and not is_event_stream(answer.content_type):
                raise WrongType(f"Content-Type is {answer.content_type or 'missing'}")
            self._set(ConnectionState.CONNECTED)
            self._listeners.tell("open")
            try:
                await self._read(answer)
            except TimeoutError as error:
                raise Silent(f"silent for {self._options.silence:g} s") from error
            except (ConnectionError, TooLong) as error:
                raise Lost(str(error)) from error

    async def _read(self, answer: HttpAnswer) -> None:
        ended = False
        decoder, last_id, before = self._options.decoder(), self.last_id, self._delivered
        try:
            async with aclosing(answer.blocks()) as blocks, asyncio.timeout(None) as looking:
                async for block in blocks:
                    if self._options.watch is not None:
                        self._options.watch(block.data, block.at_ns)
                    events = decoder.feed(block.data)
                    if decoder.skipped is not None and self.skipped is None:
                        count, line = decoder.skipped
                        self.skipped = before + count, line
                    for event in events:
                        if self._options.skip_repeated and _repeats(event, last_id):
                            continue
                        await self._deliver(Arrival(event, block.at_ns, block.read, block.since_ns))
                        ended = ended or self._options.ends(event)
                    if ended and not self._options.linger:
                        return
                    if ended and looking.when() is None:
                        now = asyncio.get_running_loop().time()
                        looking.reschedule(now + self._options.linger)
        except (ConnectionError, TimeoutError) as error:
            if not ended:
                raise
            self.unclosed = error
        finally:
            self.unfinished = decoder.unfinished
        if not ended:
            raise Lost("the server closed the stream before its end")

    async def _deliver(self, arrival: Arrival) -> None:
        event = arrival.event
        self._came = self._progressed = True
        self._delivered += 1
        if event.id:
            self.last_id = event.id
        if event.retry_ms is not None:
            self._initial_s = event.retry_ms / 1_000
        if self._arrivals is not None:
            await self._arrivals.put(arrival)
        self._listeners.tell(event.event or "message", event)

    def _set(self, state: ConnectionState) -> None:
        if state is not self.state:
            check_move(self.state, state)
            self.state = state
            if self._on_state is not None:
                self._on_state(state)

    def _over(self, state: ConnectionState) -> None:
        self._set(state)
        if state is ConnectionState.FAILED:
            self._listeners.tell("error", self.failure)
        self._listeners.tell("close")


def _repeats(event: ServerSentEvent, last_id: str) -> bool:
    """Whether an event was seen before, by an id of the form `<run>:<number>`."""
    run, _, number = event.id.rpartition(":")
    last_run, _, last_number = last_id.rpartition(":")
    if not run or run != last_run:
        return False
    counted = NUMBER.fullmatch(number) and NUMBER.fullmatch(last_number)
    return bool(counted) and int(number) <= int(last_number)
