"""Viewers that take nothing are cut, and nobody else waits for them."""

import asyncio
from pathlib import Path

import pytest

from tests.bench.cut_viewers import PATH, Cut, Told, watch_sse
from tests.bench.sse_client import post
from tests.bench.stuck_viewers import stuck
from tests.bench.upstream import answering
from tests.integration.app.changes import until
from tests.integration.app.serving import serving, settings_for
from tokentape.metrics import Metrics

CHUNKS, SIZE = 3_000, 500


def value(metrics: Metrics, name: str) -> float:
    """A metric's samples, summed over its labels."""
    return sum(n for key, n in metrics.snapshot().items() if key.startswith(name))


async def left_for(transport: asyncio.Transport) -> int:
    """The bytes that a client which reads again gets before its connection ends."""
    rest = Rest()
    transport.set_protocol(rest)
    transport.resume_reading()
    return await rest.bytes


class Rest(asyncio.Protocol):
    """Counts what comes until the connection is lost."""

    def __init__(self) -> None:
        self.bytes: asyncio.Future[int] = asyncio.get_running_loop().create_future()
        self._count = 0

    def data_received(self, data: bytes) -> None:
        self._count += len(data)

    def connection_lost(self, exc: Exception | None) -> None:
        self.bytes.set_result(self._count)


@pytest.mark.parametrize("count", [2])
async def test_reader_that_stops_is_cut_and_others_hear_the_whole_answer(
    count: int, tmp_path: Path
) -> None:
    async with (
        answering() as upstream_url,
        serving(settings_for(tmp_path, upstream_url, send_timeout_s=1.5)) as app,
    ):
        told = Told()
        message = f"chunks={CHUNKS} size={SIZE} gap_us=300"
        request = post(f"{PATH}/stream", {"message": message})
        healthy = await watch_sse(app.url, request, told, Cut())
        await healthy.watch.begun.wait()
        held = await stuck(app.url, told.run, count)
        metrics = app.app.core.metrics
        await healthy.watch.over
        await until(lambda: not value(metrics, "tokentape_viewers"))
        assert len(told.text) == CHUNKS * SIZE
        assert value(metrics, "tokentape_slow_viewers_dropped_total") >= count
        # Cut off, with what was written to it and not read: no end of the answer comes later.
        assert max([await left_for(transport) for transport in held]) < CHUNKS * SIZE
        healthy.transport.abort()
