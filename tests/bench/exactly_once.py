"""Viewers cut at random places, again and again: each hears every event once, as it was stored."""

import asyncio
import hashlib
import json
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import httpx2

from tests.bench.cut_viewers import PATH, Cut, Told, heard_over_socket, heard_over_sse
from tests.bench.processes import the_app, the_upstream
from tests.bench.report import Must, Plan, Report, Row

CUTS_MAX = 5
WITHIN_S = 120.0
BYTES_MORE_MAX = 400
"""A cut falls up to this many bytes after an event: inside a later one, nearly always."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """Of one viewer: where it was cut, and what is wrong with what it heard; empty: nothing."""

    transport: str
    cuts: int
    faults: tuple[str, ...]


async def hear(
    client: httpx2.AsyncClient, chance: random.Random, asked: str, chunks: int
) -> Outcome:
    """One viewer's answer from its start to its end, judged."""
    transport = chance.choice(("sse", "socketio"))
    places = sorted(chance.sample(range(chunks), chance.randint(1, CUTS_MAX)))
    cuts = [Cut(place, chance.randint(0, BYTES_MORE_MAX)) for place in places]
    heard = heard_over_sse if transport == "sse" else heard_over_socket
    told = await heard(str(client.base_url), asked, cuts, WITHIN_S)
    history = await client.get(f"{PATH}/{told.session}")
    return Outcome(transport, len(cuts), tuple(faults_of(told, history.json(), chunks)))


def faults_of(told: Told, history: dict[str, Any], chunks: int) -> list[str]:
    faults = []
    if told.seqs != list(range(chunks + 1)):
        faults.append(f"seqs {told.seqs}")
    if len(told.ends) != 1 or not (told.ends[0].get("done") or "response" in told.ends[0]):
        faults.append(f"ends {told.ends}")
    stored = history["messages"][-1]
    if stored["status"] != "complete" or _hash(stored["content"]) != _hash(told.text):
        faults.append("the text is not the stored answer's")
    return faults


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


async def once(plan: Plan) -> Sequence[Report]:
    """All viewers at once, each with a run of its own, seeded."""
    viewers, chunks = plan.much(500, 20), 100
    asked = f"chunks={chunks} gap_us=50000 size=12"
    async with (
        the_upstream() as upstream,
        the_app(upstream.url) as app,
        httpx2.AsyncClient(base_url=app.url, trust_env=False, timeout=WITHIN_S) as client,
    ):
        at = time.monotonic()

        async def one(seed: int) -> Outcome:
            chance = random.Random(seed)
            await asyncio.sleep(chance.uniform(0, 3))
            return await hear(client, chance, asked, chunks)

        outcomes = await asyncio.gather(*(one(seed) for seed in range(viewers)))
        seconds = time.monotonic() - at
    wrong = [outcome for outcome in outcomes if outcome.faults]
    over = {kind: sum(one.transport == kind for one in outcomes) for kind in ("sse", "socketio")}
    cuts = sum(outcome.cuts for outcome in outcomes)
    notes = [json.dumps(outcome.faults)[:76] for outcome in wrong[:3]]
    promise = f"exactly once: {viewers - len(wrong)} of {viewers} heard the stored answer's hash"
    title = f"{viewers} viewers, cut {cuts} times at random bytes and resumed"
    return [
        Report(
            title,
            "viewers",
            [Row("over SSE", [over["sse"]]), Row("over Socket.IO", [over["socketio"]])],
            [Must(f"{promise} ({seconds:.0f} s)", not wrong)],
            notes,
        )
    ]
