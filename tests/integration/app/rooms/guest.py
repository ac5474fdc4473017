"""Somebody in rooms, by the client library; notes every event in order of arrival."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any, Literal

from tokentape.client.realtime_client import RealtimeClient, RealtimeOptions, ReceivedEvent

Transport = Literal["socketio", "websocket"]
PATIENCE_S = 60.0


class Guest:
    def __init__(
        self,
        url: str,
        namespace: str,
        transport: Transport,
        auth: dict[str, Any] | None = None,
        *,
        reconnection: bool = False,
    ) -> None:
        self.events: list[tuple[str, Any]] = []
        self._came = asyncio.Event()
        options = RealtimeOptions(
            transport=transport,
            namespace=namespace,
            auth=auth or {},
            reconnection=reconnection,
            reconnection_delay=0.01,
            skip_repeated=False,
        )
        self.client = RealtimeClient(url, options)
        self.client.on("*", self._hear)

    def _hear(self, heard: ReceivedEvent) -> None:
        self.events.append((heard.event, heard.payload))
        self._came.set()

    async def call(self, event: str, **payload: Any) -> Any:
        return await self.client.call(event, payload)

    def emit(self, event: str, answers: list[Any], **payload: Any) -> None:
        """Its acknowledgement will be among the answers."""

        def take(answer: Any) -> None:
            answers.append(answer)
            self._came.set()

        self.client.emit(event, payload, take)

    async def until(self, true: Callable[[], bool]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not true():
                self._came.clear()
                await self._came.wait()

    async def heard(self, *names: str, count: int = 1) -> list[Any]:
        """The payloads of the events of these names, once there are so many."""
        await self.until(lambda: len(self.of(*names)) >= count)
        return self.of(*names)

    def of(self, *names: str) -> list[Any]:
        return [payload for event, payload in self.events if event in names]

    def run(self, run_id: str) -> list[tuple[str, Any]]:
        """The events of one run."""
        return [told for told in self.events if told[1].get("runId") == run_id]

    async def drop(self) -> None:
        """Gone without a word."""
        await self.client.disconnect(politely=False)


@asynccontextmanager
async def guest(
    url: str,
    namespace: str = "/ws",
    transport: Transport = "socketio",
    auth: dict[str, Any] | None = None,
) -> AsyncIterator[Guest]:
    one = Guest(url, namespace, transport, auth)
    try:
        await one.client.connect()
        yield one
    finally:
        await one.client.disconnect()
