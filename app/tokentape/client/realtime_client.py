"""RealtimeClient: events over Socket.IO or a plain WebSocket, kept up over lost connections.

After each reconnection it resumes the runs that it has seen and that have not ended.
"""

import asyncio
import random
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from itertools import count
from typing import Literal, NamedTuple, Self

from tokentape.client.backoff import RECONNECTIONS, Backoff
from tokentape.client.failures import Failure, Lost, Unreachable, Unwelcome
from tokentape.client.listeners import Listener, Listeners
from tokentape.client.socket_connection import SocketConnection
from tokentape.client.socket_events import (
    Ack,
    Event,
    Incoming,
    SocketClosed,
    SocketDenied,
    SocketOpened,
    SocketProtocol,
)
from tokentape.client.socketio_wire import SocketIOWire
from tokentape.client.state import OVER, ConnectionState, check_move
from tokentape.client.websocket_wire import WebSocketWire
from tokentape.contract.contract import Json, pick
from tokentape.contract.timeline import Malformed

RUNS_MAX = 1_000
"""Runs that are remembered for resuming; the one that has been silent longest goes first."""

ACKS_MAX = 1_000
"""Acknowledgements that are awaited; the oldest is given up first."""


class Opening(NamedTuple):
    """What a client shows as it connects."""

    auth: Json
    headers: Mapping[str, str]
    query: str


@dataclass(frozen=True, slots=True)
class ReceivedEvent:
    """An event, when the socket read returned that completed it, and that read's number."""

    event: str
    payload: Json
    at_ns: int
    read: int
    since_ns: int = 0
    """When its connection was surely still empty."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RealtimeOptions:
    """Times are in seconds. The defaults are the documented ones."""

    transport: Literal["socketio", "websocket"] = "socketio"
    namespace: str = "/"
    """Socket.IO namespace, or the path of a plain WebSocket."""
    auth: Json = None
    headers: Mapping[str, str] = field(default_factory=dict)
    """Of the handshake's request."""
    query: str = ""
    """Of the handshake's address, as it is written there."""
    path: str = "/socket.io/"
    """Of Engine.IO, for Socket.IO."""
    opening: Callable[[], Opening] | None = None
    """What each connection shows, instead of `auth`, `headers` and `query`, where it may change."""
    reconnection: bool = True
    reconnection_attempts: int | None = RECONNECTIONS.most
    """`None`: for ever."""
    reconnection_delay: float = RECONNECTIONS.initial_s
    reconnection_delay_max: float = RECONNECTIONS.max_s
    timeout: float = 20.0
    """For a connection to be made, and for an acknowledgement."""
    silence: float | None = None
    """Without a byte for so long, pings included, the connection counts as dead; `None`: what the
    server announces, or 45 s."""
    resume: bool = True
    ends: Callable[[str, Json], bool] = lambda _event, _payload: False
    """Which events end their run, so that it is resumed no more."""
    run: str | None = "runId"
    seq: str | None = "seq"
    """Paths of the run's id and the event's number in payloads."""
    watch: Callable[[bytes, int], None] | None = None
    """Called with each message of the socket, as it came, and when."""
    skip_repeated: bool = True
    """Drop events that were heard before; off for those who look for such faults."""

    def backoff(self) -> Backoff:
        """How long to wait between attempts; none are made where `reconnection` is off."""
        return Backoff(
            initial_s=self.reconnection_delay,
            max_s=self.reconnection_delay_max,
            multiplier=RECONNECTIONS.multiplier,
            most=self.reconnection_attempts if self.reconnection else 0,
        )


DEFAULTS = RealtimeOptions()
_SILENCE_S = 45.0


class RealtimeClient:
    """Use as an async context manager: connected inside of it, gone after it.

    Beside the server's events, listeners are told of `connect`, `disconnect` (with a reason) and
    `error` (with a `Failure`); `*` is told of every event, as `ReceivedEvent`, at the socket read.
    """

    def __init__(
        self,
        url: str,
        options: RealtimeOptions = DEFAULTS,
        *,
        on_state: Callable[[ConnectionState], None] | None = None,
        chance: random.Random | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self.state = ConnectionState.DISCONNECTED
        self.failure: Failure | None = None
        """Why the client failed, or last lost its connection."""
        self._url = url
        self._options = options
        self._on_state = on_state
        self._chance = chance or random.Random()
        self._sleep = sleep
        self._listeners = Listeners()
        self._numbers = count(1)
        self._acks: OrderedDict[int, Callable[[Json], None]] = OrderedDict()
        self._calls: set[asyncio.Future[Json]] = set()
        self._runs: OrderedDict[str, int] = OrderedDict()
        self._task: asyncio.Task[None] | None = None
        self._settled = asyncio.Event()
        self._line: SocketConnection | None = None
        self._wire: SocketProtocol | None = None
        self._opened = asyncio.Event()
        self._lost = asyncio.Event()
        self._silence_s = _SILENCE_S
        self._broken: Exception | None = None

    def on(self, event: str, listener: Listener) -> Callable[[], None]:
        """Listen to an event; returns what ends that."""
        return self._listeners.on(event, listener)

    async def __aenter__(self) -> Self:
        async with AsyncExitStack() as undo:
            undo.push_async_callback(self.disconnect)
            await self.connect()
            undo.pop_all()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.disconnect()

    async def connect(self) -> None:
        """Returns once connected. Raises `Unreachable` when the client has given up."""
        if self._task is None:
            self._settled.clear()
            self._set(ConnectionState.CONNECTING)
            self._task = asyncio.create_task(self._run())
        await self._settled.wait()
        if self.state is ConnectionState.FAILED and self.failure is not None:
            raise self.failure

    async def disconnect(self, *, politely: bool = True) -> None:
        """Cancel, in whatever state: nothing is told any more, nothing stays behind.

        Impolitely: without a word to the server, as a connection that is lost.
        """
        task, self._task = self._task, None
        line, self._line = self._line, None
        if task is not None:
            task.cancel()
            with suppress(asyncio.CancelledError):
                await task
        if line is not None:
            await line.close(politely=politely)
        if self.state not in OVER:
            self._set(ConnectionState.DISCONNECTED)
        self._settled.set()

    def emit(
        self, event: str, payload: Json = None, on_ack: Callable[[Json], None] | None = None
    ) -> None:
        """Send an event. `on_ack` is called with its acknowledgement, should one come.

        Raises `Unreachable` while there is no connection.
        """
        if self._line is None or self._wire is None or self.state is not ConnectionState.CONNECTED:
            why = f" ({self.failure})" if self.failure is not None else ""
            raise Unreachable(f"{event}: not connected but {self.state}{why}")
        number = None
        if on_ack is not None:
            number = next(self._numbers)
            self._acks[number] = on_ack
            if len(self._acks) > ACKS_MAX:
                self._acks.popitem(last=False)
        self._wire.emit(event, payload, number)
        self._line.flush()

    async def call(self, event: str, payload: Json = None) -> Json:
        """Send an event and wait for its acknowledgement.

        Raises `Unreachable` if there is no connection, or if it does not come in time.
        """
        acknowledged: asyncio.Future[Json] = asyncio.get_running_loop().create_future()
        calls = self._calls
        calls.add(acknowledged)
        try:
            self.emit(event, payload, lambda answer: _answer(acknowledged, answer))
            async with asyncio.timeout(self._options.timeout):
                return await acknowledged
        except TimeoutError as error:
            raise Unreachable(f"{event}: no acknowledgement in time") from error
        finally:
            calls.discard(acknowledged)

    def follow(self, run: str, last_seq: int) -> None:
        """Remember a run, to be resumed after this event when the connection comes back."""
        self._runs[run] = last_seq
        self._runs.move_to_end(run)
        if len(self._runs) > RUNS_MAX:
            self._runs.popitem(last=False)

    def pause(self) -> None:
        """Read no more for now, so that the server feels it."""
        if self._line is not None:
            self._line.pause()

    def resume(self) -> None:
        """Read on, after `pause`."""
        if self._line is not None:
            self._line.resume()

    async def _run(self) -> None:
        failed, backoff = 0, self._options.backoff()
        try:
            while True:
                try:
                    await self._open()
                    failed = 0
                    await self._stay()
                except Failure as failure:
                    self.failure = failure
                finally:
                    await self._drop()
                if self._broken is not None:
                    self._set(ConnectionState.FAILED)
                    raise self._broken
                failed += 1
                if (self.failure and self.failure.final) or backoff.gives_up(failed):
                    self._set(ConnectionState.FAILED)
                    self._listeners.tell("error", self.failure)
                    return
                self._set(ConnectionState.RECONNECTING)
                self._listeners.tell("error", self.failure)
                await self._sleep(backoff.wait_s(failed, self._chance))
        finally:
            self._settled.set()

    async def _open(self) -> None:
        """Connect and be welcome. Raises a `Failure`."""
        options, place = self._options, f"{self._url}{self._options.namespace}"
        self._opened.clear()
        self._lost.clear()
        self.failure = None
        interrupted = tuple(self._runs.items())
        opening = Opening(options.auth, options.headers, options.query)
        if options.opening is not None:
            opening = options.opening()
        wire: SocketIOWire | WebSocketWire
        if options.transport == "socketio":
            wire = SocketIOWire(self._url, options.namespace, *opening, path=options.path)
        else:
            wire = WebSocketWire(self._url, options.namespace, *opening)
        self._wire = wire
        wire.watch = None if options.watch is None else self._watch
        try:
            async with asyncio.timeout(options.timeout):
                self._line = await SocketConnection.open(self._url, self._wire, self._take)
                await self._opened.wait()
        except TimeoutError as error:
            raise Unreachable(f"{place}: no connection within {options.timeout:g} s") from error
        except OSError as error:
            raise Unreachable(f"{place}: {error}") from error
        if self.failure is not None:
            raise self.failure
        self._set(ConnectionState.CONNECTED)
        self._settled.set()
        self._listeners.tell("connect")
        if options.resume:
            await self._resume(interrupted)

    async def _stay(self) -> None:
        """Until the connection is lost. Raises `Lost`."""
        line = self._line
        while line is not None and not self._lost.is_set():
            left_s = self._silence_s - (time.monotonic_ns() - line.heard_ns) / 1e9
            if left_s <= 0:
                self.failure = Lost(f"silent for {self._silence_s:g} s")
                break
            with suppress(TimeoutError):
                # Not `wait_for`: Python 3.11's forgets a cancellation that comes with the result.
                async with asyncio.timeout(left_s):
                    await self._lost.wait()
        self._listeners.tell("disconnect", str(self.failure))
        raise self.failure or Lost("the connection was closed")

    async def _resume(self, runs: tuple[tuple[str, int], ...]) -> None:
        for run, last_seq in runs:
            try:
                answer = await self.call("resume", {"runId": run, "lastSeq": last_seq})
            except Unreachable as failure:
                raise Lost(str(failure)) from failure
            if pick(answer, "ok") is not True:
                self._runs.pop(run, None)
                code = pick(answer, "code") or "no reason given"
                self._listeners.tell("error", Lost(f"run {run} can't be resumed: {code}"))

    async def _drop(self) -> None:
        line, self._line = self._line, None
        if line is not None:
            await line.close(politely=False)
        self._acks.clear()
        self._give_up_calls()

    def _give_up_calls(self) -> None:
        for waiting in self._calls:
            if not waiting.done():
                waiting.set_exception(Unreachable("the connection was lost"))

    def _watch(self, message: str | bytes) -> None:
        if self._options.watch is not None:
            data = message.encode() if isinstance(message, str) else message
            self._options.watch(data, time.monotonic_ns())

    def _take(self, incoming: Incoming, at_ns: int, read: int) -> None:
        try:
            self._understand(incoming, at_ns, read)
        except Exception as error:  # noqa: BLE001  # a listener's: told to who disconnects
            self._broken = self._broken or error
            self._fail(Lost(f"a listener failed: {error!r}"))

    def _understand(self, incoming: Incoming, at_ns: int, read: int) -> None:
        match incoming:
            case Event(name, payload):
                since_ns = self._line.since_ns if self._line is not None else 0
                self._hear(ReceivedEvent(name, payload, at_ns, read, since_ns))
            case Ack(number, payload):
                if (told := self._acks.pop(number, None)) is not None:
                    told(payload)
            case SocketOpened(silence_s):
                self._silence_s = self._options.silence or silence_s or _SILENCE_S
                self._opened.set()
            case SocketDenied(message, final):
                self._fail(
                    Unwelcome(f"{self._url}{self._options.namespace}: {message}", final=final)
                )
            case SocketClosed(reason):
                opened = self._opened.is_set()
                self._fail(Lost(reason) if opened else Unreachable(f"{self._url}: {reason}"))

    def _fail(self, failure: Failure) -> None:
        self.failure = self.failure or failure
        self._opened.set()
        self._lost.set()
        self._give_up_calls()

    def _hear(self, heard: ReceivedEvent) -> None:
        run = pick(heard.payload, self._options.run) if self._options.run else None
        seq = pick(heard.payload, self._options.seq) if self._options.seq else None
        if isinstance(run, str) and isinstance(seq, int):
            if self._options.skip_repeated and seq <= self._runs.get(run, -1):
                return
            self.follow(run, seq)
            if self._options.ends(heard.event, heard.payload):
                self._runs.pop(run, None)
        self._listeners.tell("*", heard)
        if not isinstance(heard.payload, Malformed):
            self._listeners.tell(heard.event, heard.payload)

    def _set(self, state: ConnectionState) -> None:
        if state is not self.state:
            check_move(self.state, state)
            self.state = state
            if self._on_state is not None:
                self._on_state(state)


def _answer(waiting: asyncio.Future[Json], answer: Json) -> None:
    if not waiting.done():
        waiting.set_result(answer)
