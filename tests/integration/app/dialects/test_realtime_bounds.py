"""`inference` over sockets: what is refused, counted and bounded, and who is dropped."""

import asyncio
import socket
from contextlib import AsyncExitStack
from logging import WARNING
from pathlib import Path
from typing import Any

import pytest
from websockets.asyncio.client import connect

from tests.integration.app.changes import until
from tests.integration.app.dialects.party import HELLO, Party, over_both
from tests.integration.app.rooms.guest import Transport
from tests.integration.app.serving import serving, settings_for
from tests.integration.app.upstream import playing, said

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
        assert codes.count(None) <= 500  # a burst, and some for each second that it took
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
    settings = {"send_timeout_s": 2.0, "room_events_per_s": 100_000, "room_queue_max": 200}
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
        await until(lambda: len(list(app.app.core.sockets.connections.among("/ws"))) == 2)
        assert (await bob.call("room:join", roomId="r"))["ok"]


FLOOD = 5_000
ASKED: dict[str, tuple[Transport, str]] = {
    "socketio": ("socketio", '42/ws,%d["nonsense",{}]'),
    "websocket": ("websocket", '{"event": "nonsense", "ackId": %d}'),
    "late sign-in": ("websocket", '{"event": "auth", "ackId": %d}'),
    "no frame": ("websocket", "%d"),
}


@pytest.mark.parametrize("asked", ASKED)
async def test_who_asks_on_and_reads_no_answer_is_not_read_from_and_loses_nothing(
    asked: str, tmp_path: Path
) -> None:
    transport, frame = ASKED[asked]
    async with (
        playing() as upstream,
        # Who reads nothing answers no ping: a busy machine takes longer than that is waited for.
        serving(
            settings_for(tmp_path, upstream.url, room_queue_max=100, ping_interval_s=10_000)
        ) as app,
    ):
        host, port = app.url.removeprefix("http://").split(":")
        deaf = socket.socket()
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        deaf.setblocking(False)
        await asyncio.get_running_loop().sock_connect(deaf, (host, int(port)))
        path = "/ws" if transport == "websocket" else "/socket.io/?EIO=4&transport=websocket"
        async with connect(f"ws://{host}:{port}{path}", sock=deaf, proxy=None) as one:
            if transport == "socketio":
                await one.recv()
                await one.send("40/ws,")
                await one.recv()
            else:
                await one.send('{"event": "auth", "ackId": "hello"}')
                await one.recv()
            (link,) = (
                connection.link for connection in app.app.core.sockets.connections.among("/ws")
            )
            one.transport.pause_reading()
            most = 0
            for number in range(FLOOD):
                await one.send(frame % number)
                await asyncio.sleep(0)
                most = max(most, link.waiting)
            assert 100 <= most <= 250
            one.transport.resume_reading()
            answers = 0
            async with asyncio.timeout(60):
                while answers < FLOOD:
                    told = str(await one.recv())
                    answers += asked == "no frame" or told.startswith(("43/ws,", '{"ackId"'))


async def test_packets_that_are_none_leave_nothing_in_the_log(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    async with (
        playing() as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        connect(
            app.url.replace("http", "ws", 1) + "/socket.io/?EIO=4&transport=websocket", proxy=None
        ) as one,
    ):
        await one.recv()
        for packet in ("9zz", "7", "8x", "40/ws,", "40/nope,", "43/ws,7[]", '42/zz,1["x"]'):
            for _ in range(3):
                await one.send(packet)
        await one.send("41/ws,")
        for _ in range(3):
            await one.send("40/ws,")
        await one.send("2")
        await one.close()
    assert [record.getMessage() for record in caplog.records if record.levelno >= WARNING] == []
