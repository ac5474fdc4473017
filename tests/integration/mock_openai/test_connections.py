"""Connections on which nothing comes, or half of something, or of which there are too many."""

import json
import socket
from collections.abc import Iterator

import pytest

from tests.integration.mock_openai.conftest import Served, chat, raw_answer, raw_request, serving

HELLO = raw_request(chat("hi [[mock: scenario=instant]]"))
HEAD, _, BODY = HELLO.partition(b"\r\n\r\n")


@pytest.fixture(scope="module")
def impatient() -> Iterator[Served]:
    with serving("--unread", "0.05") as running:
        yield running


def test_who_connects_and_says_nothing_is_let_go(impatient: Served) -> None:
    assert raw_answer(impatient.address, b"") == b""


@pytest.mark.parametrize(
    "begun",
    [b"P", HEAD[:30], HEAD + b"\r\n", HEAD + b"\r\n\r\n", HELLO[:-1]],
    ids=["a letter", "half a head", "a head without its end", "no body", "half a body"],
)
def test_a_request_that_is_never_finished_is_given_up(impatient: Served, begun: bytes) -> None:
    head, _, body = raw_answer(impatient.address, begun).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 408 ")
    assert "not finished" in json.loads(body)["error"]["message"]


def test_a_half_request_after_a_whole_one_is_given_up_too(impatient: Served) -> None:
    answer = raw_answer(impatient.address, HELLO + HELLO[:50])
    assert answer.count(b"HTTP/1.1 200 ") == 1
    assert answer.count(b"HTTP/1.1 408 ") == 1


def test_a_connection_too_many_is_refused_and_the_others_stay() -> None:
    with serving("--connections", "2") as served:
        held = [socket.create_connection(served.address, timeout=20) for _ in range(2)]
        for one in held:  # both are known to the server, not only to the kernel
            one.sendall(HELLO)
            assert one.recv(12) == b"HTTP/1.1 200"
        head, _, body = raw_answer(served.address, b"").partition(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 503 ")
        assert "More than 2 connections" in json.loads(body)["error"]["message"]
        held[0].sendall(HELLO)
        assert held[0].recv(12)
        for one in held:
            one.close()
