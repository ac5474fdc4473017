"""`inference` over sockets: one suite for Socket.IO and plain WebSockets."""

import re
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.integration.app.changes import until
from tests.integration.app.dialects.party import (
    ALICE,
    BOB,
    HELD,
    HELLO,
    TRANSPORTS,
    Party,
    over_both,
    party,
)
from tests.integration.app.rooms.guest import Guest, Transport
from tests.integration.app.serving import serving, settings_for
from tests.integration.app.upstream import HEAD, chunk, playing, said
from tokentape.client.failures import Failure
from tokentape.rooms import room_service
from tokentape.rooms.room_service import RoomService

__all__ = ["party"]

UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")


async def test_twenty_in_a_room_see_the_same_answer_whoever_comes_goes_or_comes_back(
    party: Any,
) -> None:
    names = [f"p{number}" for number in range(20)]
    people = [await party.join(name) for name in names]
    second_tab = await party.join("p5")
    run = (await people[0].call("chat:ask", roomId="r", messages=HELLO))["runId"]
    for one in people:
        await one.heard("message:stream")
    late = [await party.join(f"late{number}") for number in range(3)]
    for one in people[1:3]:
        assert (await one.call("room:leave", roomId="r"))["ok"]
    await people[3].drop()
    back = await party.come("p3")
    # As a client does that comes back: into its rooms, then on with what it has seen of.
    back.client.emit("room:join", {"roomId": "r"})
    last = people[3].run(run)[-1][1]["seq"]
    assert (await back.call("resume", runId=run, lastSeq=last))["ok"]
    party.upstream.released.set()
    stayed = [people[0], *people[4:], second_tab, *late]
    for one in (*stayed, back):
        await one.heard("message:new")
    whole = people[0].run(run)
    assert [payload["seq"] for _, payload in whole] == [0, 1, 2]
    assert [one.run(run) for one in stayed] == [whole] * len(stayed)
    assert people[3].run(run) + back.run(run) == whole
    assert [one.run(run) for one in people[1:3]] == [whole[:1]] * 2
    # Presence counts people, not tabs, and nobody was away who came back in time.
    members = (await back.call("room:join", roomId="r"))["members"]
    assert len(members) == 21
    assert {one["status"] for one in members} == {"online"}
    told = people[0].of("room:leave", "presence:update")
    assert told == [{"userId": name, "roomId": "r"} for name in ("p1", "p2")]
    # Room events too come to all in the same order.
    joins = [one.of("room:join")[-3:] for one in stayed[:-3]]
    assert joins == [[{"userId": f"late{n}", "roomId": "r"} for n in range(3)]] * len(joins)


async def test_client_library_comes_back_by_itself_without_a_gap_a_repetition_or_a_flicker(
    party: Any,
) -> None:
    ann = Guest(party.app.url, "/ws", party.transport, {"userId": "ann"}, reconnection=True)
    joins: list[Any] = []
    # As the seed's guide says: into the room again after each connection.
    ann.client.on("connect", lambda: ann.emit("room:join", joins, roomId="r"))
    async with ann.client:
        bob = await party.join("bob")
        await ann.until(lambda: len(joins) == 1)
        run = (await bob.call("chat:ask", roomId="r", messages=HELLO))["runId"]
        await ann.heard("message:stream")
        (connection,) = (
            one for one in party.app.app.core.sockets.connections.among("/ws") if one.user == "ann"
        )
        connection.link.cut()
        await ann.until(lambda: len(joins) == 2)
        assert [one["userId"] for one in joins[1]["members"]] == ["ann", "bob"]
        party.upstream.released.set()
        await ann.heard("message:new")
        await bob.heard("message:new")
        assert ann.run(run) == bob.run(run)
        assert [payload["seq"] for _, payload in ann.run(run)] == [0, 1, 2]
        assert bob.of("room:leave", "presence:update") == []
        assert len(bob.of("room:join")) == 1  # their own


def plain(events: list[tuple[str, Any]]) -> list[Any]:
    """A timeline without what differs from one to the next: ids by their order, no moments."""
    names: dict[str, str] = {}

    def known(found: re.Match[str]) -> str:
        return names.setdefault(found[0], f"id {len(names)}")

    return [MOMENT.sub("then", UUID.sub(known, repr(event))) for event in events]


async def scene(party: Party, upstream: Any) -> dict[str, list[Any]]:
    """All that the protocol has, step by step, seen by each of three."""
    upstream.released.clear()
    ann, bob = [await party.join(name) for name in ("ann", "bob")]
    for one in (ann, bob):
        await one.heard("room:join", count=2 if one is ann else 1)
    await ann.call("presence:update", status="busy", metadata={"on": "phone"})
    await bob.heard("presence:update")
    await ann.call("typing:start", roomId="r")
    await ann.call("typing:start", roomId="r")
    await ann.call("typing:stop", roomId="r")
    sent = await ann.call("message:send", roomId="r", content="Hello", clientMessageId="m1")
    again = await ann.call("message:send", roomId="r", content="Hello", clientMessageId="m1")
    assert sent == again
    await bob.heard("message:new")
    await bob.call("message:broadcast", roomId="r", message={"id": "a1", "content": "An answer"})
    await ann.heard("message:new", count=2)
    asked = await bob.call("chat:ask", roomId="r", messages=HELLO)
    await ann.heard("message:stream")
    cid = await party.join("cid")
    await cid.heard("message:stream")
    refused = await ann.call("chat:ask", roomId="r", messages=HELLO)
    assert refused["code"] == "BUSY"
    upstream.released.set()
    for one in (ann, bob, cid):
        await one.until(lambda one=one: len(one.run(asked["runId"])) == 3)  # type: ignore[misc]
    upstream.released.clear()
    stopped = await bob.call("chat:ask", roomId="r", messages=HELLO)
    await ann.until(lambda: len(ann.run(stopped["runId"])) == 1)
    await ann.call("chat:stop", roomId="r")
    for one in (ann, bob, cid):
        await one.until(lambda one=one: len(one.run(stopped["runId"])) == 2)  # type: ignore[misc]
    wrong = await ann.call("message:send", roomId="elsewhere", content="x")
    assert wrong["code"] == "NOT_FOUND"
    await bob.call("room:leave", roomId="r")
    await ann.heard("room:leave")
    entered = await cid.call("room:join", roomId="r")
    seen = {name: plain(one.events) for name, one in (("ann", ann), ("bob", bob), ("cid", cid))}
    return {**seen, "entered": plain([("", entered)])}


async def test_same_scene_is_the_same_timeline_on_both_transports(tmp_path: Path) -> None:
    scenes = []
    for transport in TRANSPORTS:
        async with (
            playing(HELD) as upstream,
            serving(settings_for(tmp_path, upstream.url)) as app,
            AsyncExitStack() as stack,
        ):
            scenes.append(await scene(Party(app, transport, stack), upstream))
    assert scenes[0] == scenes[1]
    ann = scenes[0]["ann"]
    assert [event.split("'")[1] for event in ann] == [
        "room:join",
        "room:join",
        "presence:update",
        "message:new",
        "message:new",
        "message:stream",
        "room:join",
        "error",
        "message:stream",
        "message:new",
        "message:stream",
        "message:new",
        "error",
        "room:leave",
    ]
    bob = scenes[0]["bob"]
    assert [one for one in bob if "typing" in one] == [
        "('typing:start', {'roomId': 'r', 'userId': 'ann'})",
        "('typing:stop', {'roomId': 'r', 'userId': 'ann'})",
    ]


async def test_payloads_are_those_of_the_protocol(party: Any) -> None:
    ann, bob = await party.join("ann"), await party.join("bob")
    sent = await ann.call("message:send", roomId="r", content="Hello")
    (message,) = await bob.heard("message:new")
    assert sent == {"ok": True, "message": message}
    assert sorted(message) == ["content", "id", "roomId", "timestamp", "userId"]
    assert (message["roomId"], message["userId"], message["content"]) == ("r", "ann", "Hello")
    assert UUID.fullmatch(message["id"])
    assert MOMENT.fullmatch(message["timestamp"])
    await bob.call("message:broadcast", roomId="r", message="An answer")
    answer = (await ann.heard("message:new", count=2))[1]
    assert (answer["role"], answer["userId"], answer["content"]) == (
        "assistant",
        "bob",
        "An answer",
    )
    await bob.call("presence:update", status="away", metadata={"since": 7})
    (presence,) = await ann.heard("presence:update")
    assert MOMENT.fullmatch(presence.pop("timestamp"))
    assert presence == {"userId": "bob", "status": "away", "metadata": {"since": 7}}
    cid = await party.come("cid")
    assert await cid.call("room:join", roomId="r") == {
        "ok": True,
        "roomId": "r",
        "userId": "cid",
        "members": [
            {"userId": "ann", "status": "online"},
            {"userId": "bob", "status": "away"},
            {"userId": "cid", "status": "online"},
        ],
        "recent": [message, answer],
    }


async def test_examples_of_the_seed_run_unchanged(party: Any) -> None:
    one = await party.come("user-123")
    await one.call("message:send", content="Hello!")  # in no room: one hears oneself
    (message,) = await one.heard("message:new")
    assert (message["content"], message["userId"]) == ("Hello!", "user-123")
    await one.call("room:join", roomId="room-123")
    (joined,) = (told for told in one.of("room:join") if told["roomId"] == "room-123")
    assert joined == {"userId": "user-123", "roomId": "room-123"}
    await one.call("presence:update", status="online", metadata={"lastActive": 1})
    # An answer put together elsewhere is sent again at each change of the list it is in.
    finished = {
        "id": "1",
        "role": "assistant",
        "content": "Done",
        "isStreaming": False,
        "timestamp": 1,
    }
    for _ in range(3):
        await one.call("message:broadcast", roomId="room-123", message=finished)
    assert len(one.of("message:new")) == 2


async def test_answer_of_a_room_is_its_message_and_its_context(party: Any) -> None:
    ann = await party.join("ann")
    nothing = await ann.call("chat:ask", roomId="r")
    assert (nothing["code"], "`messages`" in nothing["message"]) == ("BAD_REQUEST", True)
    await ann.call("message:send", roomId="r", content="What is new?")
    party.upstream.released.set()
    run = (await ann.call("chat:ask", roomId="r"))["runId"]
    await ann.until(lambda: len(ann.run(run)) == 3)
    end = ann.run(run)[-1][1]
    assert (end["content"], end["role"], end["userId"]) == ("Hi there", "assistant", "assistant")
    bob = await party.come("bob")
    recent = (await bob.call("room:join", roomId="r"))["recent"]
    assert [one["content"] for one in recent] == ["What is new?", "Hi there"]
    assert recent[1] == {name: end[name] for name in end if name != "seq"}
    await bob.call("message:send", roomId="r", content="And else?")
    await bob.call("chat:ask")  # in the room that it joined last
    await bob.heard("message:stream")
    assert party.upstream.requests[1]["messages"] == [
        {"role": "user", "content": "What is new?"},
        {"role": "assistant", "content": "Hi there"},
        {"role": "user", "content": "And else?"},
    ]


async def test_failure_is_told_once_to_all_and_leaves_no_message(tmp_path: Path) -> None:
    for transport in TRANSPORTS:
        async with (
            playing([HEAD, chunk("Hi")]) as upstream,
            serving(settings_for(tmp_path, upstream.url)) as app,
            AsyncExitStack() as stack,
        ):
            party = Party(app, transport, stack)
            ann, bob = await party.join("ann"), await party.join("bob")
            run = (await ann.call("chat:ask", roomId="r", messages=HELLO))["runId"]
            for one in (ann, bob):
                (error,) = await one.heard("error")
                assert error == {
                    "code": "UPSTREAM_TRUNCATED",
                    "message": error["message"],
                    "roomId": "r",
                    "runId": run,
                    "seq": 1,
                }
            assert (await bob.call("room:join", roomId="r"))["recent"] == []


async def refused_at(party: Any, user: str, token: str) -> None:
    one = await party.come(user, token)
    await one.call("room:join", roomId="r")


async def test_nobody_is_in_a_room_as_somebody_else(party: Any) -> None:
    nobody = await party.come()
    entered = await nobody.call("room:join", roomId="r")
    assert entered["userId"].startswith("anonymous-")
    alice = await party.join("alice", token=ALICE)
    assert (await alice.call("room:join", roomId="r"))["userId"] == "alice"
    # Nobody takes the name of who is signed in; bad tokens and other people's ids are refused.
    fake = await party.come("alice")
    assert (await fake.call("room:join", roomId="r"))["code"] == "UNAUTHORIZED"
    for user, token in (("bob", ALICE), ("alice", "nonsense"), ("alice", ALICE[:-2])):
        with pytest.raises(Failure) as refused:
            await refused_at(party, user, token)
        # Over a plain WebSocket the client may be told while it waits for something else.
        assert re.search("unauthorized|lost|not connected", str(refused.value))


async def test_other_peoples_runs_are_out_of_reach_unless_one_is_in_the_room(party: Any) -> None:
    alice = await party.join("alice", token=ALICE)
    bob = await party.come("bob", token=BOB)
    run = (await alice.call("chat:ask", roomId="r", messages=HELLO))["runId"]
    resumed = await bob.call("resume", runId=run, lastSeq=-1)
    assert resumed == {"ok": False, "code": "FORBIDDEN"}
    assert (await bob.call("chat:stop", runId=run))["code"] == "NOT_FOUND"
    assert (await bob.call("chat:stop", roomId="r"))["code"] == "NOT_FOUND"
    await bob.call("room:join", roomId="r")
    assert (await bob.call("resume", runId=run, lastSeq=-1))["ok"]
    assert (await bob.call("chat:stop", runId=run))["ok"]
    end = (await alice.heard("message:new"))[0]
    assert (end["content"], end["stopped"]) == ("Hi", True)
    await party.upstream.left.wait()


async def test_answer_asked_over_a_socket_can_be_fetched_as_chunks_and_the_other_way(
    party: Any,
) -> None:
    party.upstream.released.set()
    one = await party.come("ann")
    run = (await one.call("chat:ask", messages=HELLO))["runId"]
    await one.heard("message:new")
    async with httpx2.AsyncClient(base_url=party.app.url, trust_env=False) as http:
        path = "/api/v1/inference/stream"
        told = (await http.get(f"{path}/{run}")).text.split("\n\n")[:-1]
        assert told[-1].endswith("data: [DONE]")
        assert '"finish_reason":"stop"' in told[-2]
        whole = (await http.post(path, json={"messages": HELLO})).text
        other = whole[4:40]
        one.events.clear()
        assert (await one.call("resume", runId=other, lastSeq=-1))["ok"]
        await one.heard("message:new")
        assert [payload["seq"] for _, payload in one.run(other)] == [0, 1, 2, 3]
        assert "".join(told["content"] for told in one.of("message:stream")) == "Hi there"


HOUR_S = 3_600


class Hours:
    """The clock of rooms, which a test moves on by itself."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self._passed, self._services = 0, set[RoomService]()
        join = RoomService.join

        def noted(service: RoomService, *given: Any) -> Any:
            self._services.add(service)
            return join(service, *given)

        monkeypatch.setattr(RoomService, "join", noted)
        monkeypatch.setattr(room_service, "time", self)

    def monotonic(self) -> float:
        return time.monotonic() + self._passed

    def pass_one(self) -> None:
        """What falls due within the hour is done at once."""
        self._passed += HOUR_S + 1
        for service in self._services:
            service._tick()


@over_both
async def test_typing_and_presence_end_by_themselves(
    transport: Transport, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"typing_timeout_s": HOUR_S, "presence_grace_s": HOUR_S}
    hours = Hours(monkeypatch)
    async with (
        playing(said("x")) as upstream,
        serving(settings_for(tmp_path, upstream.url, **settings)) as app,
        AsyncExitStack() as stack,
    ):
        party = Party(app, transport, stack)
        ann, bob = await party.join("ann"), await party.join("bob")
        for _ in range(3):
            await bob.call("typing:start", roomId="r")
        hours.pass_one()
        await ann.heard("typing:stop")
        await bob.call("typing:start", roomId="r")
        await ann.heard("typing:start", count=2)
        await bob.drop()  # and back in time
        among = app.app.core.sockets.connections.among
        await until(lambda: len(list(among("/ws"))) == 1)
        bob = await party.join("bob")
        hours.pass_one()
        await ann.heard("typing:stop", count=2)
        await bob.drop()
        await until(lambda: len(list(among("/ws"))) == 1)
        hours.pass_one()
        await ann.heard("room:leave")
        told = [event for event, _ in ann.events if event != "room:join"]
        typing = ["typing:start", "typing:stop"]
        assert told == [*typing, *typing, "presence:update", "room:leave"]
        offline = ann.of("presence:update")[0]
        assert (offline["userId"], offline["status"]) == ("bob", "offline")
