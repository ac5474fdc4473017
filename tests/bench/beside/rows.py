"""What is measured of both trees, by the same clients and the same upstream: CPU time for each
piece of work, which what else runs on the machine changes least."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.bench.beside.checkout import Commands
from tests.bench.mock.hammer import hammer
from tests.bench.mock.speed import SCENARIO, requests
from tests.bench.processes import (
    Process,
    app_environment,
    running_command,
    settled,
    the_upstream,
)
from tests.bench.relay import AI_CHAT, INFERENCE, PER_ANSWER, Way
from tests.bench.report import Plan
from tests.bench.sockets import AT_ONCE, events_a_cpu_second

CONNECTIONS = 32
Cost = Callable[[], Awaitable[float]]
"""Measures once: µs of CPU time for a piece of work."""


@dataclass(frozen=True, slots=True)
class Suite:
    """Rows that share the servers of a tree; `measured` starts those and names the rows."""

    measured: Callable[[Commands, Plan], AbstractAsyncContextManager[Mapping[str, Cost]]]


@asynccontextmanager
async def _app(commands: Commands) -> AsyncIterator[Process]:
    with TemporaryDirectory(prefix="tokentape-beside-") as folder:
        async with the_upstream() as upstream:
            environment = app_environment(upstream.url, Path(folder))
            command = (commands.path("tokentape"), "serve", "--port", "0")
            async with running_command(command, environment) as app:
                yield app


@asynccontextmanager
async def _relay(commands: Commands, plan: Plan) -> AsyncIterator[Mapping[str, Cost]]:
    answers = plan.much(200, 4)
    async with _app(commands) as app:

        async def cost(path: str) -> float:
            return 1e6 / await Way(path, app, path).chunks_a_cpu_second(answers, PER_ANSWER)

        yield {
            "relay: inference, SSE, a chunk": partial(cost, INFERENCE),
            "relay: ai-chat, SSE, a chunk": partial(cost, AI_CHAT),
        }


@asynccontextmanager
async def _sockets(commands: Commands, plan: Plan) -> AsyncIterator[Mapping[str, Cost]]:
    answers = plan.much(200 // AT_ONCE, 1)
    async with _app(commands) as app:

        async def cost() -> float:
            return 1e6 / await events_a_cpu_second(app, answers)

        yield {"sockets: ai-gateway, an event": cost}


@contextmanager
def _scenario_folder() -> Iterator[str]:
    with TemporaryDirectory(prefix="bench-mock-") as folder:
        Path(folder, "bench.yaml").write_text(SCENARIO)
        yield folder


@asynccontextmanager
async def _mock(commands: Commands, plan: Plan) -> AsyncIterator[Mapping[str, Cost]]:
    """A process of its own for each measurement: where one lies in memory and in the caches makes
    up to eight percent, for as long as it runs."""
    streams = plan.much(4_000, 100)
    with _scenario_folder() as folder:
        command = (commands.path("mock-openai"), "serve", "--port", "0", "--scenarios", folder)

        async def cost(*, unique: bool) -> float:
            source = requests(unique=unique)
            async with running_command(command) as mock:
                host, _, port = mock.url.rpartition("//")[2].rpartition(":")
                load = partial(hammer, (host, int(port)), source, CONNECTIONS)
                await asyncio.to_thread(load, streams=streams // 4)  # warms
                await settled(mock)
                before_s = mock.cpu_s()
                served = await asyncio.to_thread(load, streams=streams)
                await settled(mock)
                return 1e6 * (mock.cpu_s() - before_s) / served.streams

        yield {
            "mock: one request, a stream": partial(cost, unique=False),
            "mock: every request another, a stream": partial(cost, unique=True),
        }


SUITES: dict[str, Suite] = {
    "relay": Suite(_relay),
    "sockets": Suite(_sockets),
    "mock": Suite(_mock),
}
