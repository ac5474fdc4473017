"""The table of an exchange's states is what the code does: each row is walked, and nothing else."""

import asyncio
import json
import socket
from collections.abc import Callable, Mapping

import pytest

from mock_openai.endpoints import ENDPOINTS
from mock_openai.http.exchange import Exchange
from mock_openai.http.exchange_states import EXCHANGE
from mock_openai.planning.planned_answer import PlannedAnswer
from mock_openai.playback.player import Playback
from mock_openai.settings import Settings
from mock_openai.state import Mock
from tests.integration.mock_openai.conftest import chat

CHAT = ENDPOINTS["/v1/chat/completions"]
SHORT = json.dumps(chat("hi [[mock: tokens=2 first=0 gap=0]]", stream=True)).encode()
LONG = json.dumps(chat("hi [[mock: hold=1]]", stream=True)).encode()


class Walked(Exchange):
    """One that remembers its moves."""

    moves: list[tuple[str, str]]

    def _move(self, happening: str) -> None:
        self.moves = [*getattr(self, "moves", ()), (self.state, happening)]
        super()._move(happening)


Course = Callable[[Walked], None]


def plain(exchange: Walked) -> None:
    exchange.start_turn()
    exchange.feed(SHORT)
    exchange.complete()


def pipelined(exchange: Walked) -> None:
    exchange.feed(SHORT)
    exchange.complete()
    exchange.start_turn()


def refused(exchange: Walked) -> None:
    exchange.start_turn()
    exchange.feed(b"{")
    exchange.complete()


def too_large(exchange: Walked) -> None:
    exchange.start_turn()
    exchange.feed(b" " * 2_000)
    exchange.feed(b" ")  # what comes after a refusal is not read
    exchange.complete()


def gone_while_it_asks(exchange: Walked) -> None:
    exchange.start_turn()
    exchange.feed(SHORT[:9])
    exchange.client_gone()
    exchange.complete()


def gone_while_it_listens(exchange: Walked) -> None:
    exchange.start_turn()
    exchange.feed(LONG)
    exchange.complete()
    exchange.client_gone()
    exchange.end_early()


def cancelled(exchange: Walked) -> None:
    exchange.start_turn()
    exchange.feed(LONG)
    exchange.complete()
    exchange.end_early()
    exchange.end_early()
    exchange.client_gone()  # of an answer that is whole


BEGUN = [("opened", "turn"), ("receiving", "whole"), ("answering", "played")]
COURSES: dict[str, tuple[Course, list[tuple[str, str]]]] = {
    "plain": (plain, [*BEGUN, ("playing", "end")]),
    "pipelined": (
        pipelined,
        [("opened", "whole"), ("ready", "turn"), BEGUN[2], ("playing", "end")],
    ),
    "refused": (refused, [*BEGUN[:2], ("answering", "refused")]),
    "too large": (too_large, [BEGUN[0], ("receiving", "refused")]),
    "gone while it asks": (gone_while_it_asks, [BEGUN[0], ("receiving", "gone")]),
    "gone while it listens": (gone_while_it_listens, [*BEGUN, ("playing", "gone")]),
    "cancelled": (cancelled, [*BEGUN, ("playing", "cancelled")]),
    "broken": (plain, [*BEGUN, ("playing", "broken")]),
}


async def walk(course: Course) -> Walked:
    """An exchange on a socket, after this course and until its answer has ended."""
    mock = Mock(Settings(largest_body=1_000), asyncio.get_running_loop())
    ours, theirs = socket.socketpair()
    transport, _ = await asyncio.get_running_loop().create_connection(asyncio.Protocol, sock=ours)

    def plan_of(headers: Mapping[str, str], body: bytes) -> PlannedAnswer:
        return mock.plan(CHAT, headers, body)

    ended = asyncio.Event()
    exchange = Walked(
        mock, CHAT, plan_of, transport, [], [], ended.set,
        http_1_1=True, keep_alive=True, expects_continue=False,
    )  # fmt: skip
    course(exchange)
    if exchange.state == "playing":
        await ended.wait()
    mock.close()
    theirs.close()
    transport.close()
    return exchange


@pytest.mark.parametrize("name", COURSES)
def test_an_exchange_moves_as_its_table_says(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(*_: object, **__: object) -> None:
        raise RuntimeError("a bug")

    if name == "broken":
        monkeypatch.setattr(Playback, "start", breaks)
    course, moves = COURSES[name]
    exchange = asyncio.run(walk(course))
    assert exchange.moves == moves
    assert EXCHANGE[exchange.state] == {}


def test_the_courses_walk_every_row() -> None:
    walked = {move for _, moves in COURSES.values() for move in moves}
    assert walked == {(state, event) for state, exits in EXCHANGE.items() for event in exits}


def test_what_the_table_has_no_place_for_can_not_happen() -> None:
    with pytest.raises(KeyError):
        EXCHANGE["done"]["end"]
