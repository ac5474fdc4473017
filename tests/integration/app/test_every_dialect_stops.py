"""A stop that is acknowledged holds, whenever it came: before the run was there, in the midst, and
at the end, in every dialect over every transport."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.integration.app.doors import SocketDoor, door, spelled
from tests.integration.app.rooms.guest import guest
from tests.integration.app.serving import SPOKEN, Served, outcome_of_a_stop, serving, settings_for
from tests.integration.app.upstream import (
    DONE,
    HEAD,
    Script,
    Stuck,
    Upstream,
    chunk,
    finish,
    playing,
    said,
)
from tokentape.client.turn import Turn
from tokentape.client.viewer import verdict_of
from tokentape.contract.contract import Contract, Emit
from tokentape.contract.verdict import Expectation

WORDS = ("a ", "b ", "c ", "d ", "e")
HELLO = [{"role": "user", "content": "Hello"}]
BY_SOCKET = [contract for contract in SPOKEN if isinstance(contract.start, Emit)]
BY_HTTP = [contract for contract in SPOKEN if not isinstance(contract.start, Emit)]
OTHER_MODEL = "gpt-4o-mini"
by_socket = pytest.mark.parametrize("contract", BY_SOCKET, ids=lambda contract: contract.key)
with_models = pytest.mark.parametrize(
    "contract",
    [contract for contract in BY_SOCKET if contract.dialect != "ai-chat"],  # it names no model
    ids=lambda contract: contract.key,
)


def stuck_after(words: int) -> Script:
    """An answer that waits after so many words until its reader leaves."""
    return [HEAD, *(chunk(word) for word in WORDS[:words]), Stuck(), finish(), DONE]


@asynccontextmanager
async def knocking(
    contract: Contract, folder: Path, *scripts: Script
) -> AsyncIterator[tuple[SocketDoor, Upstream, Served]]:
    async with (
        playing(*scripts) as upstream,
        serving(settings_for(folder, upstream.url)) as app,
        door(app.url, contract) as one,
    ):
        assert isinstance(one, SocketDoor)
        yield one, upstream, app


def start_of(contract: Contract, model: str | None = None) -> Any:
    return spelled(contract, Turn(message="Hello", user="ann", model=model))


def stop_of(contract: Contract) -> str:
    assert isinstance(contract.stop, Emit)
    return contract.stop.event


async def ends(one: SocketDoor) -> list[str | None]:
    """How often it has ended, and how, once it has."""
    await one.until_end()
    kinds = [one.contract.kind_of(*told) for told in one.events]
    return [kind.end for kind in kinds if kind and kind.end]


@by_socket
async def test_stop_in_the_tick_of_its_start(contract: Contract, tmp_path: Path) -> None:
    async with knocking(contract, tmp_path, said("never")) as (one, upstream, app):
        started, stopped = await asyncio.gather(
            one.call(one.event, start_of(contract)), one.call(stop_of(contract), {})
        )
        assert (started["ok"], stopped["ok"]) == (True, True)
        assert await ends(one) == ["stopped"]
        assert upstream.requests == []
        found = await app.app.core.turns.store.answer_of(started["runId"])
        assert found is not None
        assert (found[1].status, found[1].content) == ("stopped", "")


@with_models
async def test_stop_while_the_upstreams_model_list_is_slow(
    contract: Contract, tmp_path: Path
) -> None:
    async with knocking(contract, tmp_path, said("never")) as (one, upstream, _):
        upstream.listed = asyncio.Event()
        starting = asyncio.create_task(one.call(one.event, start_of(contract, OTHER_MODEL)))
        await upstream.listing.wait()
        assert (await one.call(stop_of(contract), {}))["ok"]
        # Nobody waits for the list that has not come yet.
        assert await ends(one) == ["stopped"]
        assert (await starting)["ok"]
        upstream.listed.set()
        assert upstream.requests == []


@pytest.mark.parametrize("others", ["ai:stop", "stop-stream"])
async def test_stop_of_one_dialect_leaves_the_others_starts_alone(
    others: str, tmp_path: Path
) -> None:
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        guest(app.url, "/") as ann,
    ):
        asked: dict[str, tuple[str, dict[str, Any]]] = {
            "ai:stop": ("stream-chat", {"messages": HELLO}),
            "stop-stream": ("ai:chat", {"message": "Hello"}),
        }
        event, payload = asked[others]
        started, _ = await asyncio.gather(ann.call(event, **payload), ann.call(others))
        assert started["ok"]
        (over,) = await ann.heard("ai:complete", "stream-complete", "stream-stopped")
        assert not over.get("stopped")
        assert "Hi" in (over.get("response"), over.get("fullResponse"))


async def test_conversation_is_stopped_by_another_connection_while_a_turn_begins_in_it(
    tmp_path: Path,
) -> None:
    async with (
        playing(said("first"), said("never")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        guest(app.url, "/ai") as ann,
        guest(app.url, "/ai") as tab,
    ):
        asked: dict[str, Any] = {"userId": "ann", "message": "Hello"}
        place = (await ann.call("chat:start", **asked))["conversationId"]
        await ann.heard("chat:end")
        upstream.listed = asyncio.Event()
        more = {**asked, "conversationId": place, "model": OTHER_MODEL}
        starting = asyncio.create_task(ann.call("chat:start", **more))
        await upstream.listing.wait()
        assert (await tab.call("chat:stop", conversationId=place))["ok"]
        assert (await starting)["ok"]
        assert len(await ann.heard("chat:stopped")) == 1
        assert len(upstream.requests) == 1


async def test_member_stops_the_question_that_another_is_asking_in_the_room(
    tmp_path: Path,
) -> None:
    async with (
        playing(said("never")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        guest(app.url, "/ws", auth={"userId": "ann"}) as ann,
        guest(app.url, "/ws", "websocket", auth={"userId": "bob"}) as bob,
        guest(app.url, "/ws", auth={"userId": "eve"}) as stranger,
    ):
        for one in (ann, bob):
            assert (await one.call("room:join", roomId="r"))["ok"]
        upstream.listed = asyncio.Event()
        asked = {"roomId": "r", "messages": HELLO, "model": OTHER_MODEL}
        starting = asyncio.create_task(ann.call("chat:ask", **asked))
        await upstream.listing.wait()
        assert (await stranger.call("chat:stop", roomId="r"))["code"] == "NOT_FOUND"
        assert (await bob.call("chat:stop", roomId="r"))["ok"]
        assert (await starting)["ok"]
        for one in (ann, bob):
            (told,) = await one.heard("message:new")
            assert (told["stopped"], told["content"]) == (True, "")
        assert upstream.requests == []


async def test_session_is_stopped_over_http_while_its_run_begins(tmp_path: Path) -> None:
    async with (
        playing(said("never")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        httpx2.AsyncClient(base_url=f"{app.url}/openai/chatCompletion", trust_env=False) as http,
    ):
        upstream.listed = asyncio.Event()
        body = {"sessionId": "s1", "messages": HELLO, "model": OTHER_MODEL}
        starting = asyncio.create_task(http.post("/stream/start", json=body))
        await upstream.listing.wait()
        stopped = await http.delete("/stream/s1")
        assert (stopped.status_code, stopped.json()["stopped"]) == (202, True)
        started = await starting
        assert started.status_code == 202
        assert started.json()["runId"] == stopped.json()["runId"]
        assert "event: stream-stopped" in (await http.get("/stream/s1")).text
        assert upstream.requests == []


SEED, EACH = 15, 22
"""With seven transports of sockets, more than 150 stops."""


@by_socket
async def test_stops_at_random_moments_of_a_socket(contract: Contract, tmp_path: Path) -> None:
    chance = random.Random(f"{SEED} {contract.key}")
    async with knocking(contract, tmp_path, said("")) as (one, upstream, _):
        for number in range(EACH):
            one.events.clear()
            upstream.held.clear()
            upstream.left.clear()
            asked = len(upstream.requests)
            moment = chance.choice(("before", "turns", "turns", "held", "heard", "after"))
            words = chance.randint(1, len(WORDS))
            lasting = moment not in ("before", "after")
            upstream.scripts = [stuck_after(words) if lasting else said(*WORDS)]
            if moment == "before":
                assert (await one.call(stop_of(contract), {}))["ok"]
            starting = asyncio.create_task(one.call(one.event, start_of(contract)))
            if moment == "turns":
                # Turns of the loop in which server and client live: as far as they then are.
                for _ in range(chance.randint(1, 60)):
                    await asyncio.sleep(0)
            elif moment == "held":
                await upstream.held.wait()
            elif moment == "heard":
                await heard_text(one, "".join(WORDS[:words]))
            elif moment == "after":
                assert await ends(one) == ["completed"]
            if moment != "before":
                assert (await one.call(stop_of(contract), {}))["ok"]
            assert (await starting)["ok"]
            told = await ends(one)
            assert told == ["stopped" if lasting else "completed"], (number, moment)
            text = "".join(WORDS[:words]) if lasting else "".join(WORDS)
            assert text.startswith(text_of(one)), (number, moment)
            if moment in ("heard", "before", "after"):
                assert text_of(one) == text, (number, moment)
            if lasting and len(upstream.requests) > asked:
                async with asyncio.timeout(60):
                    await upstream.left.wait()


@pytest.mark.parametrize("contract", BY_HTTP, ids=lambda contract: contract.key)
async def test_stops_at_random_moments_over_http(contract: Contract, tmp_path: Path) -> None:
    chance = random.Random(f"{SEED} {contract.key}")
    async with (
        playing(said("")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
    ):
        for number in range(EACH // 2):
            upstream.left.clear()
            words = chance.randint(1, len(WORDS))
            at = "".join(WORDS[: chance.randint(1, words)])
            upstream.scripts = [stuck_after(words)]
            async with app.viewer(contract) as viewer:
                heard = ""
                async for seen in viewer.ask(Turn(message="Hello")):
                    heard += seen.text or ""
                    if seen.text and heard == at:
                        await viewer.stop()
                text = "".join(WORDS[:words])
                verdict = verdict_of(viewer, Expectation(outcome=outcome_of_a_stop(contract)))
                assert verdict.violations == (), number
                assert text.startswith(verdict.text), number
            async with asyncio.timeout(60):
                await upstream.left.wait()


def text_of(one: SocketDoor) -> str:
    """What came of the answer."""
    found = ""
    for event, payload in one.events:
        kind = one.contract.kind_of(event, payload)
        if kind and kind.text:
            found += payload[kind.text]
    return found


async def heard_text(one: SocketDoor, text: str) -> None:
    async with asyncio.timeout(60):
        while text_of(one) != text:
            await one.more()
