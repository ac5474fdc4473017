"""Heartbeats, headers and origins, in every dialect over every transport."""

import asyncio
import logging
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest
from pydantic import ValidationError

from tests.integration.app.changes import until
from tests.integration.app.doors import HttpDoor, SocketDoor, asking, door, spelled
from tests.integration.app.serving import (
    SPOKEN,
    every_contract,
    serving,
    settings_for,
    watched,
)
from tests.integration.app.upstream import DONE, HEAD, Hold, Script, chunk, finish, playing, said
from tokentape.client.turn import Turn
from tokentape.contract.contract import Contract, RequestTemplate
from tokentape.settings import Settings
from tokentape.viewers.connection import Connection
from tokentape.viewers.socketio_edge import EngineLink

HELLO = Turn(message="Hello")
HELD: Script = [HEAD, chunk("a"), Hold(), finish(), DONE]
over_http = pytest.mark.parametrize(
    "contract", [one for one in SPOKEN if one.transport == "sse"], ids=lambda one: one.key
)
PATHS = [asking(one).path for one in SPOKEN if isinstance(one.start, RequestTemplate)]
HANDSHAKE = "/socket.io/?EIO=4&transport=polling"


def test_times_are_those_of_the_protocol_unless_set() -> None:
    fields = Settings.model_fields
    names = ("sse_heartbeat_s", "ping_interval_s", "ping_timeout_s", "run_grace_s", "tape_ttl_s")
    assert [fields[name].default for name in names] == [15, 10, 5, 30, 300]
    of_rooms = ("websocket_ping_s", "presence_grace_s", "typing_timeout_s")
    assert [fields[name].default for name in of_rooms] == [30, 5, 5]


@over_http
async def test_silent_stream_has_a_heartbeat_and_the_headers_of_a_stream(
    contract: Contract, tmp_path: Path
) -> None:
    async with (
        playing(HELD) as upstream,
        serving(settings_for(tmp_path, upstream.url, sse_heartbeat_s=0.05)) as app,
        httpx2.AsyncClient(base_url=app.url, trust_env=False) as http,
        HttpDoor(contract, http).stream(spelled(contract, HELLO)) as answer,
    ):
        told = {name: answer.headers[name] for name in ("content-type", "cache-control")}
        assert told == {"content-type": "text/event-stream", "cache-control": "no-cache"}
        assert answer.headers["x-accel-buffering"] == "no"
        assert "content-encoding" not in answer.headers
        lines: list[str] = []
        async for line in answer.aiter_lines():
            lines.append(line)
            if lines.count(": heartbeat") == 2:
                upstream.released.set()
        # A comment stands alone, between frames.
        assert all(lines[n + 1] == "" for n, one in enumerate(lines) if one == ": heartbeat")


async def test_socket_handshake_tells_ping_interval_and_timeout(tmp_path: Path) -> None:
    settings = {"ping_interval_s": 10, "ping_timeout_s": 5}
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url, **settings)) as app,
        httpx2.AsyncClient(base_url=app.url, trust_env=False) as http,
    ):
        opened = orjson.loads((await http.get(HANDSHAKE)).text[1:])
        assert (opened["pingInterval"], opened["pingTimeout"]) == (10_000, 5_000)


async def ping_now(connection: Connection) -> None:
    """The ping that Engine.IO would send once its interval is over."""
    link = connection.link
    assert isinstance(link, EngineLink)
    link._engine.ping_interval = 0
    await link._engine.sockets[link._id]._send_ping()


@every_contract
async def test_peer_that_answers_no_ping_is_gone(contract: Contract, tmp_path: Path) -> None:
    if contract.transport == "sse":
        pytest.skip("an event stream has no ping: its socket tells")
    if contract.transport == "websocket":
        pytest.skip("a plain WebSocket's pings are the protocol's own: see its tests")
    # No ping of its own while the peer can hear: a busy machine might answer it too late.
    settings = {"ping_interval_s": 3_600, "ping_timeout_s": 0.1}
    async with (
        playing(HELD) as upstream,
        serving(settings_for(tmp_path, upstream.url, **settings)) as app,
        door(app.url, contract) as one,
    ):
        assert isinstance(one, SocketDoor)
        await one.call(one.event, spelled(contract, HELLO))
        sockets = app.app.core.sockets
        (connection,) = sockets.connections.among(contract.namespace)

        async def deaf(_packet: Any) -> None:
            """Swallow the pongs."""

        one.sio.eio._send_packet = deaf
        await ping_now(connection)
        await until(lambda: not list(sockets.connections.among(contract.namespace)))
        shown = "tokentape_viewers{transport=socketio}"
        await until(lambda: app.app.core.metrics.snapshot()[shown] == 0)


ORIGINS = {
    "http://localhost:5173": True,
    "https://127.0.0.1": True,
    "http://[::1]:8080": True,
    "https://evil.example": False,
    "http://localhost.evil.example": False,
    "null": False,
}
NAMED = {
    "https://chat.example": True,
    "https://two.example:8443": True,
    "http://localhost:5173": False,
    "http://chat.example": False,
}


@pytest.mark.parametrize(
    ("cors_origins", "origins"),
    [("", ORIGINS), ("https://chat.example, https://two.example:8443", NAMED)],
    ids=["by default", "named"],
)
async def test_origins_are_allowed_alike_over_http_and_sockets(
    cors_origins: str, origins: dict[str, bool], tmp_path: Path
) -> None:
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url, cors_origins=cors_origins)) as app,
        httpx2.AsyncClient(base_url=app.url, trust_env=False) as http,
    ):
        for origin, allowed in origins.items():
            head = {"Origin": origin}
            asked = head | {
                "Access-Control-Request-Method": "POST",
                "Access-Control-Request-Headers": "authorization,content-type,last-event-id",
            }
            answers = [await http.options(path, headers=asked) for path in PATHS]
            answers += [await http.post(path, json={}, headers=head) for path in PATHS]
            answers.append(await http.get(HANDSHAKE, headers=head))
            for answer in answers:
                told = answer.headers.get("access-control-allow-origin")
                assert (origin, answer.url.path, told) == (
                    origin,
                    answer.url.path,
                    origin if allowed else None,
                )
                if allowed:
                    assert answer.headers["access-control-allow-credentials"] == "true"
            assert answers[-1].status_code == (200 if allowed else 403)


async def test_any_origin_is_allowed_without_credentials(tmp_path: Path) -> None:
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url, cors_origins="*")) as app,
        httpx2.AsyncClient(base_url=app.url, trust_env=False) as http,
    ):
        head = {"Origin": "https://anybody.example"}
        answers = [await http.post(path, json={}, headers=head) for path in PATHS]
        for answer in [*answers, await http.get(HANDSHAKE, headers=head)]:
            assert answer.headers["access-control-allow-origin"] in ("*", head["Origin"])
            assert "access-control-allow-credentials" not in answer.headers


def test_origin_that_is_none_is_refused_at_the_door() -> None:
    with pytest.raises(ValidationError):
        Settings(cors_origins="chat.example")


@every_contract
async def test_debug_tells_the_life_of_a_stream_without_what_was_said(
    contract: Contract, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG, "tokentape")
    async with (
        playing(
            [HEAD, Hold(), chunk("an answer"), finish(), DONE], [HEAD, chunk("an answer")]
        ) as upstream,
        serving(settings_for(tmp_path, upstream.url, debug="chat:streaming")) as app,
    ):
        async with app.viewer(contract) as viewer:
            watching = asyncio.create_task(watched(viewer, Turn(message="a question")))
            await until(lambda: "viewer came" in caplog.text)
            upstream.released.set()
            await watching
            await watched(viewer, Turn(message="a question"))
        await until(lambda: "viewer left" in caplog.text)
    for line in ("stream started", "viewer came", "viewer left", "stream ended", "completed"):
        assert line in caplog.text
    assert "UPSTREAM_TRUNCATED" in caplog.text
    assert "a question" not in caplog.text
    assert "an answer" not in caplog.text
