"""`stream-chat`: rooms on Socket.IO, whole answers and sessions over HTTP."""

import asyncio
import re
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.integration.app.changes import until
from tests.integration.app.rooms.guest import Guest, guest
from tests.integration.app.serving import SECRET, serving, settings_for
from tests.integration.app.upstream import (
    DONE,
    HEAD,
    Hold,
    Script,
    chunk,
    finish,
    playing,
    said,
    usage,
)
from tokentape.access.tokens import sign
from tokentape.dialects.stream_chat.wire import FULL_MAX_CHARS

ALICE, BOB = (sign(SECRET, name, 86_400, {}) for name in ("alice", "bob"))
HELLO = [{"role": "user", "content": "Hello"}]
HELD: Script = [HEAD, chunk("Hi"), Hold(), chunk(" there"), finish(), usage(9), DONE]
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
START = "/openai/chatCompletion/stream/start"
ENDS = ("stream-complete", "stream-stopped", "stream-error")


async def joined(stack: AsyncExitStack, url: str, name: str, room: str = "r") -> Guest:
    one = await stack.enter_async_context(guest(url, "/"))
    answer = await one.call("join-room", roomName=room, participantName=name)
    assert answer["ok"], answer
    return one


def without(payload: dict[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in payload.items() if name not in names}


async def test_client_is_greeted_and_a_turn_has_the_events_of_the_seed(tmp_path: Path) -> None:
    async with (
        playing([HEAD, chunk("Hi"), chunk(" there"), finish(), usage(9), DONE]) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        guest(app.url, "/") as one,
    ):
        (connected,) = await one.heard("connected")
        assert sorted(connected) == ["clientId", "message", "timestamp"]
        assert MOMENT.fullmatch(connected["timestamp"])
        answer = await one.call("stream-chat", messages=HELLO)
        run = answer["runId"]
        await one.heard("stream-complete")
        told = [(event, without(payload, "timestamp")) for event, payload in one.run(run)]
        at = {"runId": run}
        assert told == [
            ("stream-start", {"model": "gpt-4", **at, "seq": 0}),
            (
                "stream-chunk",
                {"content": "Hi", "fullResponse": "Hi", "isComplete": False, **at, "seq": 1},
            ),
            (
                "stream-chunk",
                {
                    "content": " there",
                    "fullResponse": "Hi there",
                    "isComplete": False,
                    **at,
                    "seq": 2,
                },
            ),
            (
                "stream-complete",
                {
                    "fullResponse": "Hi there",
                    "isComplete": True,
                    "finishReason": "stop",
                    "usage": {"prompt_tokens": 0, "completion_tokens": 9, "total_tokens": 9},
                    **at,
                    "seq": 3,
                },
            ),
        ]
        assert all(MOMENT.fullmatch(payload["timestamp"]) for _, payload in one.run(run))
        assert upstream.requests[0]["messages"] == HELLO


async def test_whole_answer_on_each_chunk_can_be_turned_off(tmp_path: Path) -> None:
    async with (
        playing(said("Hi", " there")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        guest(app.url, "/") as one,
    ):
        await one.call("stream-chat", messages=HELLO, fullResponse=False)
        (complete,) = await one.heard("stream-complete")
        assert complete["fullResponse"] == "Hi there"
        assert all("fullResponse" not in told for told in one.of("stream-chunk"))


async def test_very_long_answer_is_not_repeated_on_each_chunk_for_ever(tmp_path: Path) -> None:
    text = "x" * (FULL_MAX_CHARS // 4)
    async with (
        playing(said(*[text] * 6)) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        guest(app.url, "/") as one,
    ):
        await one.call("stream-chat", messages=HELLO)
        (complete,) = await one.heard("stream-complete")
        assert complete["fullResponse"] == text * 6
        repeated = ["fullResponse" in told for told in one.of("stream-chunk")]
        assert repeated == [True] * 4 + [False] * 2


async def test_ai_chat_lives_in_the_same_namespace(tmp_path: Path) -> None:
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        guest(app.url, "/") as one,
    ):
        await one.call("ai:chat", message="Hello")
        await one.call("stream-chat", messages=HELLO)
        await one.heard("ai:complete")
        await one.heard("stream-complete")
        # What nobody knows is refused in the words that the connection spoke last.
        for event, spoken in (("ai:chat", "ai:error"), ("stream-chat", "stream-error")):
            await one.call(event)
            one.events.clear()
            await one.call("no such event")
            assert [name for name, _ in one.events] == [spoken]


async def test_twenty_in_a_room_see_the_same_answer_whoever_comes_goes_or_comes_back(
    tmp_path: Path,
) -> None:
    async with (
        playing(HELD) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        AsyncExitStack() as stack,
    ):
        names = [f"p{number}" for number in range(20)]
        people = [await joined(stack, app.url, name) for name in names]
        second_tab = await joined(stack, app.url, "p5")
        run = (await people[0].call("stream-chat", messages=HELLO))["runId"]
        for one in people:
            await one.heard("stream-chunk")
        late = [await joined(stack, app.url, f"late{number}") for number in range(3)]
        for one in people[1:3]:
            assert (await one.call("leave-room", roomName="r"))["ok"]
        await people[3].drop()
        back = await stack.enter_async_context(guest(app.url, "/"))
        # As a client does that comes back: into its rooms, then on with what it has seen of.
        back.client.emit("join-room", {"roomName": "r", "participantName": "p3"})
        last = people[3].run(run)[-1][1]["seq"]
        assert (await back.call("resume", runId=run, lastSeq=last))["ok"]
        upstream.released.set()
        stayed = [people[0], *people[4:], second_tab, *late]
        for one in (*stayed, back):
            await one.heard(*ENDS)
        whole = people[0].run(run)
        assert [payload["seq"] for _, payload in whole] == [0, 1, 2, 3]
        assert [one.run(run) for one in stayed] == [whole] * len(stayed)
        assert people[3].run(run) + back.run(run) == whole
        assert [one.run(run) for one in people[1:3]] == [whole[:2]] * 2
        # Presence counts people, not tabs, and nobody was away who came back in time.
        (last_joined,) = await late[2].heard("participant-joined")
        assert len(last_joined["participants"]) == 23
        gone = people[0].of("participant-left")
        assert [told["participantName"] for told in gone] == ["p1", "p2"]
        assert sorted(gone[-1]["participants"]) == sorted(
            {*names, "late0", "late1", "late2"} - {"p1", "p2"}
        )


async def test_one_answer_at_a_time_in_a_room(tmp_path: Path) -> None:
    async with (
        playing(HELD, said("x")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        AsyncExitStack() as stack,
    ):
        ann, bob = [await joined(stack, app.url, name) for name in ("ann", "bob")]
        await ann.call("stream-chat", messages=HELLO)
        assert (await bob.call("stream-chat", messages=HELLO))["code"] == "BUSY"
        other = await stack.enter_async_context(guest(app.url, "/"))
        assert (await other.call("stream-chat", messages=HELLO))["ok"]
        upstream.released.set()
        await bob.heard("stream-complete")
        assert (await bob.call("stream-chat", messages=HELLO))["ok"]


async def test_member_stops_what_runs_in_the_room_and_strangers_do_not(tmp_path: Path) -> None:
    async with (
        playing(HELD) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        AsyncExitStack() as stack,
    ):
        alice = await stack.enter_async_context(guest(app.url, "/", auth={"token": ALICE}))
        await alice.call("join-room", roomName="r", participantName="Alice")
        ann = await joined(stack, app.url, "ann")
        stranger = await stack.enter_async_context(guest(app.url, "/"))
        run = (await alice.call("stream-chat", messages=HELLO))["runId"]
        await ann.heard("stream-chunk")
        assert (await stranger.call("stop-stream", runId=run))["code"] == "NOT_FOUND"
        resumed = await stranger.call("resume", runId=run, lastSeq=-1)
        assert resumed == {"ok": False, "code": "FORBIDDEN"}
        assert (await ann.call("stop-stream", runId=run))["ok"]
        (stopped,) = await alice.heard("stream-stopped")
        assert stopped["fullResponse"] == "Hi"
        await upstream.left.wait()
        assert not [one for one in stranger.events if one[0].startswith("stream-chunk")]


async def test_room_that_was_not_joined_is_not_there(tmp_path: Path) -> None:
    async with (
        playing(said("x")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        guest(app.url, "/") as one,
    ):
        for event in ("stream-chat", "leave-room"):
            answer = await one.call(event, roomName="elsewhere", messages=HELLO)
            assert answer["code"] == "NOT_FOUND"
        assert upstream.requests == []


BAD_JOINS: list[tuple[dict[str, Any], str]] = [
    ({}, "roomName"),
    ({"roomName": "r"}, "participantName"),
    ({"roomName": "", "participantName": "x"}, "roomName"),
    ({"roomName": 7, "participantName": "x"}, "roomName"),
    ({"roomName": "x" * 129, "participantName": "x"}, "roomName"),
    ({"roomName": "x" * 900_000, "participantName": "x"}, "roomName"),
    ({"roomName": "r", "participantName": "x" * 129}, "participantName"),
    ({"roomName": "r\x00", "participantName": "x"}, "roomName"),
]


async def test_bad_join_is_told_by_field(tmp_path: Path) -> None:
    async with (
        playing(said("x")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        guest(app.url, "/") as one,
    ):
        for payload, field in BAD_JOINS:
            answer = await one.call("join-room", **payload)
            assert (answer["code"], f"`{field}`" in answer["message"]) == ("BAD_REQUEST", True)
        refused = await one.heard("stream-error", count=len(BAD_JOINS))
        assert {told["code"] for told in refused} == {"BAD_REQUEST"}
        assert app.app.core.metrics.stats()["rooms"]["/"] == 0


async def test_completion_is_openais_object(tmp_path: Path) -> None:
    async with (
        playing(said("Hi", " there")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        httpx2.AsyncClient(base_url=app.url, trust_env=False) as http,
    ):
        told = (await http.post("/openai/chatCompletion", json={"messages": HELLO})).json()
        assert told["object"] == "chat.completion"
        assert told["choices"][0]["message"]["content"] == "Hi there"
        assert told["choices"][0]["finish_reason"] == "stop"


async def test_session_is_started_once_for_one_idempotency_key(tmp_path: Path) -> None:
    async with (
        playing(HELD) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        httpx2.AsyncClient(base_url=app.url, trust_env=False) as http,
        guest(app.url, "/") as one,
    ):
        await one.call("join-room", roomName="s1", participantName="ann")
        body = {"sessionId": "s1", "messages": HELLO}
        key = {"Idempotency-Key": "k1"}
        # At the same time, and one after the other.
        first, again = await asyncio.gather(
            *(http.post(START, json=body, headers=key) for _ in range(2))
        )
        later = await http.post(START, json=dict(reversed(body.items())), headers=key)
        assert [answer.status_code for answer in (first, again, later)] == [202] * 3
        assert first.json() == again.json() == later.json()
        run = first.json()["runId"]
        assert first.json() == {"sessionId": "s1", "runId": run, "status": "started"}
        busy = await http.post(START, json=body)
        assert (busy.status_code, busy.json()["error"]["code"]) == (409, "BUSY")
        other = await http.post(START, json={**body, "model": "gpt-4"}, headers=key)
        assert (other.status_code, "Idempotency-Key" in other.text) == (422, True)
        await one.heard("stream-chunk")  # live, in the room of the session's name
        upstream.released.set()
        await one.heard("stream-complete")
        assert len(upstream.requests) == 1
        # A late one gets the whole answer, the same as the room did.
        late = await http.get("/openai/chatCompletion/stream/s1")
        frames = late.text.split("\n\n")[:-1]
        names = [frame.split("\n")[1] for frame in frames]
        assert names == [f"event: {event}" for event, _ in one.run(run)]
        assert [frame.split("\n")[0] for frame in frames] == [f"id: {run}:{n}" for n in range(4)]
        assert (await http.post(START, json=body, headers=key)).json()["runId"] == run


async def test_failed_start_is_tried_anew_with_the_same_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = {"rate_limit_anonymous": "1/day"}
    async with (
        playing(said("x")) as upstream,
        serving(settings_for(tmp_path, upstream.url, **limits)) as app,
        httpx2.AsyncClient(base_url=app.url, trust_env=False) as http,
    ):

        async def start(session: str) -> int:
            body = {"sessionId": session, "messages": HELLO}
            key = {"Idempotency-Key": session}
            return (await http.post(START, json=body, headers=key)).status_code

        assert [await start(name) for name in ("a", "b", "b")] == [202, 429, 429]
        day_after = time.monotonic() + 86_401
        monkeypatch.setattr(app.app.core.turns.limits, "_clock", lambda: day_after)
        assert await start("b") == 202


async def test_event_source_that_comes_back_after_the_end_is_told_to_stay_away(
    tmp_path: Path,
) -> None:
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        httpx2.AsyncClient(base_url=app.url, trust_env=False) as http,
    ):
        runs = []
        for _ in range(2):
            body = {"sessionId": "s1", "messages": HELLO}
            runs.append((await http.post(START, json=body)).json()["runId"])
            await http.get("/openai/chatCompletion/stream/s1")
        for run in runs:  # also of the session's earlier run
            at = {"Last-Event-ID": f"{run}:2"}
            answer = await http.get("/openai/chatCompletion/stream/s1", headers=at)
            assert (answer.status_code, answer.content) == (204, b"")
            at = {"Last-Event-ID": f"{run}:1"}
            answer = await http.get("/openai/chatCompletion/stream/s1", headers=at)
            assert answer.text.startswith(f"id: {run}:2\nevent: stream-complete\n")


async def test_session_of_somebody_who_is_signed_in_is_theirs_alone(tmp_path: Path) -> None:
    async with (
        playing(HELD) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        httpx2.AsyncClient(base_url=app.url, trust_env=False) as http,
        guest(app.url, "/", auth={"token": BOB}) as bob,
        guest(app.url, "/", auth={"token": ALICE}) as alice,
    ):
        for one, name in ((bob, "Bob"), (alice, "Alice")):
            await one.call("join-room", roomName="s1", participantName=name)
        hers = {"Authorization": f"Bearer {ALICE}"}
        await http.post(START, json={"sessionId": "s1", "messages": HELLO}, headers=hers)
        await alice.heard("stream-chunk")
        for other in ({}, {"Authorization": f"Bearer {BOB}"}):
            for method in ("GET", "DELETE"):
                path = "/openai/chatCompletion/stream/s1"
                answer = await http.request(method, path, headers=other)
                assert (answer.status_code, answer.json()["error"]["code"]) == (404, "NOT_FOUND")
        upstream.released.set()
        await alice.heard("stream-complete")
        assert [event for event, _ in bob.events if event.startswith("stream-")] == []


async def test_delete_stops_what_runs_in_a_session(tmp_path: Path) -> None:
    async with (
        playing(HELD) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        httpx2.AsyncClient(base_url=app.url, trust_env=False) as http,
    ):
        await http.post(START, json={"sessionId": "s1", "messages": HELLO})
        await upstream.held.wait()
        answer = await http.delete("/openai/chatCompletion/stream/s1")
        assert (answer.status_code, answer.json()["stopped"]) == (202, True)
        await upstream.left.wait()
        told = await http.get("/openai/chatCompletion/stream/s1")
        assert "event: stream-stopped" in told.text


async def test_lost_participant_is_told_after_a_while_and_rooms_are_counted(
    tmp_path: Path,
) -> None:
    async with (
        playing(said("x")) as upstream,
        serving(settings_for(tmp_path, upstream.url, presence_grace_s=0.1)) as app,
        AsyncExitStack() as stack,
    ):
        ann, bob = [await joined(stack, app.url, name) for name in ("ann", "bob")]
        metrics = app.app.core.metrics
        at = "{namespace=/}"
        counted = metrics.snapshot()
        assert (counted[f"tokentape_rooms{at}"], counted[f"tokentape_room_members{at}"]) == (1, 2)
        assert metrics.stats()["rooms"]["/"] == 1
        await bob.drop()
        (left,) = await ann.heard("participant-left")
        assert left == {"roomName": "r", "participantName": "bob", "participants": ["ann"]}
        await ann.drop()
        await until(lambda: metrics.snapshot()[f"tokentape_rooms{at}"] == 0)
