"""Scale: where a value stands along an axis, and the ticks that say so. Pure, without a unit."""

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

STEPS = (1, 2, 5, 10)
PARTS = ((1,), (1, 2, 5), tuple(range(1, 10)), tuple(n / 10 for n in range(10, 100)))
"""Where ticks may stand in a decade, from few to many."""
TIMES = (1, 2, 5, 10, 20, 30, 60, 120, 300, 600, 1_200, 1_800, 3_600, 7_200, 14_400, 21_600, 43_200)
"""Steps that a clock has, in seconds."""
LEAST = 1e-9
"""Below it there is nothing to tell apart: an axis of zeros goes up to 1."""
LABELLED_MAX = 6
"""Labels that fit along an axis on a phone."""
ROOM, LAST, LAST_ROOM = 0.17, 0.93, 0.24
"""What a label takes of an axis on a phone, and what it takes behind so much of the axis."""


@dataclass(frozen=True, slots=True)
class Tick:
    """A place along the axis, 0 to 1, and what is written there; "" where nothing is."""

    at: float
    label: str


@dataclass(frozen=True, slots=True)
class Scale:
    """Values from `low` to `high`, evenly spaced once they went through `bend`."""

    low: float
    high: float
    bend: Callable[[float], float]
    ticks: tuple[Tick, ...]

    def place(self, value: float) -> float:
        """0 at the low end, 1 at the high end; what lies beyond stands at the end."""
        low, high = self.bend(self.low), self.bend(self.high)
        at = (self.bend(min(max(value, self.low), self.high)) - low) / (high - low)
        return min(max(at, 0.0), 1.0)


def linear(highest: float, written: Callable[[float], str], steps: int = 4) -> Scale:
    """From 0 to at least `highest`, with a tick at each of about so many round steps."""
    top = highest if LEAST < highest < math.inf else 1.0
    step = _round_step(top / steps)
    count = max(1, math.ceil(top / step - 1e-9))
    return _made(
        0.0, count * step, lambda value: value, ((n * step, "") for n in range(count + 1)), written
    )


def duration(seconds: float, written: Callable[[float], str], steps: int = 5) -> Scale:
    """From 0 to where the time ends, without an empty rest; ticks at round times of day."""
    end = seconds if LEAST < seconds < math.inf else 1.0
    rounded = (step for step in TIMES if step * steps >= end)
    step = next(rounded, _round_step(end / steps))
    places = ((n * step, "") for n in range(math.floor(end / step + 1e-9) + 1))
    return _made(0.0, end, lambda value: value, places, written)


def logarithmic(lowest: float, highest: float, written: Callable[[float], str]) -> Scale:
    """Decades, with ticks at as few parts of each as still give three."""
    low = max(lowest, LEAST)
    high = max(highest, low * 1.5)
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    marks: list[float] = []
    for parts in PARTS:
        every = (float(f"{part}e{decade}") for decade in decades for part in parts)
        marks = [mark for mark in every if low <= mark <= high]
        if len(marks) >= 3:
            break
    made = _made(low, high, math.log10, ((mark, "") for mark in marks), written)
    return replace(made, ticks=tuple(_with_room(made.ticks)))


def _with_room(ticks: Iterable[Tick]) -> Iterator[Tick]:
    """Ticks that draw nearer to each other lose the labels that would run into the one before."""
    labelled = -1.0
    for tick in ticks:
        # At the end of the axis a label stands before its tick, not below it.
        room = LAST_ROOM if tick.at > LAST else ROOM
        if tick.label and tick.at - labelled < room:
            yield Tick(tick.at, "")
            continue
        labelled = tick.at if tick.label else labelled
        yield tick


TAILS = ((0.0, "0"), (50.0, "p50"), (90.0, "p90"), (99.0, "p99"), (99.9, "p99.9"))


def tail(top: float) -> Scale:
    """Percentiles up to `top`, each nine given as much room as the one before: p90, p99, p99.9."""
    high = min(max(top, 90.0), 99.999)
    places = (mark for mark in TAILS if mark[0] <= high)
    return _made(0.0, high, lambda percent: -math.log10(1 - percent / 100), places, str)


def _made(
    low: float,
    high: float,
    bend: Callable[[float], float],
    places: Iterable[tuple[float, str]],
    written: Callable[[float], str],
) -> Scale:
    bare = Scale(low, high, bend, ())
    found = list(places)
    every = math.ceil(len(found) / LABELLED_MAX)
    ticks = tuple(
        Tick(bare.place(value), (label or written(value)) if number % every == 0 else "")
        for number, (value, label) in enumerate(found)
    )
    return Scale(low, high, bend, ticks)


def _round_step(rough: float) -> float:
    size = 10.0 ** math.floor(math.log10(rough))
    return next(step * size for step in STEPS if step * size >= rough * (1 - 1e-9))
