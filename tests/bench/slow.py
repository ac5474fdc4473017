"""Viewers that stop reading, and viewers that vanish: what they leave behind, and who feels it."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import httpx2

from tests.bench.cut_viewers import PATH, Cut, Told, watch_sse
from tests.bench.namespace import HERE, Namespace, Unavailable, namespace
from tests.bench.processes import Process, running, the_app, the_upstream
from tests.bench.report import Must, Plan, Report, Row, percentile
from tests.bench.sse_client import post, reader_of

OTHERS = 20
OTHERS_GAP_MS = 20
CHUNK, CHUNKS = 500, 20_000  # 10 MB
GAP_US = 500
BACK_WITHIN_S = 22
BACK_WITHIN_MB = 20
VIEWERS = re.compile(r'^tokentape_viewers\{transport="\w+"\} ([\d.]+)', re.MULTILINE)


@dataclass
class Phase:
    """What was seen while something went on. Memory in MB."""

    gaps_ms: list[float] = field(default_factory=list)
    memory: list[float] = field(default_factory=list)


async def slow(plan: Plan) -> Sequence[Report]:
    """Both kinds, one after the other, each beside healthy streams of the same process."""
    viewers = plan.much(50, 6)
    reports = [await _measured(viewers, plan, "127.0.0.1", _stop_reading, "stop reading")]
    try:
        async with namespace() as far:

            @asynccontextmanager
            async def vanish(url: str, run: str, count: int) -> AsyncIterator[None]:
                async with _vanishing(far, url, run, count):
                    yield

            reports.append(await _measured(viewers, plan, HERE, vanish, "vanish without a FIN"))
    except Unavailable as why:
        reports.append(Report(f"Viewers that vanish: not measured, {why}", "", []))
    return reports


@asynccontextmanager
async def _stop_reading(url: str, run: str, count: int) -> AsyncIterator[None]:
    async with running(("tests.bench.stuck_viewers", url, run, str(count))):
        yield


@asynccontextmanager
async def _vanishing(far: Namespace, url: str, run: str, count: int) -> AsyncIterator[None]:
    arguments = ("tests.bench.stuck_viewers", url, run, str(count))
    async with running(arguments, before=far.prefix):
        await far.pull()
        yield


Troubling = Callable[[str, str, int], object]


async def _measured(
    viewers: int, plan: Plan, host: str, trouble: Callable[..., object], what: str
) -> Report:
    calm_s = plan.much(10, 2)
    async with (
        the_upstream() as upstream,
        the_app(upstream.url, host=host, tape_ttl_s="1") as app,
        httpx2.AsyncClient(base_url=app.url, trust_env=False, timeout=60) as client,
    ):
        await _answer(app, CHUNKS, lambda _: asyncio.sleep(0))  # so that its buffers are warm
        await asyncio.sleep(3)
        before_mb = app.rss_bytes() / 1e6
        calm, alone, troubled = Phase(), Phase(), Phase()
        async with _others(app, calm):
            await asyncio.sleep(calm_s)
        async with _others(app, alone):
            # The same answer with no viewer in trouble: what its own work costs the others.
            await _answer(app, CHUNKS, lambda _: asyncio.sleep(0))
            await asyncio.sleep(3)
        gone_s = 0.0

        async def amid(run: str) -> None:
            nonlocal gone_s
            async with trouble(app.url, run, viewers):  # type: ignore[attr-defined]  # a context
                since = time.monotonic()
                while await _open_viewers(client) > OTHERS + 1:
                    if time.monotonic() - since > 2 * BACK_WITHIN_S:
                        break
                    await asyncio.sleep(0.25)
                gone_s = time.monotonic() - since
                await asyncio.sleep(max(0, BACK_WITHIN_S - gone_s))

        async with _others(app, troubled):
            await _answer(app, CHUNKS, amid)
        after_mb = app.rss_bytes() / 1e6
    p99 = {
        name: percentile(phase.gaps_ms, 0.99)
        for name, phase in (("calm", calm), ("alone", alone), ("troubled", troubled))
    }
    kept = after_mb - before_mb
    rows = [
        Row("others' gap p99, viewers in trouble", [p99["troubled"]]),
        Row("… the same answer, none in trouble", [p99["alone"]]),
        Row("… no such answer", [p99["calm"]]),
    ]
    return Report(
        f"{viewers} viewers of a {CHUNK * CHUNKS / 1e6:.0f} MB answer {what}",
        "ms",
        rows,
        [
            Must(
                f"memory back within {BACK_WITHIN_MB} MB: {before_mb:.0f} MB before,"
                f" {max(troubled.memory):.0f} at most, {after_mb:.0f} after",
                kept <= BACK_WITHIN_MB,
            ),
            Must(f"all of them gone after {gone_s:.1f} s", gone_s <= BACK_WITHIN_S),
            Must(
                "the others' gap p99 unaffected",
                p99["troubled"] <= 1.5 * p99["alone"] + 2,
            ),
        ],
    )


async def _open_viewers(client: httpx2.AsyncClient) -> float:
    return sum(map(float, VIEWERS.findall((await client.get("/metrics")).text)))


async def _answer(app: Process, chunks: int, amid: Callable[[str], Awaitable[None]]) -> None:
    """A long answer with one healthy reader, and what is done meanwhile."""
    message = f"chunks={chunks} size={CHUNK} gap_us={GAP_US}"
    told = Told()
    one = await watch_sse(app.url, post(f"{PATH}/stream", {"message": message}), told, Cut())
    await one.watch.begun.wait()
    await amid(told.run)
    async with asyncio.timeout(120):
        await one.watch.over
    one.transport.abort()
    if len(told.text) != chunks * CHUNK:
        raise RuntimeError(f"the healthy reader heard {len(told.text)} characters")


@asynccontextmanager
async def _others(app: Process, phase: Phase) -> AsyncIterator[None]:
    """Healthy paced streams meanwhile: when their reads came, and the app's memory."""
    readers = []
    latest: dict[int, int] = {}

    def heard(number: int, data: bytes) -> None:
        now_ns = time.monotonic_ns()
        if b'"content"' in data:
            if number in latest:
                phase.gaps_ms.append((now_ns - latest[number]) / 1e6)
            latest[number] = now_ns

    async def weigh() -> None:
        while True:
            phase.memory.append(app.rss_bytes() / 1e6)
            await asyncio.sleep(0.2)

    message = f"chunks=100000 gap_us={OTHERS_GAP_MS * 1000}"
    for number in range(OTHERS):
        reader = await reader_of(app.url, lambda data, number=number: heard(number, data))  # type: ignore[misc]  # bound now
        reader.send(post(f"{PATH}/stream", {"message": message})).add_done_callback(
            lambda done: done.cancelled() or done.exception()
        )
        readers.append(reader)
        await asyncio.sleep(OTHERS_GAP_MS / 1e3 / OTHERS)
    weighing = asyncio.create_task(weigh())
    try:
        yield
    finally:
        weighing.cancel()
        for reader in readers:
            reader.transport.abort()
