"""What is rare and right in a request is answered; what is endless or too much is cut short."""

import asyncio
import gzip
import json
import socket
from collections.abc import Mapping

import httpx2
import pytest

from mock_openai.endpoints import ENDPOINTS
from mock_openai.http.cors import may_call
from mock_openai.http.exchange import Exchange
from mock_openai.http.guarded_protocol import LARGEST_HEAD
from mock_openai.planning.planned_answer import PlannedAnswer
from mock_openai.settings import Settings
from mock_openai.state import Mock
from tests.integration.mock_openai.conftest import Served, chat, raw_answer, raw_request

HELLO = chat("hi [[mock: scenario=hello first=0ms gap=0ms]]")


def answer(served: Served, request: bytes) -> tuple[int, bytes]:
    """Status and body of the only answer on a connection that the server closes."""
    head, _, body = raw_answer(served.address, request).partition(b"\r\n\r\n")
    return int(head.split()[1]), body


@pytest.mark.parametrize("pieces", [1, 3])
def test_who_offers_another_protocol_is_answered_in_this_one(served: Served, pieces: int) -> None:
    """Java's own client offers h2c with each first request."""
    offer = ("upgrade: h2c", "http2-settings: AAEAAEAAAAIAAAAB")
    request = raw_request(HELLO, "1.1", "connection: Upgrade, HTTP2-Settings", *offer)
    goodbye = raw_request(HELLO, "1.1", "connection: close")
    sent = request + goodbye
    step = -(-len(sent) // pieces)
    received = b""
    with socket.create_connection(served.address, timeout=20) as sock:
        for at in range(0, len(sent), step):
            sock.sendall(sent[at : at + step])
        while data := sock.recv(65_536):
            received += data
    assert received.count(b"HTTP/1.1 200 OK") == 2
    assert received.count(b"I am a scripted model") == 2


def test_a_request_as_it_is_told_to_a_proxy_is_answered(served: Served) -> None:
    request = raw_request(HELLO, "1.1", "connection: close")
    status, body = answer(served, request.replace(b" /v1", b" http://api.openai.com/v1"))
    assert (status, json.loads(body)["object"]) == (200, "chat.completion")


@pytest.mark.parametrize(
    "piece",
    [b"x-a: " + b"b" * 1_000 + b"\r\n", b"x" * 1_000],
    ids=["many headers", "one long header"],
)
def test_a_head_without_end_is_refused(served: Served, piece: bytes) -> None:
    many = 2 * LARGEST_HEAD // len(piece)
    with socket.create_connection(served.address, timeout=20) as sock:
        sock.sendall(b"POST /v1/chat/completions HTTP/1.1\r\nhost: mock\r\n")
        try:
            for _ in range(many):
                sock.sendall(piece)
            received = sock.recv(65_536)
        except ConnectionError:
            return  # it was closed before all was sent
    assert received.startswith(b"HTTP/1.1 431")


def test_what_comes_after_a_request_does_not_get_into_its_answer(served: Served) -> None:
    request = raw_request(chat("hi [[mock: tokens=9 first=0 gap=5ms]]", stream=True))
    received = raw_answer(served.address, request + b"no request at all\r\n\r\n")
    assert received.endswith(b"data: [DONE]\n\n\r\n0\r\n\r\n")
    assert b"Invalid HTTP request" not in received


def test_a_compressed_body_is_called_so(served: Served) -> None:
    refused = httpx2.post(f"{served.url}/chat/completions", content=gzip.compress(b"{}"))
    assert (refused.status_code, "gzip" in refused.json()["error"]["message"]) == (400, True)


def test_a_body_that_is_announced_as_too_large_is_not_waited_for(served: Served) -> None:
    head = b"POST /v1/chat/completions HTTP/1.1\r\nhost: mock\r\ncontent-length: 9999999999\r\n"
    status, body = answer(served, head + b"expect: 100-continue\r\n\r\n")
    assert (status, json.loads(body)["error"]["code"]) == (413, "too_large")


@pytest.mark.parametrize("method", ["POST", "DELETE"])
def test_a_page_of_this_machine_may_call_from_its_browser(served: Served, method: str) -> None:
    asked = {
        "origin": "http://localhost:3000",
        "access-control-request-method": method,
        "access-control-request-headers": "authorization,content-type,x-stainless-os",
    }
    before = httpx2.options(f"{served.url}/chat/completions", headers=asked)
    assert before.status_code == 200
    assert method in before.headers["access-control-allow-methods"]
    assert "x-stainless-os" in before.headers["access-control-allow-headers"]
    page = {"origin": asked["origin"]}
    refused = served.post({}, **page)
    played = served.post(HELLO, **page)
    plain = httpx2.get(f"{served.url}/models", headers=page)
    for answered in (before, refused, played, plain):
        assert answered.headers["access-control-allow-origin"] == asked["origin"]


def test_a_page_from_elsewhere_may_not_and_none_may_use_the_admin_routes(served: Served) -> None:
    for origin in ("https://example.com", "http://localhost.example.com", "null"):
        asked = {"origin": origin, "access-control-request-method": "POST"}
        assert httpx2.options(f"{served.url}/chat/completions", headers=asked).status_code == 400
        assert "access-control-allow-origin" not in served.post(HELLO, origin=origin).headers
    admin = httpx2.get(
        f"{served.root}/__mock__/scenarios", headers={"origin": "http://localhost:3000"}
    )
    assert "access-control-allow-origin" not in admin.headers


def test_a_page_from_elsewhere_can_not_use_the_admin_routes_blindly(served: Served) -> None:
    """A form or a fetch without a question beforehand is sent all the same."""
    for origin, status in (("https://example.com", 403), ("null", 403), ("http://[::1]:1", 200)):
        answered = httpx2.post(
            f"{served.root}/__mock__/verify",
            headers={"origin": origin, "content-type": "text/plain"},
            content=b'{"at_least": 0}',
        )
        assert answered.status_code == status


def test_a_page_that_the_mock_was_told_of_may_call() -> None:
    assert may_call("https://a.example", ("https://a.example",))
    assert may_call("null", ("*",))
    assert not may_call("https://b.example", ("https://a.example",))


def test_a_mistake_of_ours_is_an_error_and_not_a_silence(caplog: pytest.LogCaptureFixture) -> None:
    def cue_of(headers: Mapping[str, str], body: bytes) -> PlannedAnswer:
        raise RuntimeError("a bug")

    async def asked() -> tuple[int, bytes]:
        loop = asyncio.get_running_loop()
        mock = Mock(Settings(), loop)
        ours, theirs = socket.socketpair()
        transport, _ = await loop.create_connection(asyncio.Protocol, sock=ours)
        way = {"http_1_1": True, "keep_alive": True, "expects_continue": False}
        endpoint = ENDPOINTS["/v1/chat/completions"]
        exchange = Exchange(mock, endpoint, cue_of, transport, [], [], lambda: None, **way)
        exchange.start_turn()
        exchange.complete()
        mock.close()
        head, _, body = theirs.recv(65_536).partition(b"\r\n\r\n")
        theirs.close()
        transport.close()
        return int(head.split()[1]), body

    status, body = asyncio.run(asked())
    assert (status, json.loads(body)["error"]["type"]) == (500, "server_error")
    assert "a bug" in caplog.text
