"""What a foreign web page can make a browser send is refused, at every route and socket: nothing is
started and nothing changed."""

from pathlib import Path
from typing import Any

import httpx2
import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from tests.integration.app.doors import HttpDoor, door, spelled
from tests.integration.app.serving import SECRET, SPOKEN, every_contract, serving, settings_for
from tests.integration.app.upstream import playing, said
from tokentape.access.tokens import sign
from tokentape.client.turn import Turn
from tokentape.contract.contract import Contract

EVIL = {"Origin": "https://evil.example"}
LOCAL = {"Origin": "http://localhost:5173"}
HELLO = Turn(message="Hello")
SIGNED = {"Authorization": f"Bearer {sign(SECRET, 'tester', 86_400, {})}"}
TEXTS = (
    "text/plain",
    "text/plain; x=application/json",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/jsonx",
    "",
)
JSONS = ("application/json", "Application/JSON; charset=utf-8", "application/vnd.api+json")
over_http = pytest.mark.parametrize(
    "contract", [one for one in SPOKEN if one.transport == "sse"], ids=lambda one: one.key
)


async def acting_routes(http: httpx2.AsyncClient) -> list[tuple[str, str]]:
    """All that the API describes and that is no mere look."""
    paths = (await http.get("/openapi.json")).json()["paths"]
    found = [
        (method.upper(), path.replace("{", "").replace("}", ""))
        for path, methods in paths.items()
        for method in methods
        if method != "get"
    ]
    assert len(found) >= 18
    return found


def error_of(answer: httpx2.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["error"]["code"]


@pytest.mark.parametrize("cors_origins", ["", "https://chat.example"])
async def test_foreign_origin_is_forbidden_wherever_something_is_done(
    cors_origins: str, tmp_path: Path
) -> None:
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url, cors_origins=cors_origins)) as app,
        httpx2.AsyncClient(base_url=app.url, headers=SIGNED, trust_env=False) as http,
    ):
        for method, path in await acting_routes(http):
            for body in ({}, {"message": "x", "messages": [{"role": "user", "content": "x"}]}):
                answer = await http.request(method, path, json=body, headers=EVIL)
                assert (path, error_of(answer)) == (path, (403, "FORBIDDEN"))
                assert "CORS_ORIGINS" in answer.json()["error"]["message"]
            own = {"Origin": app.url}
            assert (await http.request(method, path, json={}, headers=own)).status_code != 403
        for method in ("GET", "POST"):
            for path in ("/socket.io/?EIO=4&transport=polling", "/socket.io?EIO=4"):
                answer = await http.request(method, path, headers=EVIL, follow_redirects=True)
                assert error_of(answer) == (403, "FORBIDDEN")
        assert upstream.requests == []
        assert await app.count_messages() == 0


@every_contract
async def test_foreign_page_starts_nothing_and_a_local_one_does(
    contract: Contract, tmp_path: Path
) -> None:
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
    ):
        if contract.transport == "sse":
            async with httpx2.AsyncClient(base_url=app.url, headers=EVIL, trust_env=False) as http:
                reply = await HttpDoor(contract, http).start(spelled(contract, HELLO))
                assert (reply.status, reply.code) == (403, "FORBIDDEN")
        else:
            plain = contract.transport == "websocket"
            path = contract.namespace if plain else "/socket.io/?EIO=4&transport=websocket"
            place = f"ws{app.url.removeprefix('http')}{path}"
            with pytest.raises(InvalidStatus) as refused:
                async with connect(place, additional_headers=EVIL, proxy=None):
                    pass
            assert refused.value.response.status_code == 403
        assert upstream.requests == []
        async with door(app.url, contract, headers=LOCAL) as one:
            assert (await one.start(spelled(contract, HELLO))).code is None


async def test_body_that_is_not_json_by_its_own_word_is_refused_at_every_route(
    tmp_path: Path,
) -> None:
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        httpx2.AsyncClient(base_url=app.url, headers=SIGNED | LOCAL, trust_env=False) as http,
    ):
        for method, path in await acting_routes(http):
            for kind in TEXTS:
                for content in (b'{"message": "x"}', pieces()):
                    head = {"Content-Type": kind} if kind else {}
                    answer = await http.request(method, path, content=content, headers=head)
                    assert (path, kind, *error_of(answer)) == (path, kind, 415, "BAD_REQUEST")
                    assert "application/json" in answer.json()["error"]["message"]
                    # A page that may call may read why not.
                    allowed = answer.headers["access-control-allow-origin"]
                    assert allowed == LOCAL["Origin"]
            nothing = await http.request(method, path)
            assert nothing.status_code not in (403, 415)
        assert upstream.requests == []
        assert await app.count_messages() == 0


async def pieces() -> Any:
    """A body without a length."""
    yield b""
    yield b'{"message"'
    yield b': "x"}'


@over_http
async def test_json_by_any_of_its_names_is_taken(contract: Contract, tmp_path: Path) -> None:
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        httpx2.AsyncClient(base_url=app.url, trust_env=False) as http,
    ):
        one = HttpDoor(contract, http)
        for kind in JSONS:
            path, head = await one.prepare(), {"Content-Type": kind}
            for content in (b'{"message": ""}', b'{"mess', b"{}"):
                answer = await http.post(path, content=content, headers=head)
                assert (kind, answer.status_code in (400, 422)) == (kind, True)
            assert (await one.start(spelled(contract, HELLO))).code is None


async def test_stop_without_a_body_needs_no_type_in_pieces_either(tmp_path: Path) -> None:
    async def nothing() -> Any:
        yield b""

    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        httpx2.AsyncClient(base_url=app.url, headers=SIGNED, trust_env=False) as http,
    ):
        path = "/chat/threads/x/runs/y/stop"
        for answer in (await http.post(path), await http.post(path, content=nothing())):
            assert error_of(answer) == (404, "NOT_FOUND")


async def test_any_origin_opens_the_api_and_not_the_page(tmp_path: Path) -> None:
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url, cors_origins="*")) as app,
        httpx2.AsyncClient(base_url=app.url, headers=SIGNED, trust_env=False) as http,
    ):
        said_ = {"message": "x"}
        answer = await http.post("/api/v2/ai/chat/stream", json=said_, headers=EVIL)
        assert answer.status_code == 200
        for path in ("/ui", "/ui/gradio_api/queue/join", "/ui/gradio_api/upload", "/ui/x"):
            for foreign in (EVIL, LOCAL):
                answer = await http.post(path, json={}, headers=foreign)
                assert (path, *error_of(answer)) == (path, 403, "FORBIDDEN")
            own = await http.post(path, json={}, headers={"Origin": app.url})
            assert own.status_code != 403
