"""Stop: how soon the upstream is closed, by the mock's own evidence, and what all viewers hear."""

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx2

from tests.bench.cut_viewers import PATH, Cut, Told, stop_request, watch_socket, watch_sse
from tests.bench.processes import the_app, the_mock
from tests.bench.report import Must, Plan, Report, Row, percentile
from tests.bench.socket_client import socket_of
from tests.bench.sse_client import post, reader_of

WAYS = ("another connection, by HTTP", "another tab, by Socket.IO", "the viewer itself")
P99_MS = 100.0
AT_ONCE = 10
WITHIN_S = 60.0


@dataclass(frozen=True, slots=True)
class Stop:
    way: str
    closed_ms: float
    """From the stop's sending to the end of the upstream's connection, as the mock saw it."""
    faults: tuple[str, ...]


async def stop_one(
    app_url: str, clients: tuple[httpx2.AsyncClient, httpx2.AsyncClient], number: int
) -> Stop:
    """A run that one viewer started over SSE and another watches over Socket.IO, stopped midway."""
    app, mock = clients
    chance = random.Random(number)
    way = WAYS[number % len(WAYS)]
    name = f"stop-{number}-{time.monotonic_ns()}"
    message = f"{name} [[mock: tokens=2000 first=10ms gap=10ms]]"
    first, second = Told(), Told()
    one = await watch_sse(app_url, post(f"{PATH}/stream", {"message": message}), first, Cut())
    await one.watch.begun.wait()
    resume = {"runId": first.run, "lastSeq": -1}
    two = await watch_socket(app_url, "resume", resume, second, Cut())
    await two.watch.begun.wait()
    await asyncio.sleep(chance.uniform(0.05, 0.5))
    stopper = await socket_of(app_url, "/", lambda _: None)
    sent_ns = time.monotonic_ns()
    if way == WAYS[0]:
        other = await reader_of(app_url)
        sent_ns = time.monotonic_ns()
        other.transport.write(stop_request(first))
    elif way == WAYS[1]:
        stopper.emit("/", "ai:stop", {"runId": first.run})
    else:
        two.emit("/", "ai:stop", {"runId": first.run})
    async with asyncio.timeout(WITHIN_S):
        await asyncio.gather(one.watch.over, two.watch.over)
    stopper.transport.close()
    await asyncio.sleep(0.05)  # a second terminal event would come now
    found = (await mock.get("/__mock__/requests", params={"contains": name, "limit": 1})).json()
    history = (await app.get(f"{PATH}/{first.session}")).json()
    one.transport.abort()
    two.transport.abort()
    entry = found["requests"][0]
    faults = tuple(_faults(first, second, entry, history))
    ended_ns = entry["ended_ns"]
    return Stop(way, (ended_ns - sent_ns) / 1e6 if ended_ns else float("inf"), faults)


def _faults(first: Told, second: Told, entry: dict[str, Any], history: dict[str, Any]) -> list[str]:
    faults = [
        f"ends {told.ends}"
        for told in (first, second)
        if len(told.ends) != 1 or told.ends[0].get("stopped") is not True
    ]
    stored = history["messages"][-1]
    if stored["status"] != "stopped" or not stored["content"] == first.text == second.text:
        faults.append(f"stored as {stored['status']}, or another text than was heard")
    if entry["state"] != "client_closed" or not entry["text"].startswith(first.text):
        faults.append(f"the mock saw {entry['state']}")
    return faults


async def stops(plan: Plan) -> Sequence[Report]:
    """Beside it, what the two hops cost at least: a request that the app answers at once."""
    count = plan.much(150, 6)
    async with (
        the_mock() as mock,
        the_app(f"{mock.url}") as app,
        httpx2.AsyncClient(base_url=app.url, trust_env=False, timeout=WITHIN_S) as ours,
        httpx2.AsyncClient(base_url=mock.url, trust_env=False, timeout=WITHIN_S) as theirs,
    ):
        numbers = iter(range(count))

        async def some() -> list[Stop]:
            return [await stop_one(app.url, (ours, theirs), number) for number in numbers]

        found = [
            stop
            for part in await asyncio.gather(*(some() for _ in range(AT_ONCE)))
            for stop in part
        ]
    wrong = [stop for stop in found if stop.faults]
    rows = [Row("all, p50", [percentile([stop.closed_ms for stop in found], 0.5)])]
    for way in WAYS:
        closed = [stop.closed_ms for stop in found if stop.way == way]
        rows.append(Row(f"{way}, p99", [percentile(closed, 0.99)]))
    worst = percentile([stop.closed_ms for stop in found], 0.99)
    return [
        Report(
            f"From stop to closed upstream, by the mock's journal: {count}, {AT_ONCE} at once",
            "ms",
            rows,
            [
                Must(f"upstream closed within {P99_MS:.0f} ms p99: {worst:.1f}", worst <= P99_MS),
                Must(f"one end everywhere, text kept: {count - len(wrong)} of {count}", not wrong),
            ],
            [str(stop.faults)[:76] for stop in wrong[:3]],
        )
    ]
