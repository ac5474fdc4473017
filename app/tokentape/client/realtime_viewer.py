"""A viewer over Socket.IO or a plain WebSocket: turns are events on one connection, and so are
their answers."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing, suppress
from typing import Literal, Self, cast
from urllib.parse import urlencode

from tokentape.client.failures import Failure, TurnRefused, Unreachable
from tokentape.client.http_connection import HttpConnection, merged
from tokentape.client.mailbox import Mailbox
from tokentape.client.realtime_client import Opening, RealtimeClient, RealtimeOptions, ReceivedEvent
from tokentape.client.requests import Requests
from tokentape.client.state import OVER, ConnectionState
from tokentape.client.turn import Turn, new_uuid, values_for
from tokentape.contract.contract import Contract, Emit, Json, fill, pick
from tokentape.contract.integrity import Difference
from tokentape.contract.timeline import Seen, see
from tokentape.contract.violations import Cause

_UNREAD_MAX = 10_000
_CONNECT_S = 20.0


class RealtimeViewer:
    """Sees answers by one contract whose transport is `socketio` or `websocket`.

    `linger_s` is how long it looks on after the end, for what must not come.
    """

    def __init__(
        self,
        url: str,
        contract: Contract,
        *,
        token: str | None = None,
        headers: Mapping[str, str] | None = None,
        query: Sequence[tuple[str, str]] = (),
        read_timeout_s: float | None = 60.0,
        linger_s: float = 0.0,
        watch: Callable[[bytes, int], None] | None = None,
        turn: Turn | None = None,
    ) -> None:
        self.contract = contract
        self.timeline: list[Seen] = []
        self.started_ns = 0
        self.noticed: list[Difference] = []
        self.request: Json = None
        self._read_timeout_s = read_timeout_s
        self._linger_s = linger_s
        self._headers, self._query = dict(headers or {}), tuple(query)
        self._turn = turn
        self._values: dict[str, Json] = {"token": token, "uuid": new_uuid}
        if turn is not None:
            self._values = values_for(contract, turn)
        self._taken: dict[str, Json] = {}
        self._line = HttpConnection(connect_s=_CONNECT_S, silence_s=read_timeout_s)
        self._requests = Requests(url, self._line, headers, query)
        self._greeted = not contract.emits_before
        self._awaited: str | None = None
        """The event that is waited for before the question."""
        self._came = asyncio.Event()
        self._arrived = self._mailbox()
        self._refusal: Failure | None = None
        options = RealtimeOptions(
            transport=cast(Literal["socketio", "websocket"], contract.transport),
            namespace=contract.namespace,
            opening=self._opening,
            path=contract.handshake.path,
            reconnection=False,
            resume=False,
            skip_repeated=False,
            watch=watch,
        )
        self._client = RealtimeClient(url.rstrip("/"), options, on_state=self._on_state)
        self._client.on("*", self._hear)

    @property
    def glimpse(self) -> None:
        """There is none: a socket has no answer with a head and a body."""
        return None

    async def __aenter__(self) -> Self:
        await self.connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._client.disconnect()
        await self._line.close()

    async def connect(self) -> None:
        """Raises `Unreachable`, with the server's reason where it refused."""
        for request in self.contract.before:
            if not request.taken(self._taken):
                self._taken.update(await self._requests.prepare(request, self._known))
        self._greeted = not self.contract.emits_before
        async with AsyncExitStack() as undo:
            undo.push_async_callback(self._client.disconnect)
            await self._client.connect()
            undo.pop_all()

    @property
    def _known(self) -> dict[str, Json]:
        return {**self._values, **self._taken}

    def _opening(self) -> Opening:
        contract, known = self.contract, self._known
        handshake = contract.handshake
        cookie = self._requests.cookies.header(
            handshake.path if contract.transport == "socketio" else contract.namespace
        )
        headers = merged(
            {} if cookie is None else {"Cookie": cookie},
            fill(handshake.headers, known),
            self._headers,
        )
        query = [*fill(handshake.query, known).items(), *self._query]
        return Opening(fill(contract.auth, known), headers, urlencode(query))

    async def _greet(self) -> None:
        """What comes before the first question of a connection."""
        for emit in self.contract.emits_before if not self._greeted else ():
            payload = fill(emit.payload, self._known)
            self._awaited, self._came = emit.waits_for, asyncio.Event()
            if emit.take:
                answer = await self._client.call(emit.event, payload)
                self._taken.update(_taken(emit, answer))
            else:
                self._client.emit(emit.event, payload)
            if emit.waits_for is not None:
                await self._wait_for(emit)
        self._awaited, self._greeted = None, True

    async def _wait_for(self, emit: Emit) -> None:
        """Raises `Unreachable` if the connection is lost, or if nothing comes in time."""
        with suppress(TimeoutError):
            async with asyncio.timeout(self._read_timeout_s or _CONNECT_S):
                await self._came.wait()
        if self._awaited is not None:
            words = f"{emit.event}: no {emit.waits_for!r} came after it"
            raise Unreachable(f"{words} ({self._client.failure or 'in time'})", connected=True)

    async def ask(self, turn: Turn) -> AsyncIterator[Seen]:
        if turn != self._turn:  # else its values were shown as the socket was opened
            self._values = values_for(self.contract, turn)
        self._turn = None
        await self._greet()
        self.timeline, self.noticed = [], []
        self.started_ns = time.monotonic_ns()
        async for seen in self._answer(self.contract.start):
            yield seen

    async def resume(self, run: str, last_seq: int, turn: Turn) -> AsyncIterator[Seen]:
        self._values = {**turn.values(), **self._values, "run": run}
        self._values["seq"] = last_seq if last_seq >= 0 else None  # from the first event on
        self.started_ns = self.started_ns or time.monotonic_ns()
        await self.connect()
        await self._greet()
        async for seen in self._answer(self.contract.resume, self._resumed):
            yield seen

    async def stop(self) -> None:
        self._emit(self.contract.stop)

    async def drop(self) -> None:
        await self._client.disconnect(politely=False)

    async def linger(self, seconds: float) -> None:
        """Keep listening after the end, so that events which come too late are seen."""
        await asyncio.sleep(seconds)

    async def _answer(self, call: object, on_ack: object = None) -> AsyncIterator[Seen]:
        arrived = self._arrived = self._mailbox()
        self._refusal = None
        self._emit(call, on_ack)
        if self._client.state in OVER:
            arrived.close()
        async with aclosing(self._until_end(arrived)) as events:
            async for seen in events:
                yield seen
        if self._refusal is not None:
            raise self._refusal

    async def _until_end(self, arrived: Mailbox[Seen]) -> AsyncGenerator[Seen, None]:
        events = aiter(arrived)
        ended = False
        while True:
            try:
                async with asyncio.timeout(self._linger_s if ended else self._read_timeout_s):
                    seen = await anext(events)
            except TimeoutError:
                if not ended:
                    self._ended_early(
                        f"nothing came any more (silent for {self._read_timeout_s:g} s), and the"
                        " connection stayed open",
                        about="silent",
                    )
                return
            except StopAsyncIteration:
                if not ended and self._refusal is None and self._client.failure is not None:
                    self._ended_early(
                        f"the connection was lost before a terminal event: {self._client.failure}",
                        about="lost",
                    )
                return
            yield seen
            ended = ended or seen.end is not None
            if ended and not self._linger_s:
                return

    def _ended_early(self, message: str, about: Cause = "") -> None:
        found = Difference("missing_end", len(self.timeline), message, about)
        self.noticed.append(found)

    def _emit(self, call: object, on_ack: object = None) -> None:
        if not isinstance(call, Emit):
            raise TypeError(f"{self.contract.key} has no event for this")
        payload = fill(call.payload, self._known)
        if call is self.contract.start:
            self.request = payload
        self._client.emit(call.event, payload, self._resumed if on_ack else None)

    def _resumed(self, answer: Json) -> None:
        if pick(answer, "ok") is False:
            code = pick(answer, "code")
            self._refusal = TurnRefused(0, str(code), "the run can't be resumed", None)
            self._arrived.close()

    def _mailbox(self) -> Mailbox[Seen]:
        return Mailbox(_UNREAD_MAX, lambda: self._client.resume())

    def _hear(self, heard: ReceivedEvent) -> None:
        if heard.event == self._awaited:
            self._awaited = None
            self._came.set()
        # What comes before the question is no answer to it.
        if heard.event in self.contract.ignored or not self._greeted:
            return
        seen = see(
            self.contract,
            heard.event,
            heard.payload,
            at_ns=heard.at_ns,
            read=heard.read,
            since_ns=heard.since_ns,
        )
        self.timeline.append(seen)
        if seen.run:
            self._values["run"] = seen.run
        if self.contract.conversation and isinstance(heard.payload, dict):
            conversation = heard.payload.get(self.contract.conversation)
            if conversation is not None:
                self._values["conversation"] = conversation
        self._arrived.drop_in(seen)
        if self._arrived.full:
            self._client.pause()

    def _on_state(self, state: ConnectionState) -> None:
        if state in OVER:
            self._arrived.close()
            self._came.set()


def _taken(emit: Emit, answer: Json) -> dict[str, Json]:
    """What is taken from an acknowledgement. Raises `Unreachable`."""
    taken = {name: pick(answer, path) for name, path in emit.take.items()}
    for name, path in emit.take.items():
        if taken[name] is None:
            words = f"{emit.event}: the acknowledgement has no {path}"
            raise Unreachable(words, connected=True)
    return taken
