"""What the app adds between the upstream's write and the viewer's read, while streams are paced."""

import asyncio
import random
import re
import time
from collections.abc import Sequence

from tests.bench.processes import the_app, the_upstream
from tests.bench.relay import INFERENCE
from tests.bench.report import Must, Plan, Report, Row, percentile
from tests.bench.sse_client import post, reader_of

STAMP = re.compile(rb'"content": ?"(\d{20})')
PER_S = 50
P50_MS, P99_MS = 1.0, 6.0
WARM_S = 2.0


async def latency(plan: Plan) -> Sequence[Report]:
    """Each chunk carries when it was written; both clocks are CLOCK_MONOTONIC of one host."""
    streams, seconds = plan.much(200, 10), plan.much(6, 3)
    found: dict[str, list[list[float]]] = {"app": [], "direct": []}
    asked = f"chunks={seconds * PER_S} gap_us={1_000_000 // PER_S} stamp=1"
    body = {"messages": [{"role": "user", "content": asked}]}
    async with the_upstream() as upstream, the_app(upstream.url) as app:
        for _ in range(plan.rounds):
            for name, url, path in (
                ("app", app.url, INFERENCE),
                ("direct", upstream.url, "/v1/chat/completions"),
            ):
                found[name].append(await _lags_ms(url, post(path, body), streams, seconds))
    rows, shares = [], {"p50": 0.5, "p99": 0.99}
    for name, called in (("app", "through the app"), ("direct", "floor: no app between")):
        for share, at in shares.items():
            samples = [percentile(lags, at) for lags in found[name]]
            rows.append(Row(f"{share}, {called}", samples))
    added = {share: rows[n].median - rows[n + 2].median for n, share in enumerate(shares)}
    title = f"Latency from write to read, {streams} streams of {PER_S} chunks/s, history stored"
    return [
        Report(
            title,
            "ms",
            rows,
            [
                Must(f"added p50 at most {P50_MS} ms: {added['p50']:.2f}", added["p50"] <= P50_MS),
                Must(f"added p99 at most {P99_MS} ms: {added['p99']:.2f}", added["p99"] <= P99_MS),
            ],
        )
    ]


async def _lags_ms(url: str, request: bytes, streams: int, seconds: int) -> list[float]:
    """Of the time in which all streams are under way; they begin at random moments before it."""
    lags: list[tuple[int, int]] = []

    def heard(data: bytes) -> None:
        now_ns = time.monotonic_ns()
        lags.extend((now_ns, now_ns - int(stamp)) for stamp in STAMP.findall(data))

    readers = [await reader_of(url, heard) for _ in range(streams)]
    chance = random.Random(streams)

    async def one(number: int) -> None:
        await asyncio.sleep(chance.uniform(0, WARM_S - 0.5))
        await readers[number].send(request)

    start_ns = time.monotonic_ns()
    await asyncio.gather(*(one(number) for number in range(streams)))
    for reader in readers:
        reader.transport.close()
    first_ns, last_ns = start_ns + int(WARM_S * 1e9), start_ns + seconds * 10**9
    return [lag / 1e6 for at_ns, lag in lags if first_ns <= at_ns <= last_ns]
