"""Retrieval: the nearest of 10,000 passages from the store, beside a matrix in memory (the floor)
and vectors compared in Python (naive)."""

import os
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import numpy
from numpy import float32
from numpy.typing import NDArray

from tests.bench.report import Must, Plan, Report, Row, percentile
from tokentape.retrieval.documents import Documents
from tokentape.retrieval.levels import Reader
from tokentape.settings import Settings
from tokentape.store.conversations import Store

PASSAGES, EACH = 10_000, 200
"""Passages in all, and of one document."""
P99_MS = 50.0
MOST = Settings.model_fields["retrieved_passages"].default
DIMENSIONS = Settings.model_fields["embedding_dimensions"].default
SPACE = "bench"
READER = Reader("bench", "acme", 1)

Matrix = NDArray[float32]
Find = Callable[[Matrix], Awaitable[Sequence[object]]]


async def retrieval(plan: Plan) -> Sequence[Report]:
    """SQLite always; PostgreSQL with pgvector where BENCH_DATABASE_URL names an empty one."""
    passages = plan.much(PASSAGES, 1_000)
    vectors = _unit(numpy.random.default_rng(7).standard_normal((passages, DIMENSIONS)))
    reports = []
    with tempfile.TemporaryDirectory(prefix="tokentape-bench-") as folder:
        urls = {"SQLite": f"sqlite:///{Path(folder) / 'bench.db'}"}
        if other := os.environ.get("BENCH_DATABASE_URL"):
            urls["PostgreSQL with pgvector"] = other
        for name, url in urls.items():
            reports.append(await _store(plan, name, url, vectors))
    return reports


async def _store(plan: Plan, name: str, url: str, vectors: Matrix) -> Report:
    store = await Store.open(url)
    documents = Documents(store, most=100_000)
    texts = [f"passage {place} " + "of some words " * 50 for place in range(EACH)]
    for start in range(0, len(vectors), EACH):
        block = vectors[start : start + EACH]
        title, level = f"document {start}", start // EACH % 2
        await documents.add(READER, title, level, "text", texts[: len(block)], block, SPACE)

    async def ours(question: Matrix) -> Sequence[object]:
        return await documents.nearest(READER, question, SPACE, MOST)

    async def floor(question: Matrix) -> Sequence[object]:
        return list(numpy.argsort(-(vectors @ question))[:MOST])

    listed = vectors[: plan.much(1_000, 100)].tolist()

    async def naive(question: Matrix) -> Sequence[object]:
        asked = question.tolist()
        likeness = [sum(a * b for a, b in zip(one, asked, strict=True)) for one in listed]
        return sorted(range(len(likeness)), key=likeness.__getitem__, reverse=True)[:MOST]

    times = {
        "store": await _timed(ours, plan.rounds * plan.much(100, 10)),
        "floor": await _timed(floor, plan.much(200, 10)),
        "naive": await _timed(naive, plan.much(5, 2)),
    }
    await store.close()
    scale = len(vectors) / len(listed)
    p50, p99 = (percentile(times["store"], share) for share in (0.5, 0.99))
    return Report(
        f"Nearest {MOST} of {len(vectors):,} passages, {DIMENSIONS} dimensions, {name}",
        "ms",
        [
            Row("store, with the security filter", times["store"]),
            Row("floor: one matrix in memory", times["floor"]),
            Row("naive: lists of numbers in Python", [one * scale for one in times["naive"]]),
        ],
        [Must(f"p50 {p50:.1f} ms, p99 {p99:.1f} ms, under {P99_MS:.0f} ms", p99 < P99_MS)],
    )


async def _timed(find: Find, times: int) -> list[float]:
    """Milliseconds of each search, every one for another question."""
    questions = _unit(numpy.random.default_rng(11).standard_normal((times, DIMENSIONS)))
    await find(questions[0])
    found = []
    for question in questions:
        started = time.perf_counter()
        assert len(await find(question)) == MOST
        found.append((time.perf_counter() - started) * 1e3)
    return found


def _unit(rows: NDArray[numpy.float64]) -> Matrix:
    lengths = numpy.linalg.norm(rows, axis=1, keepdims=True)
    unit: Matrix = (rows / lengths).astype(float32)
    return unit
