"""A Socket.IO and plain WebSocket server for tests, that does what a test's own function says."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request, Response

PING_S = 25.0


class Peer:
    """One connection, as the server sees it."""

    def __init__(self, socket: ServerConnection, namespace: str | None) -> None:
        self.socket = socket
        self._place = "" if namespace in (None, "/") else f"{namespace},"
        self._plain = namespace is None

    async def send(self, event: str, payload: Any) -> None:
        told = json.dumps({"event": event, "data": payload})
        if not self._plain:
            told = f"42{self._place}{json.dumps([event, payload])}"
        await self.socket.send(told)

    async def receive(self) -> tuple[str, Any, int | None]:
        """The next event, its payload, and the number of the acknowledgement that is wanted."""
        while True:
            message = await self.socket.recv()
            assert isinstance(message, str)
            if self._plain:
                told = json.loads(message)
                return told["event"], told.get("data"), told.get("ackId")
            if not message.startswith("42"):
                continue
            rest = message[2:].removeprefix(self._place)
            number = rest[: rest.index("[")]
            event, *payload = json.loads(rest[len(number) :])
            return event, payload[0] if payload else None, int(number) if number else None

    async def acknowledge(self, number: int | None, payload: Any) -> None:
        told = json.dumps({"ackId": number, "data": payload})
        await self.socket.send(
            told if self._plain else f"43{self._place}{number}[{json.dumps(payload)}]"
        )

    def cut(self) -> None:
        self.socket.transport.abort()


Serve = Callable[[Peer, int], Awaitable[None]]
"""What a connection is answered with; the number counts connections from 1."""


@dataclass
class Sockets:
    transport: str
    serve: Serve
    url: str = ""
    auths: list[Any] = field(default_factory=list)
    connections: int = 0
    refuse_with: str | None = None
    status: int | None = None
    welcome: bool = True
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    async def answer(self, socket: ServerConnection) -> None:
        self.connections += 1
        number = self.connections
        self.asked.set()
        with suppress(ConnectionClosed):
            peer = await self._opened(socket)
            if peer is not None:
                await self.serve(peer, number)
                await socket.wait_closed()

    async def _opened(self, socket: ServerConnection) -> Peer | None:
        if self.transport == "websocket":
            return Peer(socket, None)
        opening = {"sid": "x", "pingInterval": int(PING_S * 1e3), "pingTimeout": 20_000}
        await socket.send(f"0{json.dumps(opening)}")
        asked = str(await socket.recv()).removeprefix("40")
        namespace, _, auth = asked.partition(",") if asked.startswith("/") else ("/", "", asked)
        self.auths.append(json.loads(auth) if auth else None)
        place = "" if namespace == "/" else f"{namespace},"
        if self.refuse_with is not None:
            await socket.send(f"44{place}{json.dumps({'message': self.refuse_with})}")
            return None
        if not self.welcome:
            await socket.wait_closed()
            return None
        await socket.send(f'40{place}{{"sid":"y"}}')
        return Peer(socket, namespace)

    async def http(self, socket: ServerConnection, _request: Request) -> Response | None:
        if self.status is None:
            return None
        self.connections += 1
        return socket.respond(self.status, "no")


@asynccontextmanager
async def sockets(transport: str, serving: Serve, **more: Any) -> AsyncIterator[Sockets]:
    server = Sockets(transport, serving, **more)
    async with serve(
        server.answer, "127.0.0.1", 0, process_request=server.http, compression=None
    ) as listening:
        port = next(iter(listening.sockets)).getsockname()[1]
        server.url = f"http://127.0.0.1:{port}"
        yield server
