"""A real server on a real socket: what is on the wire, and what the evidence says of it."""

import asyncio
import json
import signal
import socket
import subprocess
import sys
import time

import httpx2
import openai
import pytest
from openai import AsyncOpenAI, OpenAI

from tests.integration.mock_openai.conftest import (
    Served,
    chat,
    raw_answer,
    raw_request,
    serving,
    texts,
)

FAST = "[[mock: scenario=jitter tokens=30 speed=20]]"


def client(served: Served) -> OpenAI:
    return OpenAI(base_url=served.url, api_key="sk-any", max_retries=0)


def said(text: str) -> openai.types.chat.ChatCompletionUserMessageParam:
    return {"role": "user", "content": text}


def test_the_official_client_reads_a_stream_and_a_whole_answer(served: Served) -> None:
    with client(served) as official:
        message = said(f"official {FAST}")
        whole = official.chat.completions.create(model="gpt-4o", messages=[message])
        stream = official.chat.completions.create(
            model="gpt-4o", messages=[message], stream=True, stream_options={"include_usage": True}
        )
        chunks = list(stream)
    text = "".join(c.choices[0].delta.content or "" for c in chunks if c.choices)
    assert text == whole.choices[0].message.content
    assert chunks[-1].usage == whole.usage
    assert chunks[-2].choices[0].finish_reason == "stop"
    assert {chunk.id for chunk in chunks} == {whole.id}
    assert served.journal("official")[0]["text"] == text


@pytest.mark.parametrize(
    ("body", "error"),
    [
        ({"model": "gpt-4o@refused-429"}, openai.RateLimitError),
        ({"model": "gpt-4o@refused-500"}, openai.InternalServerError),
        ({"model": "gpt-4o", "temperature": 9}, openai.BadRequestError),
        ({"model": "gpt-4o@severed"}, openai.APIConnectionError),
        ({"model": "gpt-4o@reset"}, openai.APIConnectionError),
    ],
)
def test_the_official_client_raises_the_right_exception(
    served: Served, body: dict[str, object], error: type[openai.APIError]
) -> None:
    content = {"messages": [said("hi [[mock: speed=50]]")], "stream": True, **body}

    def request(official: OpenAI) -> list[object]:
        stream = openai.Stream[object]
        return list(
            official.post(
                "/chat/completions", body=content, cast_to=object, stream=True, stream_cls=stream
            )
        )

    with client(served) as official, pytest.raises(error):
        request(official)


@pytest.mark.parametrize("streamed", [True, False])
def test_the_same_request_has_the_same_bytes_in_two_processes_and_under_load(
    served: Served, streamed: bool
) -> None:
    async def all_at_once(url: str, bodies: list[bytes]) -> list[bytes]:
        limits = httpx2.Limits(max_connections=None)
        async with httpx2.AsyncClient(base_url=url, limits=limits, timeout=30) as asking:
            answers = await asyncio.gather(
                *(asking.post("/chat/completions", content=body) for body in bodies)
            )
        return [answer.content for answer in answers]

    body = json.dumps(chat(f"same {FAST}", stream=streamed)).encode()
    others = [json.dumps(chat(f"other {i} {FAST}", stream=True)).encode() for i in range(100)]
    with serving() as second:
        alone = asyncio.run(all_at_once(second.url, [body]))
    crowd = asyncio.run(all_at_once(served.url, [*others[:50], body, *others[50:], body]))
    assert {*alone, crowd[50], crowd[-1]} == {crowd[-1]}
    assert crowd[-1]


def test_the_plan_command_prints_what_the_server_sends(served: Served) -> None:
    body = chat(f"planned {FAST}", stream=True)
    command = [sys.executable, "-m", "mock_openai", "plan", "-", "--wire"]
    planned = subprocess.run(
        command, input=json.dumps(body).encode(), stdout=subprocess.PIPE, check=True
    )
    sent = served.post(body)
    assert planned.stdout == sent.content
    plan = httpx2.post(f"{served.root}/__mock__/plan", json=body).json()
    assert "".join(frame["data"] for frame in plan["frames"]) == sent.text
    entry = served.wait("planned", "finished")
    assert [row["due_ns"] - entry["started_ns"] for row in entry["frames"]] == [
        frame["due_ns"] for frame in plan["frames"]
    ]
    assert all(row["lag_ns"] >= 0 for row in entry["frames"])


@pytest.mark.parametrize(
    ("fault", "sent", "ends"),
    [
        ("cut@3", 3, b"\n\n\r\n0\r\n\r\n"),
        ("sever@3", 3, b"\n\n\r\n"),
        ("cut@first", 0, b"\r\n\r\n0\r\n\r\n"),
        ("duplicate@3", 31, b"[DONE]\n\n\r\n0\r\n\r\n"),
        ("lose@3", 29, b"[DONE]\n\n\r\n0\r\n\r\n"),
        ("no-finish", 30, b"[DONE]\n\n\r\n0\r\n\r\n"),
    ],
)
def test_a_fault_is_on_the_wire_as_documented(
    served: Served, fault: str, sent: int, ends: bytes
) -> None:
    body = chat(f"{FAST} [[mock: fault={fault}]]", stream=True)
    answer = raw_answer(served.address, raw_request(body, "1.1", "connection: close"))
    assert answer.endswith(ends)
    assert answer.count(b'"delta":{"content":') == sent
    assert (b'"finish_reason":"stop"' in answer) == (fault in ("duplicate@3", "lose@3"))


def test_a_reset_is_a_tcp_reset(served: Served) -> None:
    body = chat(f"{FAST} [[mock: fault=reset@3]]", stream=True)
    with pytest.raises(ConnectionResetError):
        raw_answer(served.address, raw_request(body))


def test_a_refusal_has_its_status_and_headers(served: Served) -> None:
    answer = served.post(chat("refuse me [[mock: fault=refuse@request:429]]", stream=True))
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "1")
    assert served.wait("refuse me", "refused")["sent"] == 1


def test_a_fault_that_finds_no_place_is_told_in_a_header(served: Served) -> None:
    text = f"too short {FAST} [[mock: fault=cut@400 fault=lose@1 fault=stall@byte999999:1s]]"
    answer = served.post(chat(text, stream=True))
    assert answer.headers["x-mock-unplaced"] == "cut@chunk 400, stall@byte 999999"
    assert "x-mock-unplaced" not in served.post(chat(FAST, stream=True)).headers


def test_a_client_that_closes_is_noted_with_the_frame_and_the_time(served: Served) -> None:
    body = chat("closing [[mock: scenario=stall-forever first=0 gap=0]]", stream=True)
    with socket.create_connection(served.address, timeout=10) as sock:
        sock.sendall(raw_request(body))
        received = b""
        while received.count(b'"delta":{"content":') < 12:
            received += sock.recv(65_536)
        assert served.wait("closing", "running")["closed_after"] is None
        closed_ns = time.monotonic_ns()
    entry = served.wait("closing", "client_closed")
    assert (entry["sent"], entry["closed_after"]) == (13, 13)
    assert entry["ended_ns"] >= closed_ns


def test_a_reader_that_stops_is_not_buffered_for_without_bound(served: Served) -> None:
    body = chat("slow reader [[mock: tokens=60000 first=0 gap=0.001ms]]", stream=True)
    with socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.settimeout(20)
        sock.connect(served.address)
        sock.sendall(raw_request(body, "1.1", "connection: close"))
        received = bytearray(sock.recv(1))
        before = 0
        for _ in range(1_000):  # until the socket is full and nothing moves any more
            sent = served.journal("slow reader", limit=1)[0]["sent"]
            if sent == before and sent:
                break
            before = sent
        assert sent < 60_000
        while data := sock.recv(1 << 20):
            received += data
    entry = served.wait("slow reader", "finished")
    assert entry["sent"] == 60_003
    assert entry["pauses"]
    assert received.endswith(b"[DONE]\n\n\r\n0\r\n\r\n")
    assert received.count(b'"delta":{"content":') == 60_000


def test_a_reader_that_stays_away_is_cut_off_and_the_journal_says_so() -> None:
    body = chat("stuck reader [[mock: tokens=60000 first=0 gap=0.001ms]]", stream=True)
    with serving("--unread", "0.3") as mine, socket.socket() as sock:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sock.settimeout(20)
        sock.connect(mine.address)
        sock.sendall(raw_request(body))
        entry = mine.wait("stuck reader", "cut")
        assert 0 < entry["sent"] < 60_003
        assert [mark["name"] for mark in entry["marks"]] == ["last byte that was taken"]
        assert entry["closed"].startswith("cut by the mock after chunk ")
        assert "mock_openai_streams_open 0" in httpx2.get(f"{mine.root}/metrics").text
        with pytest.raises(ConnectionResetError):
            list(iter(lambda: sock.recv(1 << 20), b""))
        assert mine.post(chat("[[mock: scenario=instant]]")).status_code == 200


def test_requests_in_a_pipeline_are_answered_in_order(served: Served) -> None:
    texts_ = [
        "[[mock: scenario=hello speed=9]]",
        "[[mock: scenario=instant]]",
        "[[mock: tokens=3 first=0 gap=0]]",
    ]
    requests = [raw_request(chat(f"pipe {t}", stream=i == 0)) for i, t in enumerate(texts_)]
    models = b"GET /v1/models HTTP/1.1\r\nhost: x\r\n\r\n"
    last = raw_request(chat("last [[mock: scenario=hello speed=99]]"), "1.1", "connection: close")
    answer = raw_answer(
        served.address, b"".join([*requests, models, *requests * 100, models, last])
    )
    assert answer.count(b"HTTP/1.1 200 OK") == 306
    assert answer.index(b"chat.completion.chunk") < answer.index(b'"object":"chat.completion"')


def test_http_1_0_gets_a_body_without_chunks(served: Served) -> None:
    answer = raw_answer(served.address, raw_request(chat(f"old {FAST}", stream=True), "1.0"))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert b"transfer-encoding" not in head
    assert body == served.post(chat(f"old {FAST}", stream=True)).content


def test_expect_continue_is_answered_before_the_body(served: Served) -> None:
    request = raw_request(chat("[[mock: scenario=instant]]"), "1.1", "expect: 100-continue")
    head, _, body = request.partition(b"\r\n\r\n")
    with socket.create_connection(served.address, timeout=10) as sock:
        sock.sendall(head + b"\r\n\r\n")
        assert sock.recv(100) == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(body)
        assert sock.recv(100).startswith(b"HTTP/1.1 200 OK\r\n")


def test_chunks_are_told_before_the_fault(served: Served) -> None:
    sent = texts(served.post(chat(f"faulty {FAST} [[mock: fault=lose@2]]", stream=True)).text)
    entry = served.wait("faulty", "finished")
    assert entry["chunks"][:2] + entry["chunks"][3:] == sent
    assert entry["faults"] == [
        {"fault": "lose", "at": "chunk 2", "violation": "text_lost", "placed": True}
    ]


def test_sessions_see_their_own_entries(served: Served) -> None:
    served.post(chat("mine [[mock: scenario=instant]]"), **{"x-mock-session": "one"})
    url = f"{served.root}/__mock__/requests?contains=mine"
    assert len(httpx2.get(url, headers={"x-mock-session": "one"}).json()["requests"]) == 1
    assert httpx2.get(url, headers={"x-mock-session": "two"}).json()["requests"] == []


def test_admin_routes_want_the_token_when_there_is_one() -> None:
    with serving("--admin-token", "secret") as guarded:
        url = f"{guarded.root}/__mock__/scenarios"
        assert httpx2.get(url).status_code == 403
        assert httpx2.get(url, headers={"authorization": "Bearer secret"}).status_code == 200


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("workers", ["1", "2"])
def test_it_stops_cleanly_with_streams_open(number: signal.Signals, workers: str) -> None:
    with serving("--workers", workers) as stopping:
        body = chat("[[mock: scenario=stall-forever first=0 gap=0]]", stream=True)
        with socket.create_connection(stopping.address, timeout=10) as sock:
            sock.sendall(raw_request(body))
            assert sock.recv(10)
            stopping.process.send_signal(number)
            assert stopping.process.wait(60) == 0  # by itself, with an answer that never ends


def test_workers_give_the_same_bytes(served: Served) -> None:
    body = chat(f"work {FAST}", stream=True)
    with serving("--workers", "2") as many:
        answers = {many.post(body).content for _ in range(20)}
    assert answers == {served.post(body).content}


async def test_the_official_async_client_stops_a_stream(served: Served) -> None:
    async with AsyncOpenAI(base_url=served.url, api_key="x") as official:
        stream = await official.chat.completions.create(
            model="gpt-4o", messages=[said("stopping [[mock: scenario=lorem]]")], stream=True
        )
        async for _ in stream:
            break
        await stream.close()
    assert (await asyncio.to_thread(served.wait, "stopping", "client_closed"))["closed_after"] < 800


def test_the_metrics_tell_the_lag(served: Served) -> None:
    served.post(chat(FAST))
    assert (
        'mock_openai_write_lag_seconds{quantile="p99"}' in httpx2.get(f"{served.root}/metrics").text
    )
