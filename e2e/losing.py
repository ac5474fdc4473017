"""A proxy for Socket.IO over WebSockets that loses the first acknowledgement on its way back."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from typing import Literal

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

Way = Literal["the frame", "the connection"]
ACK = re.compile(r"43(?:/[^,]*,)?\d+\[")
EVENT = re.compile(r"42(?:/[^,]*,)?\d+\[")


@dataclass
class Losing:
    """`way`: the frame alone, or the connection with it. `events` are those that asked for an
    acknowledgement."""

    upstream: str
    way: Way
    url: str = ""
    lost: list[str] = field(default_factory=list)
    events: list[str] = field(default_factory=list)

    async def handle(self, client: ServerConnection) -> None:
        """Pass everything on, both ways."""
        assert client.request is not None
        place = f"ws{self.upstream.removeprefix('http')}{client.request.path}"
        async with connect(place, proxy=None) as server:
            up = asyncio.create_task(self._up(client, server))
            with suppress(ConnectionClosed):
                async for frame in server:
                    text = str(frame)
                    if ACK.match(text) and not self.lost:
                        self.lost.append(text)
                        if self.way == "the connection":
                            client.transport.abort()
                            break
                    else:
                        await client.send(text)
            up.cancel()

    async def _up(self, client: ServerConnection, server: ClientConnection) -> None:
        with suppress(ConnectionClosed):
            async for frame in client:
                text = str(frame)
                if EVENT.match(text):
                    self.events.append(text)
                await server.send(text)
        await server.close()


@asynccontextmanager
async def losing(upstream: str, way: Way) -> AsyncIterator[Losing]:
    """Between a client and the server at this root URL."""
    one = Losing(upstream, way)
    async with serve(one.handle, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        one.url = f"http://127.0.0.1:{port}"
        yield one
