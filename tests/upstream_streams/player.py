"""A server that answers with a stream of the corpus, byte by byte, in the test's own event loop."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from tests.upstream_streams.streams import Close, Quiet, Reset, StayOpen, Stream

MODELS = b'{"object": "list", "data": [{"id": "m-1", "object": "model"}]}'
OPEN_S = 60.0
"""What passes while a connection stays open: more than any limit that is under test."""
TURNS_OF_THE_LOOP = 20
"""For how many turns the loop is left to others after each piece, so that it is read alone."""


class Clock:
    """The event loop's time, which a stream's quiet moves on: nobody waits for it."""

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self._own = loop.time
        self._ahead_s = 0.0
        loop.time = self.time  # type: ignore[method-assign] # until `restore`

    def time(self) -> float:
        """Seconds, as `loop.time`."""
        return self._own() + self._ahead_s

    async def advance(self, seconds: float, over: Callable[[], bool]) -> None:
        """Let so much time pass, in steps: what was sent before is read at the first of them.

        No more of it once it is `over`.
        """
        for _ in range(100):
            if over():
                break
            self._ahead_s += seconds / 100
            await asyncio.sleep(0)

    def restore(self) -> None:
        """Give the loop its own time back."""
        asyncio.get_running_loop().time = self._own  # type: ignore[method-assign] # as it was


@dataclass
class Player:
    """Answers the n-th POST with the n-th stream, the last one for all that follow."""

    clock: Clock
    streams: list[Stream] = field(default_factory=list)
    url: str = ""
    """The base URL, ending in /v1."""
    requests: list[bytes] = field(default_factory=list)
    """The bodies that came."""
    connections: int = 0
    left: asyncio.Event = field(default_factory=asyncio.Event)
    """The client left in mid-answer."""
    open_s: float = 0.0
    """For how long the latest connection that stays open did, by the loop's time."""
    _open: dict["asyncio.Task[None] | None", asyncio.StreamWriter] = field(default_factory=dict)

    def play(self, *streams: Stream) -> None:
        """From now on these, each one's `before` first."""
        self.requests.clear()
        self.left.clear()
        self.streams = [one for stream in streams for one in (*stream.before, stream)]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        self.connections += 1
        self._open[asyncio.current_task()] = writer
        writer.get_extra_info("socket").setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        try:
            while await self._exchange(reader, writer):
                pass
        except (ConnectionError, asyncio.IncompleteReadError):
            self.left.set()
        finally:
            writer.close()
            del self._open[asyncio.current_task()]

    async def close(self) -> None:
        """Cut what is open."""
        tasks = [task for task in self._open if task]
        for writer in self._open.values():
            writer.transport.abort()
        if tasks:
            await asyncio.wait(tasks)

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        head = await reader.readuntil(b"\r\n\r\n")
        length = head.lower().partition(b"content-length:")[2].split(b"\r\n")[0]
        body = await reader.readexactly(int(length or 0))
        if b"/models" in head.split(b"\r\n")[0]:
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n")
            writer.write(b"Content-Length: %d\r\n\r\n%b" % (len(MODELS), MODELS))
            await writer.drain()
            return True
        number = min(len(self.requests), len(self.streams) - 1)
        self.requests.append(body)
        return await self._play(self.streams[number], reader, writer)

    async def _play(
        self, stream: Stream, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> bool:
        """Whether the connection may be used again."""
        writer.write(head_of(stream))
        for step in stream.steps:
            if isinstance(step, Close):
                return False
            if isinstance(step, Reset):
                await asyncio.sleep(0)
                reset(writer)
                return False
            if isinstance(step, StayOpen):
                began_s = self.clock.time()
                await self.clock.advance(OPEN_S, reader.at_eof)
                self.open_s = self.clock.time() - began_s
                await reader.read(1)
                self.left.set()
                return False
            if isinstance(step, Quiet):
                await self.clock.advance(step.seconds, reader.at_eof)
                continue
            if step:
                framed = stream.framing == "chunked"
                writer.write(b"%x\r\n%b\r\n" % (len(step), step) if framed else step)
                await writer.drain()
            for _ in range(TURNS_OF_THE_LOOP):
                await asyncio.sleep(0)
        if stream.framing == "chunked":
            writer.write(b"0\r\n\r\n")
        await writer.drain()
        return stream.framing in ("chunked", "length")


def head_of(stream: Stream) -> bytes:
    """The answer's head, as it is sent."""
    if stream.head is not None:
        return stream.head
    lines = [f"HTTP/1.1 {stream.status} Status", *(f"{n}: {v}" for n, v in stream.headers.items())]
    if stream.framing == "chunked":
        lines.append("Transfer-Encoding: chunked")
    elif stream.framing == "length":
        lines.append(f"Content-Length: {len(stream.body)}")
    else:
        lines.append("Connection: close")
    return "\r\n".join([*lines, "", ""]).encode()


def reset(writer: asyncio.StreamWriter) -> None:
    """Lingering for no time makes the kernel send RST instead of FIN."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@asynccontextmanager
async def playing(*streams: Stream) -> AsyncIterator[Player]:
    """Streams in the order of the requests; each one's `before` come first."""
    clock = Clock()
    player = Player(clock)
    player.play(*streams)
    server = await asyncio.start_server(player.serve, "127.0.0.1", 0)
    player.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    try:
        yield player
    finally:
        server.close()
        await player.close()
        clock.restore()
