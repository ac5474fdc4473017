"""Between the clients and our real server is a proxy that kills, delays, halves and black-holes
connections, by a seed: nothing is lost or doubled, states are right, nothing stays behind.
"""

import asyncio
import gc
import json
import random
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.harness.chance import by_chance, seeds
from tests.integration.app.client.chaos import HARMS, chaos
from tests.integration.app.client.raw import Sleeper
from tests.integration.app.serving import serving, settings_for
from tests.integration.mock_openai.conftest import Served, served
from tokentape.client.failures import Unreachable
from tokentape.client.http_connection import HttpCall
from tokentape.client.realtime_client import RealtimeClient, RealtimeOptions, ReceivedEvent
from tokentape.client.sse import ServerSentEvent
from tokentape.client.sse_client import SSEClient, SSEOptions
from tokentape.client.state import ConnectionState

__all__ = ["served"]

SEEDS = seeds(4)
PATH = "/api/v2/ai/chat/stream"
PACE = "[[mock: tokens=60 first=5ms gap=3ms]]"
SILENCE_S = 0.4
AFTER = {
    "connecting": {"connected", "reconnecting", "disconnected"},
    "connected": {"reconnecting", "disconnected"},
    "reconnecting": {"connected", "disconnected"},
}


def assert_states_follow(states: list[str]) -> None:
    assert states[0] == "connecting"
    assert states[-1] == "disconnected"
    assert all(after in AFTER[before] for before, after in pairwise(states))


def assert_nothing_stayed() -> None:
    """No task of the clients'. An unclosed socket would warn, and a warning is an error."""
    gc.collect()
    assert not [task for task in asyncio.all_tasks() if "Client." in repr(task.get_coro())]


def is_over(event: ServerSentEvent) -> bool:
    told = json.loads(event.data)
    return "done" in told or "error" in told


@by_chance
@pytest.mark.parametrize("seed", SEEDS)
async def test_sse_answer_survives_chaos_whole(seed: int, served: Served, tmp_path: Path) -> None:
    question = f"sse chaos {seed}"
    async with (
        serving(settings_for(tmp_path, served.url, openai_api_key="x")) as app,
        chaos(app.url, seed) as proxy,
    ):
        states: list[str] = []

        def resume(last: str) -> HttpCall:
            run = last.rpartition(":")[0]
            url = f"{proxy.url}{PATH}/{run}"
            return HttpCall(method="GET", url=url, headers={"Last-Event-ID": last})

        client = SSEClient(
            HttpCall(
                method="POST",
                url=f"{proxy.url}{PATH}",
                body=json.dumps({"message": f"{question} {PACE}"}).encode(),
                headers={"Content-Type": "application/json"},
            ),
            # The proxy harms more connections in a row than a patient person would bear.
            SSEOptions(max_retries=20, silence=SILENCE_S, ends=is_over, resume=resume),
            on_state=lambda state: states.append(str(state)),
            chance=random.Random(seed),
            sleep=Sleeper(),
        )
        async with client:
            told = [json.loads(arrival.event.data) async for arrival in client]
    (due,) = {entry["text"] for entry in served.journal(question)}
    assert [one["seq"] for one in told] == list(range(len(told)))
    assert "".join(one.get("content", "") for one in told) == due
    assert len({one["runId"] for one in told}) == 1
    assert_states_follow(states)
    assert_nothing_stayed()


@by_chance
@pytest.mark.parametrize("seed", SEEDS)
async def test_socket_answer_survives_chaos_whole(
    seed: int, served: Served, tmp_path: Path
) -> None:
    question = f"socket chaos {seed}"
    async with (
        serving(settings_for(tmp_path, served.url, openai_api_key="x")) as app,
        chaos(app.url, seed, furthest=8_000) as proxy,
    ):
        states: list[str] = []
        heard: list[ReceivedEvent] = []
        over, connected = asyncio.Event(), asyncio.Event()
        run = ""

        def on_state(state: ConnectionState) -> None:
            states.append(str(state))
            connected.set() if state is ConnectionState.CONNECTED else connected.clear()

        def hear(one: ReceivedEvent) -> None:
            heard.append(one)
            if one.event == "chat:end" and one.payload["runId"] == run:
                over.set()

        client = RealtimeClient(
            proxy.url,
            RealtimeOptions(
                namespace="/ai",
                silence=SILENCE_S,
                timeout=1.0,
                ends=lambda event, _payload: event == "chat:end",
            ),
            on_state=on_state,
            chance=random.Random(seed),
            sleep=Sleeper(),
        )
        client.on("*", hear)
        async with asyncio.timeout(60), client:
            while not run:
                try:
                    asked = {"userId": "u", "message": f"{question} {PACE}"}
                    answer: Any = await client.call("chat:start", asked)
                    run = answer["runId"]
                except Unreachable:  # lost before it was taken, or before that was told: ask again
                    await connected.wait()
            if not any(one.payload["runId"] == run for one in heard):
                client.follow(run, -1)
            if not any(o.event == "chat:end" and o.payload["runId"] == run for o in heard):
                await over.wait()
    told = [one.payload for one in heard if one.payload["runId"] == run]
    (due,) = {entry["text"] for entry in served.journal(question)}
    assert [one["seq"] for one in told] == list(range(len(told)))
    assert "".join(one["content"] for one in told if one.get("isComplete") is False) == due
    assert_states_follow(states)
    assert_nothing_stayed()


def test_seeds_do_all_harm_that_there_is() -> None:
    drawn = set()
    for seed in SEEDS:
        chance = random.Random(seed)
        drawn |= {(chance.choice(HARMS), chance.randint(0, 1))[0] for _ in range(3)}
    assert drawn == set(HARMS)
