"""`inference` over sockets: one suite for Socket.IO and plain WebSockets."""

import asyncio
import re
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import httpx2
import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.frames import Frame, Opcode

from app.access.tokens import sign
from app.client.failures import Failure
from tests.app.rooms.guest import Guest, Transport, guest
from tests.app.serving import SECRET, Served, serving, settings_for, until
from tests.app.upstream import DONE, HEAD, Hold, Script, chunk, finish, playing, said

ALICE, BOB = (sign(SECRET, name, 86_400, {}) for name in ("alice", "bob"))
HELLO = [{"role": "user", "content": "Hello"}]
HELD: Script = [HEAD, chunk("Hi"), Hold(), chunk(" there"), finish(), DONE]
UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
TRANSPORTS: tuple[Transport, ...] = ("socketio", "websocket")
over_both = pytest.mark.parametrize("transport", TRANSPORTS)


class Party:
    """People of one server, over one transport."""

    def __init__(self, app: Served, transport: Transport, stack: AsyncExitStack) -> None:
        self.app = app
        self.transport = transport
        self._stack = stack

    async def come(self, user: str | None = None, token: str | None = None) -> Guest:
        auth = {"userId": user, "token": token}
        given = {name: value for name, value in auth.items() if value is not None}
        one = guest(self.app.url, "/ws", self.transport, given)
        return await self._stack.enter_async_context(one)

    async def join(self, user: str, room: str = "r", token: str | None = None) -> Guest:
        one = await self.come(user, token)
        assert (await one.call("room:join", roomId=room))["ok"]
        return one


@pytest.fixture(params=TRANSPORTS)
async def party(request: pytest.FixtureRequest, tmp_path: Path) -> Any:
    """With an upstream that holds each answer after its first word until `released`."""
    async with (
        playing(HELD) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        AsyncExitStack() as stack,
    ):
        one = Party(app, request.param, stack)
        one.upstream = upstream  # type: ignore[attr-defined]  # for the tests that stop or release
        yield one


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
            one for one in party.app.app.core.sockets.among("/ws") if one.user == "ann"
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


@over_both
async def test_typing_and_presence_end_by_themselves(transport: Transport, tmp_path: Path) -> None:
    settings = {"typing_timeout_s": 0.2, "presence_grace_s": 0.2}
    async with (
        playing(said("x")) as upstream,
        serving(settings_for(tmp_path, upstream.url, **settings)) as app,
        AsyncExitStack() as stack,
    ):
        party = Party(app, transport, stack)
        ann, bob = await party.join("ann"), await party.join("bob")
        for _ in range(3):
            await bob.call("typing:start", roomId="r")
        await ann.heard("typing:stop")
        await bob.call("typing:start", roomId="r")
        await ann.heard("typing:start", count=2)
        await bob.drop()  # and back in time
        bob = await party.join("bob")
        await ann.heard("typing:stop", count=2)
        await bob.drop()
        await ann.heard("room:leave")
        told = [event for event, _ in ann.events if event != "room:join"]
        typing = ["typing:start", "typing:stop"]
        assert told == [*typing, *typing, "presence:update", "room:leave"]
        offline = ann.of("presence:update")[0]
        assert (offline["userId"], offline["status"]) == ("bob", "offline")


CHUNKS, MESSAGES = 1_500, 150

BAD: list[tuple[str, dict[str, Any], str]] = [
    ("room:join", {}, "roomId"),
    ("room:join", {"roomId": "x" * 129}, "roomId"),
    ("room:join", {"roomId": "x" * 900_000}, "roomId"),
    ("room:join", {"roomId": ["r"]}, "roomId"),
    ("room:leave", {}, "roomId"),
    ("message:send", {"roomId": "r"}, "content"),
    ("message:send", {"roomId": "r", "content": " "}, "content"),
    ("message:send", {"roomId": "r", "content": "x" * 101}, "content"),
    ("message:send", {"roomId": "r", "content": "x", "clientMessageId": 7}, "clientMessageId"),
    ("message:broadcast", {"roomId": "r"}, "message"),
    ("message:broadcast", {"roomId": "r", "message": "x" * 101}, "message"),
    ("message:broadcast", {"roomId": "r", "message": {"id": "x"}}, "message"),
    ("presence:update", {}, "status"),
    ("presence:update", {"status": "asleep"}, "status"),
    ("presence:update", {"status": "away", "metadata": []}, "metadata"),
    ("presence:update", {"status": "away", "metadata": {"x": "y" * 5_000}}, "metadata"),
    ("typing:start", {"roomId": 7}, "roomId"),
    ("chat:ask", {"roomId": "r", "messages": []}, "messages"),
    ("chat:ask", {"roomId": "r", "messages": HELLO, "temperature": 3}, "temperature"),
    ("chat:ask", {"roomId": "r", "messages": HELLO, "tools": [{}]}, "tools"),
    ("chat:stop", {"runId": 7}, "runId"),
]


@over_both
async def test_bad_payload_is_told_by_field_and_changes_nothing(
    transport: Transport, tmp_path: Path
) -> None:
    limits = {"max_message_chars": 100, "room_events_per_s": 1_000}
    async with (
        playing(said("x")) as upstream,
        serving(settings_for(tmp_path, upstream.url, **limits)) as app,
        AsyncExitStack() as stack,
    ):
        ann = await Party(app, transport, stack).join("ann")
        ann.events.clear()
        for event, payload, field in BAD:
            answer = await ann.call(event, **payload)
            assert (event, answer["code"]) == (event, "BAD_REQUEST")
            assert f"`{field}" in answer["message"]
        assert [event for event, _ in ann.events] == ["error"] * len(BAD)
        elsewhere: list[tuple[str, dict[str, Any]]] = [
            ("room:leave", {}),
            ("message:send", {"content": "x"}),
            ("message:broadcast", {"message": "x"}),
            ("typing:start", {}),
            ("typing:stop", {}),
            ("chat:ask", {"messages": HELLO}),
            ("chat:stop", {}),
        ]
        for event, more in elsewhere:
            answer = await ann.call(event, roomId="elsewhere", **more)
            assert (event, answer["code"]) == (event, "NOT_FOUND")
        assert upstream.requests == []


@over_both
async def test_question_counts_as_a_start(transport: Transport, tmp_path: Path) -> None:
    limits = {"rate_limit_anonymous": "1/15 minutes"}
    async with (
        playing(said("x")) as upstream,
        serving(settings_for(tmp_path, upstream.url, **limits)) as app,
        AsyncExitStack() as stack,
    ):
        ann = await Party(app, transport, stack).join("ann")
        assert (await ann.call("chat:ask", roomId="r", messages=HELLO))["ok"]
        await ann.heard("message:new")
        refused = await ann.call("chat:ask", roomId="r", messages=HELLO)
        assert (refused["code"], refused["retryAfter"] > 0) == ("RATE_LIMIT", True)
        (error,) = await ann.heard("error")
        assert error["retryAfter"] == refused["retryAfter"]


@over_both
async def test_thousand_joins_at_once_are_bounded_told_and_nobody_elses_trouble(
    transport: Transport, tmp_path: Path
) -> None:
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url, rooms_per_connection=20)) as app,
        AsyncExitStack() as stack,
    ):
        party = Party(app, transport, stack)
        ann, bob, rude = [await party.join(name) for name in ("ann", "bob", "rude")]
        answers: list[Any] = []
        for number in range(1_000):
            # The same room again and again, and ever new ones.
            room = "r" if number % 2 else f"r{number}"
            rude.emit("room:join", answers, roomId=room)
        await rude.until(lambda: len(answers) == 1_000)
        codes = [answer.get("code") for answer in answers]
        assert codes.count(None) <= 100
        assert set(codes) == {None, "BAD_REQUEST", "RATE_LIMIT"}
        assert all(one["retryAfter"] >= 1 for one in answers if one.get("code") == "RATE_LIMIT")
        metrics = app.app.core.metrics.stats()
        assert (metrics["rooms"]["/ws"], metrics["members"]["/ws"]) == (20, 22)
        # The others go on as if nothing had been.
        run = (await ann.call("chat:ask", roomId="r", messages=HELLO))["runId"]
        await bob.until(lambda: len(bob.run(run)) == 2)
        assert bob.of("error") == ann.of("error") == []
        assert len(bob.of("room:join")) == 2


async def test_ten_thousand_rooms_are_bounded_and_told(tmp_path: Path) -> None:
    limits = {"rooms_max": 50, "rooms_per_connection": 10_000, "room_events_per_s": 10_000}
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url, **limits)) as app,
        AsyncExitStack() as stack,
    ):
        party = Party(app, "websocket", stack)
        ann, rude = await party.join("ann"), await party.come("rude")
        answers: list[Any] = []
        for number in range(10_000):
            rude.emit("room:join", answers, roomId=f"room {number}")
            if number % 500 == 499:
                await rude.until(lambda number=number: len(answers) == number + 1)  # type: ignore[misc]
        assert [answer.get("code") for answer in answers].count(None) == 49
        refused = answers[-1]
        assert (refused["code"], "`roomId`" in refused["message"]) == ("RATE_LIMIT", True)
        assert app.app.core.metrics.stats()["rooms"]["/ws"] == 50
        assert (await ann.call("message:send", roomId="r", content="Hi"))["ok"]


@over_both
async def test_member_who_never_reads_is_dropped_and_the_others_hear_all(
    transport: Transport, tmp_path: Path
) -> None:
    settings = {"send_timeout_s": 0.5, "room_events_per_s": 100_000, "room_queue_max": 200}
    async with (
        playing(said(*["x" * 2_000] * CHUNKS)) as upstream,
        serving(settings_for(tmp_path, upstream.url, **settings)) as app,
        AsyncExitStack() as stack,
    ):
        party = Party(app, transport, stack)
        ann, bob, deaf = [await party.join(name) for name in ("ann", "bob", "deaf")]
        deaf.client.pause()
        before = [len(one.events) for one in (ann, bob)]
        run = (await ann.call("chat:ask", roomId="r", messages=HELLO))["runId"]
        for _ in range(MESSAGES):
            ann.emit("message:send", [], roomId="r", content="y" * 2_000)
        for one, count in zip((ann, bob), before, strict=True):
            await one.until(lambda one=one, n=count: len(one.events) - n >= CHUNKS + 1 + MESSAGES)  # type: ignore[misc]
            assert [payload["seq"] for _, payload in one.run(run)] == list(range(CHUNKS + 1))
        stats = app.app.core.metrics.stats
        await until(lambda: stats()["slowViewersDropped"].get(transport, 0) >= 1)
        await until(lambda: len(list(app.app.core.sockets.among("/ws"))) == 2)
        assert (await bob.call("room:join", roomId="r"))["ok"]


async def pinged(socket: ClientConnection, times: int) -> None:
    """Wait for so many of the server's pings."""
    pings = asyncio.Semaphore(0)
    frames = socket.protocol.recv_frame

    def see(frame: Frame) -> None:
        if frame.opcode is Opcode.PING:
            pings.release()
        frames(frame)

    socket.protocol.recv_frame = see  # type: ignore[method-assign]  # it tells nobody
    async with asyncio.timeout(10):
        for _ in range(times):
            await pings.acquire()


async def test_plain_websocket_has_the_frames_of_the_protocol(tmp_path: Path) -> None:
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url, websocket_ping_s=0.1)) as app,
    ):
        place = f"ws{app.url.removeprefix('http')}/ws"
        async with connect(place, proxy=None) as socket:
            await socket.send('{"event": "auth", "data": {"userId": "ann"}}')
            await socket.send('{"event": "room:join", "data": {"roomId": "r"}, "ackId": "a"}')
            assert (
                await socket.recv() == '{"event":"room:join","data":{"userId":"ann","roomId":"r"}}'
            )
            assert await socket.recv() == (
                '{"ackId":"a","data":{"ok":true,"roomId":"r","userId":"ann","members":'
                '[{"userId":"ann","status":"online"}],"recent":[]}}'
            )
            # Without an ackId there is no acknowledgement.
            await socket.send('{"event": "typing:start", "data": {"roomId": "r"}}')
            await socket.send('{"event": "nonsense", "ackId": 0}')
            assert '"event":"error"' in str(await socket.recv())
            assert str(await socket.recv()).startswith('{"ackId":0,"data":{"ok":false')
            await pinged(socket, 2)  # which the client answers by itself
            await (await socket.ping())
        async with connect(place, proxy=None) as socket:
            await socket.send('{"event": "auth", "data": {"token": "nonsense"}}')
            assert '"code":"UNAUTHORIZED"' in str(await socket.recv())
            with pytest.raises(ConnectionClosed) as closed:
                await socket.recv()
            assert closed.value.rcvd is not None
            assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1008, "unauthorized")


async def test_plain_websocket_pings_and_gives_up_who_does_not_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url, websocket_ping_s=0.05)) as app,
    ):
        place = f"ws{app.url.removeprefix('http')}/ws"
        async with connect(place, proxy=None) as socket:
            await pinged(socket, 1)


async def test_plain_websocket_takes_the_origins_that_http_takes(tmp_path: Path) -> None:
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
    ):
        place = f"ws{app.url.removeprefix('http')}/ws"
        async with connect(place, proxy=None, origin="http://localhost:3000"):  # type: ignore[arg-type]
            pass
        with pytest.raises(InvalidStatus) as refused:
            async with connect(place, proxy=None, origin="https://evil.example"):  # type: ignore[arg-type]
                pass
        assert refused.value.response.status_code == 403
