"""Setting the machine's clock ends no connection and no run."""

import asyncio
import time
from pathlib import Path

import pytest

from tests.bench.cut_viewers import PATH, Cut, Told, watch_sse
from tests.bench.socket_client import SocketReader, socket_of
from tests.bench.sse_client import post
from tests.bench.upstream import answering
from tests.integration.app.serving import serving, settings_for

PINGS = 4


@pytest.mark.parametrize("jump_s", [3_600, -3_600])
async def test_clock_that_jumps_ends_neither_connections_nor_runs(
    jump_s: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pinged: asyncio.Queue[None] = asyncio.Queue()
    send = SocketReader.send

    def noting(reader: SocketReader, text: str) -> None:
        if text == "3":
            pinged.put_nowait(None)
        send(reader, text)

    monkeypatch.setattr(SocketReader, "send", noting)
    settings = {"ping_interval_s": 0.05, "ping_timeout_s": 60, "upstream_stall_timeout_s": 60}
    async with (
        answering() as upstream_url,
        serving(settings_for(tmp_path, upstream_url, **settings)) as app,
    ):
        reader = await socket_of(app.url, "/", lambda _: None)
        told = Told()
        asked = post(f"{PATH}/stream", {"message": "chunks=30 gap_us=20000"})
        viewer = await watch_sse(app.url, asked, told, Cut())
        await viewer.watch.begun.wait()
        now = time.time
        monkeypatch.setattr(time, "time", lambda: now() + jump_s)
        async with asyncio.timeout(60):
            for _ in range(PINGS):
                await pinged.get()
            await viewer.watch.over
        assert told.ends[0]["done"]
        assert not reader.lost.done()
        reader.transport.abort()
        viewer.transport.abort()
