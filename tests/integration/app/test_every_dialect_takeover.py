"""A conversation that somebody signed in writes into is theirs from then on, whole: whoever made
its id up reads, hears, stops and changes nothing more of it."""

import asyncio
from contextlib import AsyncExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.integration.app.doors import SocketDoor, door, spelled
from tests.integration.app.rooms.guest import guest
from tests.integration.app.serving import (
    CONVERSING,
    SECRET,
    conversation,
    serving,
    settings_for,
    watched,
)
from tests.integration.app.test_every_dialect_identity import assert_not_found, assert_out_of_reach
from tests.integration.app.upstream import DONE, HEAD, Hold, Script, chunk, finish, playing, said
from tokentape.access.tokens import sign
from tokentape.client.turn import Turn
from tokentape.client.viewer import run_of
from tokentape.contract.contract import Contract
from tokentape.store.conversations import Begun, Taken

ALICE, BOB = (sign(SECRET, name, 86_400, {}) for name in ("alice", "bob"))
HERS = {"Authorization": f"Bearer {ALICE}"}
HELLO = [{"role": "user", "content": "Hello"}]
START, SESSION = "/openai/chatCompletion/stream/start", "/openai/chatCompletion/stream/s1"
HELD: Script = [HEAD, chunk("a"), Hold(), finish(), DONE]
anonymous_ones = pytest.mark.parametrize(
    "contract",
    [contract for contract in CONVERSING if not contract.needs_token],
    ids=lambda contract: contract.key,
)


@anonymous_ones
async def test_conversation_belongs_to_who_signed_in_from_their_turn_on(
    contract: Contract, tmp_path: Path
) -> None:
    async with (
        playing(said("before"), HELD, said("after")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
    ):
        async with app.viewer(contract) as nobody:
            await watched(nobody, Turn(message="Hello"))
            place, early = conversation(nobody), run_of(nobody)
        turn = Turn(message="Secret", user="alice", token=ALICE, conversation=place)
        async with app.viewer(contract, ALICE) as alice:
            async for seen in alice.ask(turn):
                if seen.text == "a":
                    for run in (early, run_of(alice)):
                        for token in (None, BOB):
                            values: dict[str, Any] = {"run": run, "seq": 0, "token": token}
                            async with door(app.url, contract, token=token) as one:
                                if isinstance(one, SocketDoor):
                                    await assert_out_of_reach(one, contract, values)
                                else:
                                    await assert_not_found(one.http, contract, values)
                    upstream.released.set()
            assert alice.timeline[-1].end == "completed"
        for token, user in ((None, "nobody"), (BOB, "bob")):
            other = Turn(message="And?", user=user, token=token, conversation=place)
            async with door(app.url, contract, token=token) as one:
                assert (await one.start(spelled(contract, other))).code == "NOT_FOUND"
        more = Turn(message="More", user="alice", token=ALICE, conversation=place)
        async with app.viewer(contract, ALICE) as alice:
            assert (await watched(alice, more)).outcome == "completed"
        said_there = [one["content"] for one in upstream.requests[-1]["messages"]]
        assert said_there == ["Hello", "before", "Secret", "a", "More"]


@anonymous_ones
async def test_refused_turn_takes_no_conversation(contract: Contract, tmp_path: Path) -> None:
    async with (
        playing(HELD, said("more")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        app.viewer(contract) as nobody,
    ):
        async for seen in nobody.ask(Turn(message="Hello")):
            if seen.text == "a":
                place = conversation(nobody)
                turn = Turn(message="Mine", user="alice", token=ALICE, conversation=place)
                async with door(app.url, contract, token=ALICE) as one:
                    assert (await one.start(spelled(contract, turn))).code == "BUSY"
                upstream.released.set()
        again = Turn(message="Again", conversation=place)
        assert (await watched(nobody, again)).outcome == "completed"


async def test_history_and_messages_are_the_owners_alone_from_then_on(tmp_path: Path) -> None:
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        httpx2.AsyncClient(base_url=app.url, trust_env=False) as http,
        guest(app.url, "/ai") as nobody,
        guest(app.url, "/ai", auth={"token": ALICE}) as alice,
    ):
        for headers in ({}, HERS):
            body = {"message": "Hello", "sessionId": "s1"}
            await http.post("/api/v2/ai/chat/stream", json=body, headers=headers)
        path = "/api/v2/ai/chat/s1"
        missing = await http.get("/api/v2/ai/chat/nobodys")
        refused = await http.get(path)
        assert (refused.status_code, refused.content) == (404, missing.content)
        assert len((await http.get(path, headers=HERS)).json()["messages"]) == 4

        place = (await nobody.call("chat:start", userId="x", message="Hello"))["conversationId"]
        await nobody.heard("chat:end")
        (first,) = nobody.of("chat:user-message")
        asked = {"userId": "alice", "message": "Secret", "conversationId": place}
        await alice.call("chat:start", **asked)
        await alice.heard("chat:end")
        (hers,) = alice.of("chat:user-message")
        edited = {"messageId": hers["messageId"], "content": "More secret"}
        assert (await alice.call("message:edit", **edited))["ok"]
        for message in (first, hers):
            changed = {"messageId": message["messageId"], "content": "Mine"}
            assert (await nobody.call("message:edit", **changed))["code"] == "NOT_FOUND"
            gone = await nobody.call("message:delete", messageId=message["messageId"])
            assert gone["code"] == "NOT_FOUND"
        assert (await nobody.call("chat:stop", conversationId=place))["code"] == "NOT_FOUND"
        assert nobody.of("message:edited") == []


async def test_members_of_a_sessions_room_hear_no_more_of_it(tmp_path: Path) -> None:
    async with (
        playing(said("before"), HELD) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        httpx2.AsyncClient(base_url=app.url, trust_env=False) as http,
        AsyncExitStack() as stack,
    ):
        await http.post(START, json={"sessionId": "s1", "messages": HELLO})
        nobody = await stack.enter_async_context(guest(app.url, "/"))
        alice = await stack.enter_async_context(guest(app.url, "/", auth={"token": ALICE}))
        for one, name in ((nobody, "Nobody"), (alice, "Alice")):
            await one.call("join-room", roomName="s1", participantName=name)
        await http.get(SESSION)
        nobody.events.clear()
        body = {"sessionId": "s1", "messages": HELLO}
        started = await http.post(START, json=body, headers=HERS)
        run = started.json()["runId"]
        await alice.heard("stream-chunk")
        late = await stack.enter_async_context(guest(app.url, "/"))
        await late.call("join-room", roomName="s1", participantName="Late")
        for headers in ({}, {"Last-Event-ID": f"{run}:0"}):
            assert (await http.get(SESSION, headers=headers)).status_code == 404
        assert (await http.delete(SESSION)).status_code == 404
        for one in (nobody, late):
            assert (await one.call("stop-stream", runId=run))["code"] == "NOT_FOUND"
            resumed = await one.call("resume", runId=run, lastSeq=-1)
            assert resumed == {"ok": False, "code": "FORBIDDEN"}
        upstream.released.set()
        await alice.heard("stream-complete")
        for one in (nobody, late):
            told = [event for event, payload in one.events if payload.get("runId") == run]
            assert told == []


@pytest.mark.parametrize("way", ["sse", "socketio"])
async def test_viewer_in_mid_stream_is_shown_no_more(way: str, tmp_path: Path) -> None:
    words = ["x" * 60_000] * 400
    async with (
        playing(said(*words), said("Secret")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        httpx2.AsyncClient(base_url=app.url, trust_env=False) as http,
    ):
        url = "/api/v2/ai/chat/stream"
        body = {"message": "Hello", "sessionId": "s1"}
        whole = (await http.post(url, json=body)).text
        run = whole.partition('"runId":"')[2][:36]
        # Who does not read is in mid-stream for as long as they like.
        if way == "sse":
            async with http.stream("GET", f"{url}/{run}") as viewer:
                await http.post(url, json={**body, "message": "Mine"}, headers=HERS)
                seen = 0
                async for part in viewer.aiter_bytes():
                    seen += len(part)
                    assert b'"done"' not in part
            assert seen < len(whole)
        else:
            async with guest(app.url, "/") as nobody:
                acknowledged: asyncio.Future[Any] = asyncio.get_running_loop().create_future()

                def stop_reading(answer: Any) -> None:
                    nobody.client.pause()
                    acknowledged.set_result(answer)

                resumed = {"runId": run, "lastSeq": -1}
                nobody.client.emit("resume", resumed, stop_reading)
                assert (await acknowledged)["ok"]
                await http.post(url, json={**body, "message": "Mine"}, headers=HERS)
                nobody.client.resume()
                # What was on its way has come by the next acknowledgement.
                refused = await nobody.call("resume", runId=run, lastSeq=-1)
                assert refused == {"ok": False, "code": "FORBIDDEN"}
                assert nobody.of("ai:complete") == []


async def test_later_of_two_takers_finds_it_taken(tmp_path: Path) -> None:
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
    ):
        core = app.app.core
        contract = next(one for one in CONVERSING if one.key == "ai-chat/sse")
        async with app.viewer(contract) as nobody:
            await watched(nobody, Turn(message="Hello"))
            place = conversation(nobody)
        store = core.turns.store
        looked = await store.conversation("ai-chat", place)
        async with app.viewer(contract, ALICE) as alice:
            await watched(alice, Turn(message="Mine", token=ALICE, conversation=place))
        # Who looked before her turn was stored, and comes to store theirs after it.
        for owner in ("bob", None):
            assert looked is not None
            begun = Begun(replace(looked, owner=owner), False, "r", "u", "?", "a", anonymous=True)
            with pytest.raises(Taken):
                await store.begin(begun)
        assert len(await store.messages("ai-chat", place, 9)) == 4
