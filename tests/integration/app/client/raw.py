"""A raw HTTP server for tests: plays one script a connection, and keeps what it was asked."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"


class Reset:
    """In a script: cut the connection without a clean end."""


class Hang:
    """In a script: say nothing more until the client leaves."""


Script = Sequence[bytes | Reset | Hang]


def refusal(status: int, headers: str = "") -> Script:
    body = b'{"error": {"code": "SAD", "message": "not now"}}'
    head = f"HTTP/1.1 {status} No\r\nContent-Type: application/json\r\n{headers}"
    return [f"{head}Content-Length: {len(body)}\r\nConnection: close\r\n\r\n".encode() + body]


def event(number: int, data: str) -> bytes:
    return f"id: run:{number}\ndata: {data}\n\n".encode()


DONE = b"data: [DONE]\n\n"


@dataclass
class Raw:
    """The last script is played for all connections that follow."""

    scripts: list[Script]
    url: str = ""
    requests: list[str] = field(default_factory=list)
    """The heads of requests, as they came."""
    left: asyncio.Event = field(default_factory=asyncio.Event)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    held_up: asyncio.Event = field(default_factory=asyncio.Event)
    """The kernel did not take all that was written: the rest goes as fast as it is read."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            self.requests.append(head)
            self.asked.set()
            script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
            for step in script:
                if isinstance(step, Reset):
                    await writer.drain()
                    sock = writer.get_extra_info("socket")
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    writer.transport.abort()
                elif isinstance(step, Hang):
                    while await reader.read(65_536):
                        pass
                    self.left.set()
                else:
                    writer.write(step)
                    if writer.transport.get_write_buffer_size():
                        self.held_up.set()
                    await writer.drain()
        writer.close()
        self.left.set()


@asynccontextmanager
async def raw(*scripts: Script) -> AsyncIterator[Raw]:
    played = Raw(list(scripts))
    server = await asyncio.start_server(played.serve, "127.0.0.1", 0)
    played.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield played
    finally:
        server.close()
        await server.wait_closed()


class Sleeper:
    """A clock that is not waited for: remembers what was asked, and yields once."""

    def __init__(self) -> None:
        self.waits: list[float] = []

    async def __call__(self, seconds: float) -> None:
        self.waits.append(seconds)
        await asyncio.sleep(0)


class Stuck(Sleeper):
    """Waits for ever, so that a client can be caught in it."""

    def __init__(self) -> None:
        super().__init__()
        self.waiting = asyncio.Event()

    async def __call__(self, seconds: float) -> None:
        self.waiting.set()
        await asyncio.Event().wait()
