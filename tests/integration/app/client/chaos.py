"""A TCP proxy that harms connections by a seed: kills, delays, halves and black-holes them."""

import asyncio
import random
import socket
import struct
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from urllib.parse import urlsplit

HARMS = ("refuse", "kill", "halve", "hole", "delay", "pass")


@dataclass
class Chaos:
    """`most` connections are harmed; all after them pass."""

    target: str
    seed: int
    most: int
    furthest: int
    """Bytes of the answer after which a connection is harmed at the latest."""
    url: str = ""
    done: Counter[str] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        harm = self._chance.choice(HARMS) if sum(self.done.values()) < self.most else "pass"
        after = self._chance.randint(0, self.furthest)
        self.done[harm] += 1
        if harm == "refuse":
            _reset(writer)
            return
        address = urlsplit(self.target)
        up_reader, up_writer = await asyncio.open_connection(address.hostname, address.port)
        asking = asyncio.create_task(_pass_on(reader, up_writer))
        try:
            await self._answer(up_reader, writer, harm, after)
            if harm == "hole":
                await asking  # say nothing more, until the client gives up
        except ConnectionError:
            pass
        finally:
            asking.cancel()
            with suppress(asyncio.CancelledError):
                await asking
            for one in (up_writer, writer):
                one.close()

    async def _answer(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, harm: str, after: int
    ) -> None:
        passed = 0
        while data := await reader.read(65_536):
            if harm in ("kill", "halve", "hole") and passed + len(data) > after:
                writer.write(data[: after - passed])
                if harm == "kill":
                    _reset(writer)
                await writer.drain()
                return
            if harm == "delay":
                await asyncio.sleep(self._chance.uniform(0, 0.02))
            passed += len(data)
            writer.write(data)
            await writer.drain()


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(65_536):
            writer.write(data)
            await writer.drain()


def _reset(writer: asyncio.StreamWriter) -> None:
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@asynccontextmanager
async def chaos(
    target: str, seed: int, most: int = 12, furthest: int = 4_000
) -> AsyncIterator[Chaos]:
    proxy = Chaos(target, seed, most, furthest)
    server = await asyncio.start_server(proxy.serve, "127.0.0.1", 0)
    proxy.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield proxy
    finally:
        server.close()
        await server.wait_closed()
