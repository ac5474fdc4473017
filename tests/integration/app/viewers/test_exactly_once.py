"""Viewers that are cut anywhere and come back hear each event once; `make bench` asks 500."""

import asyncio
import random
from pathlib import Path

import httpx2

from tests.bench.cut_viewers import Told
from tests.bench.exactly_once import faults_of, hear
from tests.bench.upstream import answering
from tests.integration.app.serving import serving, settings_for

CHUNKS = 40
VIEWERS = 30


async def test_viewers_cut_at_random_bytes_hear_every_event_once(tmp_path: Path) -> None:
    async with (
        answering() as upstream_url,
        serving(settings_for(tmp_path, upstream_url)) as app,
        httpx2.AsyncClient(base_url=app.url, trust_env=False) as client,
    ):
        asked = f"chunks={CHUNKS} gap_us=10000 size=12"
        outcomes = await asyncio.gather(
            *(hear(client, random.Random(seed), asked, CHUNKS) for seed in range(VIEWERS))
        )
    assert {outcome.transport for outcome in outcomes} == {"sse", "socketio"}
    assert [outcome.faults for outcome in outcomes if outcome.faults] == []


def test_gap_repetition_wrong_end_and_other_text_are_faults() -> None:
    history = {"messages": [{"content": "ab", "status": "complete"}]}
    right = Told("r", "s", [0, 1, 2], ["a", "b"], [{"done": True}])
    assert faults_of(right, history, 2) == []
    assert faults_of(Told("r", "s", [0, 2], ["a"], [{"done": True}]), history, 2) != []
    assert faults_of(Told("r", "s", [0, 1, 1, 2], ["a", "b"], [{"done": True}]), history, 2) != []
    assert faults_of(Told("r", "s", [0, 1, 2], ["b", "a"], [{"done": True}]), history, 2) != []
    assert faults_of(Told("r", "s", [0, 1, 2], ["a", "b"], []), history, 2) != []
