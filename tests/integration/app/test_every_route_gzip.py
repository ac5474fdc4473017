"""Long JSON is gzipped for whoever takes it, at every route; streams never are."""

import gzip
from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest

from tests.integration.app.doors import HttpDoor, spelled
from tests.integration.app.serving import SECRET, SPOKEN, serving, settings_for, signed
from tests.integration.app.upstream import DONE, HEAD, Hold, Script, chunk, finish, playing, said
from tokentape.access.tokens import sign
from tokentape.client.turn import Turn
from tokentape.contract.contract import Contract

LONG = "word " * 1_000
SIGNED = {"Authorization": f"Bearer {sign(SECRET, 'tester', 86_400, {})}"}
ADMIN = {"Authorization": "Bearer an-admin-token-of-these-tests-1234567890"}
MESSAGES = {"messages": [{"role": "user", "content": "Hi"}]}
over_http = pytest.mark.parametrize(
    "contract", [one for one in SPOKEN if one.transport == "sse"], ids=lambda one: one.key
)


def taking(coding: str) -> dict[str, str]:
    return {"Accept-Encoding": coding}


async def test_every_long_answer_is_packed_for_who_takes_it_and_for_nobody_else(
    tmp_path: Path,
) -> None:
    given = {"admin_token": ADMIN["Authorization"].removeprefix("Bearer ")}
    async with (
        playing(said(LONG)) as upstream,
        serving(settings_for(tmp_path, upstream.url, **given)) as app,
        httpx2.AsyncClient(base_url=app.url, trust_env=False) as http,
    ):
        chat = {"message": "Hi", "sessionId": "s1"}
        answer = await http.post("/api/v2/ai/chat/stream", json=chat)
        run = answer.text.partition("id: ")[2].partition(":")[0]
        thread = (await http.post("/chat/threads", json={"title": "t"}, headers=SIGNED)).json()
        messages = f"/chat/threads/{thread['thread']['id']}/messages"
        asked: list[tuple[str, str, Any, dict[str, str]]] = [
            ("GET", "/api/v2/ai/chat/s1", None, {}),
            ("GET", f"/api/runs/{run}", None, {}),
            ("POST", "/openai/chatCompletion", MESSAGES, {}),
            ("POST", "/api/v1/inference/chat/completions", MESSAGES | {"stream": False}, {}),
            ("POST", messages, {"content": "Hi"}, SIGNED),
            ("GET", messages, None, SIGNED),
            ("GET", "/openapi.json", None, {}),
            ("GET", "/admin/stats", None, ADMIN),
        ]
        for method, path, body, head in asked:
            for coding, packed in (
                ("gzip", True),
                ("br, x-gzip;q=0.1", True),
                ("*", True),
                ("gzip;q=0", False),
                ("*, GZIP ; q=0.000", False),
                ("br", False),
                ("identity", False),
            ):
                request = http.build_request(method, path, json=body, headers=head | taking(coding))
                answer = await http.send(request, stream=True)
                raw = b"".join([part async for part in answer.aiter_raw()])
                place = (path, coding)
                assert (*place, answer.status_code) == (*place, 200)
                told = answer.headers.get("content-encoding")
                assert (*place, told) == (*place, "gzip" if packed else None)
                assert int(answer.headers["content-length"]) == len(raw)
                assert "accept-encoding" in answer.headers["vary"].lower()
                plain = gzip.decompress(raw) if packed else raw
                assert len(plain) >= 1_024
                orjson.loads(plain)
        short = await http.get("/healthz", headers=taking("gzip"))
        assert "content-encoding" not in short.headers


@over_http
async def test_no_stream_is_packed_or_held_back(contract: Contract, tmp_path: Path) -> None:
    held: Script = [HEAD, chunk(LONG), Hold(), finish(), DONE]
    async with (
        playing(held) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        httpx2.AsyncClient(base_url=app.url, headers=signed(contract), trust_env=False) as http,
    ):
        http.headers.update(taking("gzip"))
        async with HttpDoor(contract, http).stream(
            spelled(contract, Turn(message="Hello"))
        ) as answer:
            assert "content-encoding" not in answer.headers
            told = b""
            async for part in answer.aiter_raw():
                told += part
                if b"word" in told:  # while the answer goes on
                    upstream.released.set()
        assert told.startswith(b"id: ")


async def test_who_polls_a_socket_and_refuses_gzip_gets_none(tmp_path: Path) -> None:
    async with (
        playing(said(LONG)) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        httpx2.AsyncClient(base_url=app.url, trust_env=False) as http,
    ):
        socket = "/socket.io/?EIO=4&transport=polling"
        for coding, packed in (("gzip", True), ("gzip;q=0", False)):
            opened = orjson.loads((await http.get(socket)).content[1:])
            mine = f"{socket}&sid={opened['sid']}"
            text = {"Content-Type": "text/plain"}
            await http.post(mine, content=b"40", headers=text)
            event = orjson.dumps(["ai:chat", {"message": "Hi"}])
            await http.post(mine, content=b"421" + event, headers=text)
            told, codings = "", set()
            while "ai:complete" not in told:
                answer = await http.get(mine, headers=taking(coding))
                told += answer.text
                codings |= (
                    {answer.headers.get("content-encoding")} if len(answer.text) > 2e3 else set()
                )
            assert codings == {"gzip" if packed else None}
