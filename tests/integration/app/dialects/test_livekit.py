"""LiveKit beside `stream-chat`: tokens, packets, and a LiveKit that fails."""

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest
from livekit.api import TokenVerifier
from livekit.protocol.models import DataPacket

from tests.integration.app.changes import until
from tests.integration.app.dialects.livekit_server import KEY, SECRET, LiveKitServer, livekit
from tests.integration.app.rooms.guest import guest
from tests.integration.app.serving import SECRET as OURS
from tests.integration.app.serving import serving, settings_for
from tests.integration.app.upstream import DONE, HEAD, Hold, Script, chunk, finish, playing, said
from tokentape.access.tokens import sign
from tokentape.dialects.stream_chat import livekit as publishing
from tokentape.dialects.stream_chat.livekit import PACKET_MAX_BYTES

HELLO = [{"role": "user", "content": "Hello"}]
BODY = {"roomName": "r", "participantName": "Ann"}


def configured(url: str) -> dict[str, str]:
    return {"livekit_url": url, "livekit_api_key": KEY, "livekit_api_secret": SECRET}


async def test_without_configuration_the_missing_variables_are_named(tmp_path: Path) -> None:
    async with (
        playing(said("x")) as upstream,
        serving(settings_for(tmp_path, upstream.url, livekit_api_key="k")) as app,
        httpx2.AsyncClient(base_url=app.url, trust_env=False) as http,
    ):
        answer = await http.post("/livekit/token", json=BODY)
        message = answer.json()["error"]["message"]
        assert answer.status_code == 501
        assert "LIVEKIT_URL, LIVEKIT_API_SECRET" in message
        assert "LIVEKIT_API_KEY" not in message


async def test_token_verifies_and_lets_its_bearer_join_that_room_alone(tmp_path: Path) -> None:
    alice = sign(OURS, "alice", 600, {})
    async with (
        playing(said("x")) as upstream,
        serving(settings_for(tmp_path, upstream.url, **configured("wss://live.example"))) as app,
        httpx2.AsyncClient(base_url=app.url, trust_env=False) as http,
    ):
        told = (await http.post("/livekit/token", json=BODY)).json()
        assert (sorted(told), told["url"]) == (["token", "url"], "wss://live.example")
        claims = TokenVerifier(KEY, SECRET).verify(told["token"])
        assert (claims.identity, claims.name) == ("Ann", "Ann")
        grants = claims.video
        assert grants is not None
        given = {name: value for name, value in vars(grants).items() if value}
        assert given == {
            "room_join": True,
            "room": "r",
            "can_publish": True,
            "can_subscribe": True,
            "can_publish_data": True,
        }
        # Who is signed in is known by that, whatever they call themselves.
        signed_in = {"Authorization": f"Bearer {alice}"}
        token = (await http.post("/livekit/token", json=BODY, headers=signed_in)).json()["token"]
        claims = TokenVerifier(KEY, SECRET).verify(token)
        assert (claims.identity, claims.attributes) == ("alice", {"signedIn": "true"})
        bad = await http.post("/livekit/token", json=BODY, headers={"Authorization": "Bearer x"})
        assert bad.status_code == 401
        for body, field in (({}, "roomName"), ({"roomName": "r"}, "participantName")):
            refused = await http.post("/livekit/token", json=body)
            assert (refused.status_code, f"`{field}`" in refused.text) == (422, True)
        assert SECRET not in str(told)


async def test_nobody_is_known_to_livekit_as_somebody_who_signs_in(tmp_path: Path) -> None:
    alice = {"Authorization": f"Bearer {sign(OURS, 'alice', 600, {})}"}
    body = {"roomName": "r", "participantName": "alice"}
    async with (
        playing(said("x")) as upstream,
        serving(settings_for(tmp_path, upstream.url, **configured("wss://live.example"))) as app,
        httpx2.AsyncClient(base_url=app.url, trust_env=False) as http,
    ):
        early = (await http.post("/livekit/token", json=body)).json()["token"]
        assert (await http.post("/livekit/token", json=body, headers=alice)).status_code == 200
        fake = await http.post("/livekit/token", json=body)
        assert (fake.status_code, fake.json()["error"]["code"]) == (401, "UNAUTHORIZED")
        assert "`participantName`: `alice`" in fake.text
        # Who came under that name before anybody had signed in as it bears no mark of having.
        claims = TokenVerifier(KEY, SECRET).verify(early)
        assert (claims.identity, claims.attributes) == ("alice", {})


def told(server: LiveKitServer) -> list[tuple[str, Any]]:
    return [(send.topic, json.loads(send.data)) for send in server.packets]


async def test_run_in_a_room_is_published_as_reliable_packets_in_order(tmp_path: Path) -> None:
    long = "x" * PACKET_MAX_BYTES
    async with (
        playing(said("Hi", " there", long)) as upstream,
        livekit("r") as server,
        serving(settings_for(tmp_path, upstream.url, **configured(server.url))) as app,
        guest(app.url, "/") as ann,
    ):
        await ann.call("join-room", roomName="r", participantName="ann")
        run = (await ann.call("stream-chat", messages=HELLO))["runId"]
        await ann.heard("stream-complete")
        await server.until(lambda: len(server.packets) == 5)
        # What is too long for a packet leaves the repetition out.
        expected = [
            (event, payload | {"fullResponse": payload["fullResponse"][:8]})
            if "fullResponse" in payload
            else (event, payload)
            for event, payload in ann.run(run)
        ]
        for (event, payload), (topic, data) in zip(expected, told(server), strict=True):
            if data["seq"] >= 3:
                payload.pop("fullResponse")
            assert (topic, data) == (event, payload)
        assert {send.kind for send in server.packets} == {DataPacket.Kind.RELIABLE}
        assert {send.room for send in server.packets} == {"r"}
        assert server.refused == []
        # A session's run goes there too.
        server.packets.clear()
        server.rooms.add("s1")
        async with httpx2.AsyncClient(base_url=app.url, trust_env=False) as http:
            body = {"sessionId": "s1", "messages": HELLO}
            await http.post("/openai/chatCompletion/stream/start", json=body)
        await server.until(lambda: len(server.packets) == 5)
        assert "livekit" not in str(app.app.core.metrics.snapshot())


async def test_room_that_livekit_does_not_have_is_left_alone(tmp_path: Path) -> None:
    async with (
        playing(said(*"abcdef")) as upstream,
        livekit() as server,
        serving(settings_for(tmp_path, upstream.url, **configured(server.url))) as app,
        guest(app.url, "/") as ann,
    ):
        await ann.call("join-room", roomName="r", participantName="ann")
        await ann.call("stream-chat", messages=HELLO)
        await ann.heard("stream-complete")
        await server.until(lambda: server.refused != [])
        assert (server.asked, server.refused) == (1, ["not_found"])
        # Without a room nothing is published.
        async with guest(app.url, "/") as bob:
            await bob.call("stream-chat", messages=HELLO)
            await bob.heard("stream-complete")
        assert server.asked == 1
        assert "livekit" not in str(app.app.core.metrics.snapshot())


async def test_failure_that_passes_loses_no_packet(tmp_path: Path) -> None:
    async with (
        playing(said("Hi")) as upstream,
        livekit("r") as server,
        serving(settings_for(tmp_path, upstream.url, **configured(server.url))) as app,
        guest(app.url, "/") as ann,
    ):
        server.fail_with = ["unavailable", "internal"]
        await ann.call("join-room", roomName="r", participantName="ann")
        run = (await ann.call("stream-chat", messages=HELLO))["runId"]
        await server.until(lambda: len(server.packets) == 3)
        assert told(server) == ann.run(run)


@pytest.mark.parametrize("how", ["dead", "slow", "wrong secret"])
async def test_livekit_that_fails_delays_no_chunk_and_is_counted(
    how: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(publishing, "TIMEOUT_S", 0.3)
    monkeypatch.setattr(publishing, "PAUSE_S", 0.01)
    script: Script = [HEAD, chunk("a"), Hold(), chunk("b"), finish(), DONE]
    async with (
        playing(script) as upstream,
        livekit("r") as server,
    ):
        settings = configured(server.url)
        if how == "dead":
            settings["livekit_url"] = "ws://127.0.0.1:9"
        elif how == "slow":
            server.slow = True
        else:
            settings["livekit_api_secret"] = "another-secret-that-livekit-does-not-know"
        async with (
            serving(settings_for(tmp_path, upstream.url, **settings)) as app,
            guest(app.url, "/") as ann,
        ):
            await ann.call("join-room", roomName="r", participantName="ann")
            run = (await ann.call("stream-chat", messages=HELLO))["runId"]
            await ann.heard("stream-chunk")
            upstream.released.set()
            await ann.heard("stream-complete")
            # The whole answer was there before LiveKit had been given up, or had said a word.
            assert [payload["seq"] for _, payload in ann.run(run)] == [0, 1, 2, 3]
            assert server.packets == []
            reason = {"dead": "unreachable", "slow": "timeout", "wrong secret": "refused"}[how]
            name = f"tokentape_livekit_failures_total{{reason={reason}}}"
            metrics = app.app.core.metrics
            await until(lambda: metrics.snapshot().get(name) == 1)
