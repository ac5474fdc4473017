"""Each fault at the raw socket: the bytes are exactly those of the table here, HTTP chunk by chunk.

What an answer without faults has comes from the plan; what a fault makes of it is said anew here.
"""

import json
import socket
from collections.abc import Callable
from contextlib import suppress
from itertools import pairwise
from typing import Any

import httpx2
import pytest

from tests.integration.mock_openai.conftest import Served, chat, raw_answer, raw_request

Frames = list[bytes]
ASK = "wire [[mock: scenario=unicode tokens=12 first=5ms gap=15ms]]"
OPEN, END = "open", "end"
"""How the body ends: `open` by the end of the connection, `end` by HTTP's last chunk."""


def payload(frame: bytes) -> Any:
    return json.loads(frame.removeprefix(b"data: "))


def event(payload: Any) -> bytes:
    return (
        b"data: "
        + json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode()
        + b"\n\n"
    )


def edited(at: int, edit: Callable[[bytes], bytes]) -> Callable[[Frames], Frames]:
    return lambda frames: [edit(f) if i == at else f for i, f in enumerate(frames)]


def other_index(frame: bytes) -> bytes:
    return frame.replace(b'"choices":[{"index":0', b'"choices":[{"index":7')


def other_id(frame: bytes) -> bytes:
    whole = payload(frame)
    return event({**whole, "id": whole["id"] + "-another"})


def half(frame: bytes) -> bytes:
    text = frame[6:-2]
    return b"data: " + text[: len(text) // 2] + b"\n\n"


def silent(frame: bytes) -> bytes:
    whole = payload(frame)
    whole["choices"][0]["delta"] = {}
    return event(whole)


def cut_in(frame: bytes, *places: int) -> Frames:
    bounds = (0, *places, len(frame))
    return [frame[a:b] for a, b in pairwise(bounds)]


def in_character(frame: bytes) -> Frames:
    return cut_in(frame, next(i for i, byte in enumerate(frame) if 0x80 <= byte < 0xC0))


ERROR = {
    "message": "The server had an error while processing your request.",
    "type": "server_error", "param": None, "code": "server_error",
}  # fmt: skip
# Frame 0 gives the role, chunk N is frame N + 1; then come finish and [DONE].
BODIES: dict[str, tuple[Callable[[Frames], Frames], str]] = {
    "cut@first": (lambda f: [], END),
    "cut@0": (lambda f: f[:1], END),
    "cut@5": (lambda f: f[:6], END),
    "cut@last": (lambda f: f[:-2], END),
    "cut@byte700": (lambda f: [b"".join(f)[:700]], END),
    "sever@first": (lambda f: [], OPEN),
    "sever@5": (lambda f: f[:6], OPEN),
    "sever@byte1": (lambda f: [f[0][:1]], OPEN),
    "no-finish": (lambda f: [*f[:-2], f[-1]], END),
    "no-done": (lambda f: f[:-1], END),
    "data-error@first": (lambda f: [event({"error": ERROR})], END),
    "data-error@5": (lambda f: [*f[:6], event({"error": ERROR})], END),
    "data-error@5:overloaded": (
        lambda f: [*f[:6], event({"error": {**ERROR, "code": "overloaded"}})], END
    ),
    "event-error@0": (lambda f: [f[0], b"event: error\n" + event(ERROR)], END),
    "event-error@last": (lambda f: [*f[:-2], b"event: error\n" + event(ERROR)], END),
    "duplicate@0": (lambda f: [f[0], f[1], *f[1:]], END),
    "duplicate@11": (lambda f: [*f[:13], *f[12:]], END),
    "reorder@0": (lambda f: [f[0], f[2], f[1], *f[3:]], END),
    "reorder@10": (lambda f: [*f[:11], f[12], f[11], *f[13:]], END),
    "lose@0": (lambda f: [f[0], *f[2:]], END),
    "lose@11": (lambda f: [*f[:12], *f[13:]], END),
    "lose@last": (lambda f: [*f[:12], *f[13:]], END),
    "duplicate@last": (lambda f: [*f[:13], *f[12:]], END),
    "wrong-index@0": (edited(1, other_index), END),
    "wrong-index@11": (edited(12, other_index), END),
    "wrong-id@first": (edited(0, other_id), END),
    "wrong-id@5": (edited(6, other_id), END),
    "bad-json@0": (edited(1, lambda f: f[:-3] + b"]\n\n"), END),
    "bad-json@last": (edited(13, lambda f: f[:-3] + b"]\n\n"), END),
    "truncated-json@0": (edited(1, half), END),
    "truncated-json@5": (edited(6, half), END),
    "garbage": (lambda f: [*f, b"data: garbage after the end\n\n"], END),
    "late-chunk": (lambda f: [*f, f[12]], END),
    "second-end": (lambda f: [*f, b"data: [DONE]\n\n"], END),
    "empty-delta@0": (lambda f: [f[0], silent(f[1]), *f[1:]], END),
    "empty-delta@5": (lambda f: [*f[:6], silent(f[6]), *f[6:]], END),
    "giant@5:70000": (
        edited(6, lambda f: event({**payload(f), "obfuscation": "x" * 70_000})), END
    ),
    "keep-alive@last": (lambda f: [*f[:-2], b": keep-alive\n\n", *f[-2:]], END),
    "crlf": (lambda f: [one.replace(b"\n", b"\r\n") for one in f], END),
    "crlf@11": (lambda f: [*f[:12], *(one.replace(b"\n", b"\r\n") for one in f[12:])], END),
    "split@0": (lambda f: [f[0], *cut_in(f[1], len(f[1]) // 2), *f[2:]], END),
    "split@11:4": (
        lambda f: [*f[:12], *cut_in(f[12], *(len(f[12]) * i // 4 for i in (1, 2, 3))), *f[13:]], END
    ),
    "content-type": (lambda f: f, END),
    "slow-headers:30ms": (lambda f: f, END),
    "stall@5:30ms": (lambda f: f, END),
    "stall@byte700:30ms": (lambda f: f, END),
    "join": (lambda f: f, END),
}  # fmt: skip


def planned(served: Served, text: str) -> list[bytes]:
    plan = httpx2.post(f"{served.root}/__mock__/plan", json=chat(text, stream=True)).json()
    return [frame["data"].encode() for frame in plan["frames"]]


def unchunked(body: bytes) -> tuple[Frames, str]:
    """The chunks of HTTP's chunked coding, and how it ended."""
    chunks: Frames = []
    while body:
        size, _, body = body.partition(b"\r\n")
        if size == b"0":
            assert body == b"\r\n"
            return chunks, END
        length = int(size, 16)
        assert body[length : length + 2] == b"\r\n"
        chunks.append(body[:length])
        body = body[length + 2 :]
    return chunks, OPEN


def request(served: Served, fault: str) -> tuple[bytes, bytes]:
    body = chat(f"{ASK} [[mock: fault={fault}]]", stream=True)
    answer = raw_answer(served.address, raw_request(body, "1.1", "connection: close"))
    head, _, rest = answer.partition(b"\r\n\r\n")
    return head, rest


def drained(served: Served, request: bytes, silence_s: float = 20) -> tuple[bytes, OSError | None]:
    """All that came, and what ended it; None for a clean end."""
    received = b""
    with socket.create_connection(served.address, timeout=silence_s) as sock:
        sock.sendall(request)
        try:
            while data := sock.recv(65_536):
                received += data
        except OSError as error:
            return received, error
    return received, None


@pytest.mark.parametrize("fault", BODIES)
def test_the_body_is_exactly_as_documented(served: Served, fault: str) -> None:
    makes, ending = BODIES[fault]
    _, body = request(served, fault)
    chunks, ended = unchunked(body)
    assert b"".join(chunks) == b"".join(makes(planned(served, ASK)))
    assert ended == ending


def test_pieces_of_a_frame_are_http_chunks_of_their_own(served: Served) -> None:
    frames = planned(served, ASK)
    for fault, pieces in (
        ("split@4", cut_in(frames[5], len(frames[5]) // 2)),
        ("split-utf8@4", in_character(next(f for f in frames[5:] if not f.isascii()))),
        ("stall@byte700:20ms", None),
    ):
        chunks, _ = unchunked(request(served, fault)[1])
        if pieces is None:
            assert sum(map(len, chunks[: len(chunks) - 1])) >= 700
            ends = [sum(map(len, chunks[:n])) for n in range(len(chunks))]
            assert 700 in ends
        else:
            at = chunks.index(pieces[0])
            assert chunks[at : at + len(pieces)] == pieces
            assert ("utf8" in fault) == (
                b"\xef\xbf\xbd" in pieces[0].decode(errors="replace").encode()
            )


def test_joined_frames_are_one_http_chunk_and_others_are_not(served: Served) -> None:
    frames = planned(served, ASK)
    chunks, _ = unchunked(request(served, "join@3:4")[1])
    assert b"".join(frames[4:8]) in chunks
    assert unchunked(request(served, "join")[1])[0] == [b"".join(frames)]


@pytest.mark.parametrize("place", ["first", "0", "5", "byte700"])
@pytest.mark.parametrize("fault", ["reset@{}", "cut@{}:reset"])
def test_a_reset_is_a_tcp_rst_after_exactly_what_came_before(
    served: Served, fault: str, place: str
) -> None:
    frames = planned(served, ASK)
    before = {
        "first": b"", "0": frames[0], "5": b"".join(frames[:6]), "byte700": b"".join(frames)[:700],
    }[place]  # fmt: skip
    body = chat(f"{ASK} [[mock: fault={fault.format(place)}]]", stream=True)
    received, error = drained(served, raw_request(body))
    assert isinstance(error, ConnectionResetError)
    chunks, ended = unchunked(received.partition(b"\r\n\r\n")[2])
    # What the peer had not read when the reset came is lost, as on any network.
    assert before.startswith(b"".join(chunks))
    assert ended == OPEN
    entry = served.wait("wire", "cut")
    assert sum(row["size"] for row in entry["frames"]) == len(before)


@pytest.mark.parametrize(
    "fault", ["stall@first:forever", "stall@5:forever", "stall@byte700:forever"]
)
def test_a_stall_for_ever_keeps_the_connection_open(served: Served, fault: str) -> None:
    frames = b"".join(planned(served, ASK))
    due = {"first": 0, "5": len(b"".join(planned(served, ASK)[:6])), "byte700": 700}
    before = frames[: due[fault.partition("@")[2].partition(":")[0]]]
    body = chat(f"{ASK} [[mock: fault={fault}]]", stream=True)
    received = b""
    with socket.create_connection(served.address, timeout=60) as sock:
        sock.sendall(raw_request(body))
        while not received.endswith(before[-20:] + b"\r\n" if before else b""):
            received += sock.recv(65_536)
        # What is due is there: only what must not come could come now.
        sock.settimeout(0.5)
        with suppress(TimeoutError):
            while data := sock.recv(65_536):
                received += data
            raise AssertionError("the connection was closed")
    assert b"".join(unchunked(received.partition(b"\r\n\r\n")[2])[0]) == before


@pytest.mark.parametrize(
    ("fault", "status", "headers", "beginning"),
    [
        ("refuse:429", b"429 Too Many Requests", [b"retry-after: 1"], b'{"error": {"mess'),
        ("refuse:500", b"500 Internal Server Error", [], b'{"error": {"message": "The server had'),
        ("refuse:503", b"503 Service Unavailable", [b"retry-after: 1"], b'{"error": '),
        ("refuse:529;retry-after=9;x-a=b", b"529 ", [b"retry-after: 9", b"x-a: b"], b'{"error": '),
        ("refuse:418", b"418 ", [], b'{"error": {"message": "Refused as scripted.'),
        ("html", b"502 Bad Gateway", [b"content-type: text/html"], b"<html>\r\n<head><title>502"),
        ("html:504", b"504 Gateway Timeout", [b"content-type: text/html"], b"<html>\r\n"),
    ],
)  # fmt: skip
def test_a_refusal_is_exactly_as_documented(
    served: Served, fault: str, status: bytes, headers: list[bytes], beginning: bytes
) -> None:
    head, body = request(served, fault)
    lines = head.split(b"\r\n")
    assert lines[0].startswith(b"HTTP/1.1 " + status)
    assert set(headers) <= set(lines)
    assert f"content-length: {len(body)}".encode() in lines
    assert body.startswith(beginning)


def test_a_refusal_has_the_headers_of_openais(served: Served) -> None:
    head, body = request(served, "refuse:429;code=insufficient_quota;type=insufficient_quota")
    lines = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:] if line)
    assert lines[b"x-request-id"].startswith(b"req_")
    assert lines[b"x-ratelimit-limit-requests"] == b"10000"
    assert lines[b"x-ratelimit-remaining-requests"] == b"0"
    assert b"cache-control" not in lines
    error = json.loads(body)["error"]
    assert (error["code"], error["type"], error["param"]) == (*["insufficient_quota"] * 2, None)


def test_a_wrong_content_type_is_in_the_head_alone(served: Served) -> None:
    assert b"content-type: application/json\r\n" in request(served, "content-type")[0]
    assert b"content-type: text/plain\r\n" in request(served, "content-type:text/plain")[0]


def test_slow_headers_come_before_the_body_and_not_with_it(served: Served) -> None:
    body = chat(f"{ASK} [[mock: first=200ms fault=slow-headers:100ms]]", stream=True)
    with socket.create_connection(served.address, timeout=20) as sock:
        sock.sendall(raw_request(body))
        first = sock.recv(65_536)
    assert first.startswith(b"HTTP/1.1 200 OK\r\n")
    assert first.endswith(b"\r\n\r\n")


def test_endless_headers_never_end(served: Served) -> None:
    body = chat(f"{ASK} [[mock: fault=endless-headers:5ms]]", stream=True)
    received = b""
    with socket.create_connection(served.address, timeout=20) as sock:
        sock.sendall(raw_request(body))
        while b"x-mock-endless-20: more\r\n" not in received:
            received += sock.recv(65_536)
    assert received.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"\r\n\r\n" not in received


@pytest.mark.parametrize("fault", ["cut@byte100", "sever@byte100"])
def test_an_answer_in_one_piece_is_cut_by_bytes(served: Served, fault: str) -> None:
    whole = served.post(chat(ASK)).content
    body = chat(f"{ASK} [[mock: fault={fault}]]")
    answer = raw_answer(served.address, raw_request(body, "1.1", "connection: close"))
    head, _, received = answer.partition(b"\r\n\r\n")
    assert received == whole[:100]
    announced = 100 if fault.startswith("cut") else len(whole)
    assert f"content-length: {announced}\r\n".encode() in head
