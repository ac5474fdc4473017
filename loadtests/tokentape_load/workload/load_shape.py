"""A run's shape as levels of load over time, and an open loop's schedule on it. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Literal, TypeAlias, get_args

Shape: TypeAlias = Literal["steady", "steps", "spike", "soak"]
SHAPES: tuple[str, ...] = get_args(Shape)

_STEPS = 5
_SPIKE = ((0.4, 0.2), (0.2, 1.0), (0.4, 0.2))
_SOAK = ((0.05, 0.5), (0.95, 1.0))

WORDS: dict[str, str] = {
    "steady": "all of the load from the beginning",
    "steps": f"{_STEPS} stairs of the same length, up to all of it",
    "spike": "a fifth of the load, all of it for the middle fifth of the time, a fifth again",
    "soak": "half of the load for a twentieth of the time, then all of it: for hours",
}


@dataclass(frozen=True, slots=True)
class Stage:
    """So much of the full load (0 to 1), for so long."""

    seconds: float
    level: float


def stages(shape: Shape, seconds: float) -> tuple[Stage, ...]:
    """A shape over a time."""
    if shape == "steps":
        return tuple(Stage(seconds / _STEPS, (n + 1) / _STEPS) for n in range(_STEPS))
    parts = {"steady": ((1.0, 1.0),), "spike": _SPIKE, "soak": _SOAK}[shape]
    return tuple(Stage(seconds * share, level) for share, level in parts)


def level_at(shape: Sequence[Stage], at_s: float) -> float | None:
    """The level at a time from the start, `None` when it is over."""
    for stage, end_s in zip(shape, accumulate(stage.seconds for stage in shape), strict=True):
        if at_s < end_s:
            return stage.level
    return None


@dataclass(frozen=True, slots=True)
class Schedule:
    """The starts of an open loop: at `rate` a second where the level is 1, evenly spaced.

    `share` of `shares` load generators take turns; one beyond, that joins uninvited, has none:
    all starts are shared out already. `phase` (0 to 1 of a start's distance) keeps
    several schedules from starting together.
    """

    rate: float
    shape: tuple[Stage, ...]
    share: int = 0
    shares: int = 1
    phase: float = 0.0

    def __post_init__(self) -> None:
        if not self.rate > 0:
            raise ValueError(f"a rate is more than 0 starts a second: {self.rate:g}")

    def at_s(self, number: int) -> float | None:
        """When this load generator's start `number` (from 0) is due; `None` after the last one."""
        if self.share >= self.shares:
            return None
        load_due = (number * self.shares + self.share + self.phase) / self.rate
        begun_s = 0.0
        for stage in self.shape:
            load = stage.seconds * stage.level
            if load_due < load:
                return begun_s + load_due / stage.level
            load_due -= load
            begun_s += stage.seconds
        return None

    def due_until(self, at_s: float) -> int:
        """How many starts were due before a time."""
        number, step = 0, 1 << 40
        while step:
            due_s = self.at_s(number + step - 1)
            if due_s is not None and due_s < at_s:
                number += step
            step >>= 1
        return number
