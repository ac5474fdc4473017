"""A second network on this machine, whose link can be pulled: its peers vanish without a FIN."""

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

# RFC 2544 keeps 198.18.0.0/15 for benchmarks: nothing real has these addresses.
HERE, THERE, BITS = "198.18.77.1", "198.18.77.2", 30


class Unavailable(Exception):
    """There is no such network here; the message says why."""


@dataclass(frozen=True, slots=True)
class Namespace:
    name: str
    link: str

    @property
    def prefix(self) -> tuple[str, ...]:
        """What a command is started with to run there."""
        return ("ip", "netns", "exec", self.name)

    async def pull(self) -> None:
        await _ip("link", "set", self.link, "down")


@asynccontextmanager
async def namespace() -> AsyncIterator[Namespace]:
    """Its peers reach this side at `HERE`. Raises `Unavailable`."""
    if shutil.which("ip") is None or os.geteuid() != 0:
        raise Unavailable("network namespaces need root and the `ip` command")
    name = f"tape{os.getpid()}"
    here, there = f"ta{os.getpid()}", f"tb{os.getpid()}"
    await _ip("netns", "add", name)
    try:
        await _ip("link", "add", here, "type", "veth", "peer", "name", there, "netns", name)
        await _ip("addr", "add", f"{HERE}/{BITS}", "dev", here)
        await _ip("link", "set", here, "up")
        await _ip("-n", name, "addr", "add", f"{THERE}/{BITS}", "dev", there)
        await _ip("-n", name, "link", "set", there, "up")
        yield Namespace(name, here)
    finally:
        with suppress(Unavailable):
            await _ip("link", "del", here)
        with suppress(Unavailable):
            await _ip("netns", "del", name)


async def _ip(*arguments: str) -> None:
    ran = await asyncio.create_subprocess_exec(
        "ip", *arguments, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    said, _ = await ran.communicate()
    if ran.returncode:
        raise Unavailable(f"ip {' '.join(arguments)}: {said.decode().strip()}")
