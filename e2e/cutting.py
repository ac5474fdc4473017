"""A TCP proxy that resets connections in mid-answer, as a lost network does."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit


@dataclass
class Cutting:
    """Passes so many bytes of each connection's answer, and resets it; all after them pass."""

    target: str
    cuts: Iterator[int]
    url: str = ""
    serving: set["asyncio.Task[None]"] = field(default_factory=set)

    def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection."""
        task = asyncio.create_task(self._serve(reader, writer))
        self.serving.add(task)
        task.add_done_callback(self.serving.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        left = next(self.cuts, None)
        address = urlsplit(self.target)
        from_server, to_server = await asyncio.open_connection(address.hostname, address.port)
        asking = asyncio.create_task(_pass_on(reader, to_server))
        try:
            while data := await from_server.read(65_536):
                writer.write(data if left is None else data[:left])
                await writer.drain()
                if left is not None and (left := left - len(data)) <= 0:
                    linger = struct.pack("ii", 1, 0)
                    sock = writer.get_extra_info("socket")
                    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
                    writer.transport.abort()
                    break
        except ConnectionError:
            pass
        finally:
            asking.cancel()
            await asyncio.gather(asking, return_exceptions=True)
            for one in (to_server, writer):
                one.close()
            closing = (one.wait_closed() for one in (to_server, writer))
            await asyncio.gather(*closing, return_exceptions=True)


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()


@asynccontextmanager
async def cutting(target: str, cuts: Iterable[int]) -> AsyncIterator[Cutting]:
    """In front of the server at this root URL."""
    proxy = Cutting(target, iter(cuts))
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield proxy
    finally:
        server.close()
        for task in proxy.serving:
            task.cancel()
        await asyncio.gather(*proxy.serving, return_exceptions=True)
        await server.wait_closed()
