"""Servers in processes of their own, and what each one costs: CPU time and memory."""

import asyncio
import os
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from tokentape.child_processes.server import start

READY_WITHIN_S = 300.0  # on a machine that does much else
SECRET = "0123456789abcdef-a-secret-for-benches-only"
ADMIN = "0123456789abcdef-admin"


@dataclass(frozen=True, slots=True)
class Process:
    """`url` is the server's root."""

    url: str
    pid: int

    def cpu_s(self) -> float:
        """CPU time used so far, user and system, by all threads."""
        times = psutil.Process(self.pid).cpu_times()
        return times.user + times.system

    def rss_bytes(self) -> int:
        return psutil.Process(self.pid).memory_info().rss


@asynccontextmanager
async def running(
    arguments: Sequence[str],
    environment: Mapping[str, str] | None = None,
    before: Sequence[str] = (),
) -> AsyncIterator[Process]:
    """A Python module's server, from its ready line to SIGTERM; `before`: what starts it."""
    command = (*before, sys.executable, "-m", *arguments)
    async with running_command(command, environment) as process:
        yield process


@asynccontextmanager
async def running_command(
    command: Sequence[str], environment: Mapping[str, str] | None = None
) -> AsyncIterator[Process]:
    """A command's server, from its ready line to SIGTERM."""
    server = start(command, {**os.environ, **(environment or {})})
    try:
        await asyncio.to_thread(server.wait_ready, READY_WITHIN_S)
        yield Process(server.root, server.pid)
    finally:
        await asyncio.to_thread(server.stop, within_s=12)


@asynccontextmanager
async def the_app(upstream_url: str, **settings: str) -> AsyncIterator[Process]:
    """The app as users run it: `tokentape serve`, its store in a file, limits off."""
    with TemporaryDirectory(prefix="tokentape-bench-") as folder:
        environment = {
            **app_environment(upstream_url, Path(folder)),
            **{name.upper(): value for name, value in settings.items()},
        }
        async with running(("tokentape.cli", "serve", "--port", "0"), environment) as app:
            yield app


def app_environment(upstream_url: str, folder: Path) -> dict[str, str]:
    """The settings of `tokentape serve` in a bench: its store in the folder, limits off."""
    return {
        "OPENAI_BASE_URL": f"{upstream_url}/v1",
        "OPENAI_API_KEY": "none",
        "DATABASE_URL": f"sqlite:///{folder / 'bench.db'}",
        "JWT_SECRET": SECRET,
        "ADMIN_TOKEN": ADMIN,
        "RATE_LIMIT_ANONYMOUS": "off",
        "RATE_LIMIT_AUTHENTICATED": "off",
        "SHUTDOWN_GRACE_S": "0",
    }


@asynccontextmanager
async def the_upstream() -> AsyncIterator[Process]:
    async with running(("tests.bench.upstream",)) as upstream:
        yield upstream


@asynccontextmanager
async def the_mock() -> AsyncIterator[Process]:
    async with running(("mock_openai", "serve", "--port", "0")) as mock:
        yield mock


async def settled(process: Process, quiet_s: float = 0.3, at_most_s: float = 5.0) -> None:
    """Wait until a process uses next to no CPU: what a round left is no cost of the next."""
    until = time.monotonic() + at_most_s
    while time.monotonic() < until:
        before = process.cpu_s()
        await asyncio.sleep(quiet_s)
        if process.cpu_s() - before <= 0.01:
            return
