"""Each alarm on a real loop: it rings when set, once, and who is woken looks at the clock."""

import asyncio
import gc
import time
from collections.abc import Callable
from typing import cast

import pytest

from mock_openai.playback.gc_control import GROWN, TOO_MANY, collect
from mock_openai.playback.player import Player
from mock_openai.playback.timers import LoopTimer, Timer, TimerfdTimer

MS = 1_000_000
Make = Callable[[asyncio.AbstractEventLoop, Callable[[], None]], Timer]
KINDS = (LoopTimer, TimerfdTimer)


class Rung:
    """Notes each ring; `again` is called with their number."""

    def __init__(self, make: Make, again: Callable[[int], int | None] = lambda rings: None) -> None:
        self.times_ns: list[int] = []
        self.done = asyncio.Event()
        self._again = again
        self.alarm = make(asyncio.get_running_loop(), self._ring)

    def _ring(self) -> None:
        self.times_ns.append(time.monotonic_ns())
        next_ns = self._again(len(self.times_ns))
        if next_ns is None:
            self.done.set()
        else:
            self.alarm.set(next_ns)


@pytest.mark.parametrize("make", KINDS)
@pytest.mark.parametrize("in_ns", [-5 * MS, 0, 5_000, 3 * MS])
async def test_it_rings_for_past_near_and_far(make: Make, in_ns: int) -> None:
    rung = Rung(make)
    rung.alarm.set(time.monotonic_ns() + in_ns)
    await asyncio.wait_for(rung.done.wait(), 10)
    await asyncio.sleep(0)
    assert len(rung.times_ns) == 1
    rung.alarm.close()


@pytest.mark.parametrize("make", KINDS)
async def test_setting_it_again_replaces_the_time(make: Make) -> None:
    rung = Rung(make)
    rung.alarm.set(time.monotonic_ns() + 3600 * 1000 * MS)
    rung.alarm.set(time.monotonic_ns() + MS)
    await asyncio.wait_for(rung.done.wait(), 10)
    rung.alarm.close()


@pytest.mark.parametrize("make", KINDS)
async def test_it_can_be_set_while_it_rings(make: Make) -> None:
    rung = Rung(make, lambda rings: time.monotonic_ns() + MS // 10 if rings < 20 else None)
    rung.alarm.set(time.monotonic_ns())
    await asyncio.wait_for(rung.done.wait(), 10)
    assert len(rung.times_ns) == 20
    rung.alarm.close()


@pytest.mark.parametrize("make", KINDS)
async def test_closed_it_rings_no_more(make: Make) -> None:
    rung = Rung(make)
    rung.alarm.set(time.monotonic_ns())
    rung.alarm.close()
    for _ in range(5):
        await asyncio.sleep(0)
    assert rung.times_ns == []


class Still:
    """A player as the collector sees it."""

    def __init__(self, streams: int, quiet_ns: int) -> None:
        self.streams = streams
        self._quiet_ns = quiet_ns

    def quiet_ns(self) -> int:
        return self._quiet_ns


@pytest.fixture
def looked(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    generations: list[int] = []
    monkeypatch.setattr(gc, "collect", lambda generation=2: generations.append(generation))
    return generations


@pytest.mark.parametrize(
    ("grown", "streams", "quiet_ns", "generations"),
    [
        (GROWN - 1, 0, 2**63 - 1, []),
        (GROWN, 0, 2**63 - 1, [2]),
        (GROWN, 3, 5 * MS, []),
        (GROWN, 3, 50 * MS, [0]),
        (TOO_MANY + 1, 3, 5 * MS, [0]),
    ],
)
def test_garbage_is_collected_while_nothing_is_due(
    looked: list[int],
    monkeypatch: pytest.MonkeyPatch,
    grown: int,
    streams: int,
    quiet_ns: int,
    generations: list[int],
) -> None:
    monkeypatch.setattr(gc, "get_count", lambda: (grown, 0, 0))
    collect(cast(Player, Still(streams, quiet_ns)))
    assert looked == generations
