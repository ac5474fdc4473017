"""SIGTERM under running streams of every dialect: a real process, real sockets."""

import asyncio
import os
import signal
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import cycle
from pathlib import Path

import httpx2
from sqlalchemy import func, select

from tests.integration.app.doors import HttpDoor, SocketDoor, door, spelled
from tests.integration.app.serving import SECRET, SPOKEN, outcome_of_a_stop, signed
from tests.integration.app.upstream import DONE, HEAD, Hold, Script, Stuck, chunk, finish, playing
from tokentape.client.factory import open_viewer
from tokentape.client.turn import Turn
from tokentape.client.viewer import Viewer, verdict_of
from tokentape.contract.verdict import Expectation, Verdict
from tokentape.store.database import open_engine
from tokentape.store.tables import MESSAGES, WORKERS

STREAMS = 2 * len(SPOKEN)
ENDING: Script = [HEAD, chunk("a"), Hold(), chunk("b"), finish(), DONE]
ENDLESS: Script = [HEAD, chunk("a"), Stuck()]
ROOT = Path(__file__).parents[3]


@asynccontextmanager
async def process(
    folder: Path, upstream_url: str, **given: str
) -> AsyncIterator[tuple[int, str, asyncio.Task[int]]]:
    """`tokentape serve`: its pid, its root URL, and its exit code when it comes."""
    steering = ("OPENAI_", "JWT_", "DATABASE_", "PORT", "RATE_", "SHUTDOWN_")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(steering)}
    one = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tokentape.cli", "serve", "--port", "0"),
        cwd=folder,
        env=kept
        | {
            "PYTHONPATH": str(ROOT),
            "OPENAI_BASE_URL": upstream_url,
            "DATABASE_URL": f"sqlite:///{folder / 'app.db'}",
            "JWT_SECRET": SECRET,
            "RATE_LIMIT_ANONYMOUS": "off",
            "UI": "off",
            **given,
        },
        stdout=asyncio.subprocess.PIPE,
    )
    assert one.stdout is not None
    try:
        line = (await one.stdout.readline()).decode().strip()
        assert line.startswith("tokentape ready at ")
        url = line.removeprefix("tokentape ready at ")
        exited = asyncio.create_task(one.wait())
        yield one.pid, url, exited
        await exited
    finally:
        if one.returncode is None:
            one.kill()
            await one.wait()


async def test_sigterm_lets_answers_end_and_starts_none(tmp_path: Path) -> None:
    async with (
        playing(ENDING) as upstream,
        process(tmp_path, upstream.url, SHUTDOWN_GRACE_S="600") as (pid, url, exited),
        AsyncExitStack() as doors,
    ):
        idle = [await doors.enter_async_context(door(url, contract)) for contract in SPOKEN]
        async with answering(url) as watching:
            os.kill(pid, signal.SIGTERM)
            await assert_shutting_down(url, idle)
            upstream.released.set()
            verdicts = await asyncio.gather(*watching)
        assert await exited == 0
    assert [verdict.violations for verdict in verdicts] == [()] * STREAMS
    assert {(verdict.text, verdict.outcome) for verdict in verdicts} == {("ab", "completed")}
    assert await statuses(tmp_path) == {"complete": STREAMS}


async def test_sigterm_stops_every_answer_that_outlasts_the_grace(tmp_path: Path) -> None:
    async with (
        playing(ENDLESS) as upstream,
        process(tmp_path, upstream.url, SHUTDOWN_GRACE_S="0.2") as (pid, url, exited),
        answering(url) as watching,
    ):
        os.kill(pid, signal.SIGTERM)
        verdicts = await asyncio.gather(*watching)
        assert await exited == 0
    assert [verdict.violations for verdict in verdicts] == [()] * STREAMS
    for contract, verdict in zip(cycle(SPOKEN), verdicts, strict=False):
        assert (verdict.text, verdict.outcome) == ("a", outcome_of_a_stop(contract))
    assert await statuses(tmp_path) == {"stopped": STREAMS}


@asynccontextmanager
async def answering(url: str) -> AsyncIterator[list[asyncio.Task[Verdict]]]:
    """Answers in every dialect that have begun, and what will be said of each."""
    begun = asyncio.Semaphore(0)
    viewers = [
        open_viewer(url, contract, read_timeout_s=100, linger_s=0.3, headers=signed(contract))
        for _, contract in zip(range(STREAMS), cycle(SPOKEN), strict=False)
    ]
    watching = [asyncio.create_task(watch(viewer, begun)) for viewer in viewers]
    try:
        for _ in viewers:
            await begun.acquire()
        yield watching
    finally:
        for task in watching:
            task.cancel()
        await asyncio.gather(*watching, return_exceptions=True)


async def watch(viewer: Viewer, begun: asyncio.Semaphore) -> Verdict:
    async with viewer:
        async for seen in viewer.ask(Turn(message="Hello")):
            if seen.text == "a":
                begun.release()
        return verdict_of(viewer, Expectation())


async def assert_shutting_down(url: str, doors: list[HttpDoor | SocketDoor]) -> None:
    """Once the process has heard of its signal, which it tells, nothing starts."""
    async with httpx2.AsyncClient(base_url=url, trust_env=False) as http, asyncio.timeout(100):
        while (await http.get("/readyz")).status_code == 200:
            pass
    for one in doors:
        reply = await one.start(spelled(one.contract, Turn(message="Hello")))
        assert (one.contract.key, reply.code) == (one.contract.key, "SHUTTING_DOWN")
        assert reply.status in (None, 503)


async def statuses(folder: Path) -> dict[str, int]:
    """How the answers ended; nobody's sign of life is left."""
    engine = open_engine(f"sqlite:///{folder / 'app.db'}")
    async with engine.connect() as connection:
        counted = await connection.execute(
            select(MESSAGES.c.status, func.count())
            .where(MESSAGES.c.role == "assistant")
            .group_by(MESSAGES.c.status)
        )
        found = {str(row[0]): int(row[1]) for row in counted.all()}
        assert (await connection.execute(select(WORKERS))).all() == []
    await engine.dispose()
    return found
