"""A viewer over Socket.IO: turns are events on one connection, and so are their answers."""

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any, Self

import socketio

from app.client.turn import Turn, Unreachable
from app.contract.contract import Contract, Emit, Json, fill
from app.contract.timeline import Seen, see

_CONNECT_S = 20


class SocketIOViewer:
    """Sees answers by one contract whose transport is `socketio`."""

    def __init__(
        self,
        url: str,
        contract: Contract,
        *,
        token: str | None = None,
        read_timeout_s: float | None = 60.0,
    ) -> None:
        self.contract = contract
        self.timeline: list[Seen] = []
        self.started_ns = 0
        self._url = url
        self._token = token
        self._read_timeout_s = read_timeout_s
        self._values: dict[str, Json] = {}
        self._arrived: asyncio.Queue[Seen | None] = asyncio.Queue()
        self._sio = socketio.AsyncClient(reconnection=False)
        self._sio.on("*", self._on_event, namespace=contract.namespace)
        self._sio.on("disconnect", self._on_disconnect, namespace=contract.namespace)

    async def __aenter__(self) -> Self:
        await self.connect()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._sio.disconnect()

    async def connect(self) -> None:
        """Raises `Unreachable`, with the server's reason where it refused."""
        try:
            await self._sio.connect(
                self._url,
                namespaces=[self.contract.namespace],
                auth=fill(self.contract.auth, {"token": self._token}),
                transports=["websocket"],
                wait_timeout=_CONNECT_S,
            )
        except socketio.exceptions.ConnectionError as error:
            raise Unreachable(f"{self._url}{self.contract.namespace}: {error}") from error

    async def ask(self, turn: Turn) -> AsyncIterator[Seen]:
        self.timeline = []
        self._arrived = asyncio.Queue()
        self._values = dict(turn.values())
        self.started_ns = time.monotonic_ns()
        await self._emit(self.contract.start)
        async for seen in self._until_end():
            yield seen

    async def resume(self, run: str, last_seq: int, turn: Turn) -> AsyncIterator[Seen]:
        self._values = {**turn.values(), **self._values, "run": run, "seq": last_seq}
        await self._emit(self.contract.resume)
        async for seen in self._until_end():
            yield seen

    async def stop(self) -> None:
        await self._emit(self.contract.stop)

    async def linger(self, seconds: float) -> None:
        """Keep listening after the end, so that events which come too late are seen."""
        await asyncio.sleep(seconds)

    async def _emit(self, call: object) -> None:
        if not isinstance(call, Emit):
            raise TypeError(f"{self.contract.key} has no event for this")
        payload = fill(call.payload, self._values)
        try:
            await self._sio.emit(call.event, payload, namespace=self.contract.namespace)
        except socketio.exceptions.SocketIOError as error:
            raise Unreachable(f"{call.event}: {error}") from error

    async def _until_end(self) -> AsyncIterator[Seen]:
        while True:
            try:
                async with asyncio.timeout(self._read_timeout_s):
                    seen = await self._arrived.get()
            except TimeoutError:
                return
            if seen is None:
                return
            yield seen
            if seen.end:
                return

    async def _on_event(self, event: str, payload: Any = None, *_: Any) -> None:
        # Stamped and kept before any await: the client starts one task a message, and only what
        # runs before the first await keeps the order of arrival.
        at_ns = time.monotonic_ns()
        if event in self.contract.ignored:
            return
        seen = see(self.contract, event, payload, at_ns=at_ns, read=len(self.timeline))
        self.timeline.append(seen)
        if seen.run:
            self._values["run"] = seen.run
        if self.contract.conversation and isinstance(payload, dict):
            conversation = payload.get(self.contract.conversation)
            if conversation is not None:
                self._values["conversation"] = conversation
        self._arrived.put_nowait(seen)

    async def _on_disconnect(self, *_: object) -> None:
        self._arrived.put_nowait(None)
