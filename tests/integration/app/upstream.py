"""A raw upstream for tests: sends exactly the bytes it is told, and knows when its client left."""

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
DONE = b"data: [DONE]\n\n"


class Hold:
    """In a script: wait here until `Upstream.released` is set, or the client leaves."""


class Stuck(Hold):
    """In a script: wait here until the client leaves."""


class Reset:
    """In a script: cut the connection without a clean end."""


Script = Sequence[bytes | Hold | Reset]


def frame(body: dict[str, Any]) -> bytes:
    return b"data: " + json.dumps(body).encode() + b"\n\n"


def chunk(text: str) -> bytes:
    return frame({"model": "gpt-4", "choices": [{"index": 0, "delta": {"content": text}}]})


def finish(reason: str = "stop") -> bytes:
    return frame({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})


def usage(total: int) -> bytes:
    return frame({"choices": [], "usage": {"total_tokens": total}})


def said(*texts: str) -> list[bytes | Hold | Reset]:
    """A whole answer."""
    return [HEAD, *(chunk(text) for text in texts), finish(), usage(len(texts) + 3), DONE]


def refusal(status: int, body: dict[str, Any], headers: str = "") -> list[bytes | Hold | Reset]:
    text = json.dumps(body).encode()
    head = f"HTTP/1.1 {status} No\r\nContent-Type: application/json\r\n{headers}"
    return [f"{head}Content-Length: {len(text)}\r\nConnection: close\r\n\r\n".encode() + text]


@dataclass
class Upstream:
    """`scripts` are played one a request, the last one for all that follow."""

    scripts: list[Script]
    url: str = ""
    requests: list[dict[str, Any]] = field(default_factory=list)
    released: asyncio.Event = field(default_factory=asyncio.Event)
    held: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)
    listing: asyncio.Event = field(default_factory=asyncio.Event)
    """Somebody asks for the model list."""
    listed: asyncio.Event | None = None
    """Where it is there, the model list waits for it."""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            if head.startswith(b"GET"):
                self.listing.set()
                if self.listed:
                    await self.listed.wait()
                names = [{"id": "gpt-4"}, {"id": "gpt-4o-mini"}]
                writer.write(b"".join(p for p in refusal(200, {"data": names}) if type(p) is bytes))
                await writer.drain()
                return
            length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n")[0])
            self.requests.append(json.loads(await reader.readexactly(length)))
            script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
            await self._play(script, reader, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            self.left.set()
        finally:
            writer.close()

    async def _play(
        self, script: Script, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        gone = asyncio.create_task(reader.read())
        gone.add_done_callback(lambda read: read.cancelled() or read.exception())
        for step in script:
            if isinstance(step, Reset):
                _reset(writer)
                return
            if isinstance(step, Hold):
                self.held.set()
                released = asyncio.Event() if isinstance(step, Stuck) else self.released
                release = asyncio.create_task(released.wait())
                await asyncio.wait((gone, release), return_when=asyncio.FIRST_COMPLETED)
                release.cancel()
                if gone.done():
                    self.left.set()
                    return
            else:
                writer.write(step)
                await writer.drain()
        gone.cancel()


def _reset(writer: asyncio.StreamWriter) -> None:
    """Lingering for no time makes the kernel send RST instead of FIN."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@asynccontextmanager
async def playing(*scripts: Script) -> AsyncIterator[Upstream]:
    upstream = Upstream(list(scripts))
    server = await asyncio.start_server(upstream.serve, "127.0.0.1", 0)
    upstream.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        yield upstream
    finally:
        server.close()
