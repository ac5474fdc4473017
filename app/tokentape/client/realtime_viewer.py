"""A viewer over Socket.IO or a plain WebSocket: turns are events on one connection, and so are
their answers."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import AsyncExitStack, aclosing
from typing import Literal, Self, cast
from urllib.parse import urlencode

from tokentape.client.failures import Failure, TurnRefused
from tokentape.client.mailbox import Mailbox
from tokentape.client.realtime_client import RealtimeClient, RealtimeOptions, ReceivedEvent
from tokentape.client.state import OVER, ConnectionState
from tokentape.client.turn import Turn, values_for
from tokentape.contract.contract import Contract, Emit, Json, fill, pick
from tokentape.contract.integrity import Difference
from tokentape.contract.timeline import Seen, see
from tokentape.contract.violations import Cause

_UNREAD_MAX = 10_000


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
    ) -> None:
        self.contract = contract
        self.timeline: list[Seen] = []
        self.started_ns = 0
        self.noticed: list[Difference] = []
        self.request: Json = None
        self._read_timeout_s = read_timeout_s
        self._linger_s = linger_s
        self._values: dict[str, Json] = {}
        self._arrived = self._mailbox()
        self._refusal: Failure | None = None
        options = RealtimeOptions(
            transport=cast(Literal["socketio", "websocket"], contract.transport),
            namespace=contract.namespace,
            auth=fill(contract.auth, {"token": token}),
            headers=headers or {},
            query=urlencode(query),
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

    async def connect(self) -> None:
        """Raises `Unreachable`, with the server's reason where it refused."""
        async with AsyncExitStack() as undo:
            undo.push_async_callback(self._client.disconnect)
            await self._client.connect()
            undo.pop_all()

    async def ask(self, turn: Turn) -> AsyncIterator[Seen]:
        self.timeline, self.noticed = [], []
        self._values = values_for(self.contract, turn)
        self.started_ns = time.monotonic_ns()
        async for seen in self._answer(self.contract.start):
            yield seen

    async def resume(self, run: str, last_seq: int, turn: Turn) -> AsyncIterator[Seen]:
        self._values = {**turn.values(), **self._values, "run": run}
        self._values["seq"] = last_seq if last_seq >= 0 else None  # from the first event on
        self.started_ns = self.started_ns or time.monotonic_ns()
        await self.connect()
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
        payload = fill(call.payload, self._values)
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
        if heard.event in self.contract.ignored:
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
