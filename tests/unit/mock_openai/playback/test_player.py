"""The player on a clock, an alarm and a wire of our own: no sleeping."""

import asyncio
from collections.abc import Callable
from typing import cast

import pytest

from mock_openai.plan.plan import Ending, Frame, Plan
from mock_openai.plan.write_schedule import schedule_writes
from mock_openai.playback.ledger import Ledger
from mock_openai.playback.player import Playback, Player
from mock_openai.playback.socket_writer import SocketWriter

MS = 1_000_000


class Stage:
    """A fake clock with the alarm that goes with it, and a wire that keeps what is written."""

    def __init__(self) -> None:
        self.now_ns = 0
        self.alarm_ns: int | None = None
        self.written: list[tuple[int, bytes]] = []
        self.takes = True
        self.ended: list[Ending] = []
        loop = cast(asyncio.AbstractEventLoop, None)
        self.player = Player(loop, lambda: self.now_ns, self._alarm)

    def _alarm(self, loop: asyncio.AbstractEventLoop, ring: Callable[[], None]) -> "Stage":
        self.ring = ring
        return self

    def set(self, due_ns: int) -> None:
        self.alarm_ns = due_ns

    def close(self) -> None:
        self.alarm_ns = None

    def write(self, data: bytes) -> bool:
        self.written.append((self.now_ns, data))
        return self.takes

    def play(self, plan: Plan) -> Playback:
        schedule = schedule_writes(plan)
        ledger = Ledger(schedule.columns, self.now_ns)
        playback = Playback(
            self.player, cast(SocketWriter, self), schedule, ledger, self.ended.append
        )
        playback.start(b"H", at_once=True)
        return playback

    def run(self, late_ns: int = 0) -> None:
        """Rings until nothing is due any more, always `late_ns` after the alarm's time."""
        while self.alarm_ns is not None and not self.ended and self.takes:
            self.now_ns = max(self.now_ns, self.alarm_ns + late_ns)
            self.alarm_ns = None
            self.ring()


@pytest.fixture
def stage() -> Stage:
    return Stage()


def plan(*dues_ms: int, ending: Ending = "complete", apart: bool = False) -> Plan:
    frames = [Frame(due * MS, b"%d" % i, "content", i) for i, due in enumerate(dues_ms)]
    return Plan(tuple(frames), ending=ending, frame_per_write=apart)


def test_frames_are_written_when_they_are_due(stage: Stage) -> None:
    playback = stage.play(plan(5, 7, 7, 9))
    stage.run()
    assert stage.written == [
        (0, b"H"),
        (5 * MS, b"1\r\n0\r\n"),
        (7 * MS, b"2\r\n12\r\n"),
        (9 * MS, b"1\r\n3\r\n0\r\n\r\n"),
    ]
    assert [row[:4] for row in playback.ledger.rows()] == [
        (0, 5 * MS, 5 * MS, 0), (1, 7 * MS, 7 * MS, 0), (2, 7 * MS, 7 * MS, 0),
        (3, 9 * MS, 9 * MS, 0),
    ]  # fmt: skip
    assert stage.ended == ["complete"]


def test_lateness_does_not_add_up(stage: Stage) -> None:
    playback = stage.play(plan(*range(10, 1000, 10)))
    stage.run(late_ns=MS)
    assert {row[3] for row in playback.ledger.rows()} == {MS}


def test_a_late_write_takes_along_what_is_due(stage: Stage) -> None:
    stage.play(plan(10, 20, 30, 40))
    stage.run(late_ns=15 * MS)
    assert [data for _, data in stage.written] == [
        b"H", b"1\r\n0\r\n1\r\n1\r\n", b"1\r\n2\r\n1\r\n3\r\n0\r\n\r\n",
    ]  # fmt: skip


def test_frame_per_write_joins_nothing(stage: Stage) -> None:
    stage.play(plan(10, 10, 20, apart=True))
    stage.run(late_ns=15 * MS)
    assert [data for _, data in stage.written] == [
        b"H", b"1\r\n0\r\n", b"1\r\n1\r\n", b"1\r\n2\r\n0\r\n\r\n",
    ]  # fmt: skip


def test_what_is_due_at_once_leaves_with_the_head_in_one_write(stage: Stage) -> None:
    stage.play(plan(0, 0))
    assert stage.written == [(0, b"H2\r\n01\r\n0\r\n\r\n")]
    assert stage.ended == ["complete"]


@pytest.mark.parametrize("ending", ["sever", "reset"])
def test_a_broken_end_has_no_last_chunk(stage: Stage, ending: Ending) -> None:
    stage.play(plan(0, ending=ending))
    assert stage.written == [(0, b"H1\r\n0\r\n")]
    assert stage.ended == [ending]


def test_a_hanging_stream_never_ends(stage: Stage) -> None:
    stage.play(plan(0, ending="hang"))
    assert stage.ended == []
    assert stage.player.streams == 1


def test_a_reader_that_does_not_read_is_not_written_to(stage: Stage) -> None:
    stage.takes = False
    playback = stage.play(plan(0, 10, 20, 30))
    assert len(stage.written) == 1
    stage.now_ns = 25 * MS
    stage.takes = True
    playback.resume()
    stage.run()
    assert [data for _, data in stage.written[1:]] == [
        b"1\r\n1\r\n1\r\n2\r\n", b"1\r\n3\r\n0\r\n\r\n",
    ]  # fmt: skip
    assert playback.ledger.pauses == [(0, 25 * MS)]


def test_nothing_is_written_after_the_client_has_gone(stage: Stage) -> None:
    playback = stage.play(plan(10, 20))
    playback.stop()
    stage.run()
    assert stage.written == [(0, b"H")]
    assert stage.player.streams == 0
