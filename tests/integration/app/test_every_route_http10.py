"""Who speaks HTTP/1.0 gets no chunks: the end of the connection is the end of the answer."""

from pathlib import Path
from typing import Any

import httpx2
import orjson
import pytest

from tests.integration.app.doors import HttpDoor, spelled
from tests.integration.app.server.test_connections import line
from tests.integration.app.serving import SECRET, SPOKEN, Served, serving, settings_for
from tests.integration.app.upstream import playing, said
from tokentape.access.tokens import sign
from tokentape.client.turn import Turn
from tokentape.contract.contract import Contract

over_http = pytest.mark.parametrize(
    "contract", [one for one in SPOKEN if one.transport == "sse"], ids=lambda one: one.key
)
HEAD = (
    "Host: x.localhost",
    f"Authorization: Bearer {sign(SECRET, 'tester', 86_400, {})}",
    "Connection: keep-alive",
)


async def asked(app: Served, method: str, path: str, body: bytes = b"") -> tuple[bytes, bytes]:
    """Head and body of the answer to an HTTP/1.0 request, read to the end of the connection."""
    lines = [f"{method} {path} HTTP/1.0", *HEAD]
    if body:
        lines += ["Content-Type: application/json", f"Content-Length: {len(body)}"]
    async with line(app) as one:
        one.write("\r\n".join([*lines, "", ""]).encode() + body)
        head, _, rest = (await one.rest()).partition(b"\r\n\r\n")
    return head.lower(), rest


@over_http
async def test_stream_over_http_1_0_is_the_same_bytes_without_chunks(
    contract: Contract, tmp_path: Path
) -> None:
    async with (
        playing(said("one", " two", " three")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        httpx2.AsyncClient(base_url=app.url, trust_env=False) as http,
    ):
        one = HttpDoor(contract, http)
        payload = spelled(contract, Turn(message="Hello"))
        async with one.stream(payload) as answer:
            whole = await answer.aread()
        resumed = answer.url.path
        if answer.request.method == "POST":
            head, body = await asked(app, "POST", await one.prepare(), orjson.dumps(payload))
            # Ids and times are the run's own.
            assert body.count(b"\n\n") == whole.count(b"\n\n")
        else:
            head, body = await asked(app, "GET", resumed)
            assert body == whole
        assert b"200 ok" in head
        assert b"text/event-stream" in head
        assert b"transfer-encoding" not in head
        assert b"connection: close" in head
        assert body.startswith(b"id: ")
        assert body.endswith(b"\n\n")


async def test_no_route_answers_http_1_0_with_chunks(tmp_path: Path) -> None:
    async with (
        playing(said("Hi")) as upstream,
        serving(settings_for(tmp_path, upstream.url)) as app,
        httpx2.AsyncClient(base_url=app.url, trust_env=False) as http,
    ):
        paths = (await http.get("/openapi.json")).json()["paths"]
        others: dict[str, Any] = {
            path: {"get": {}} for path in ("/metrics", "/openapi.json", "/docs", "/nowhere")
        }
        body = {"message": "x", "messages": [{"role": "user", "content": "x"}], "title": "x"}
        for path, methods in (paths | others).items():
            for method in methods:
                plain = path.replace("{", "").replace("}", "")
                sent = b"" if method in ("get", "delete") else orjson.dumps(body)
                head, told = await asked(app, method.upper(), plain, sent)
                assert b"transfer-encoding" not in head, path
                if b"content-length" in head:
                    length = int(head.partition(b"content-length: ")[2].split()[0])
                    assert length == len(told), path
