"""Paired rounds: by how much one is slower than the other, with a 95 % interval. Pure.

Each round measures both, one right after the other, so that what the machine does meanwhile is done
to both. The interval is that of Student's t over the logarithms of the rounds' ratios.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean, median, stdev

MOST_RATIO = 1.03  # a row fails whose whole interval lies above
LEAST_ROUNDS = 9
# The 97.5th percentile of Student's t, by degrees of freedom from 1; beyond: the normal's.
_T = (
    12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.160,
    2.145, 2.131, 2.120, 2.110, 2.101, 2.093, 2.086, 2.080, 2.074, 2.069, 2.064, 2.060, 2.056,
    2.052, 2.048, 2.045, 2.042,
)  # fmt: skip
_NORMAL = 1.96


@dataclass(frozen=True, slots=True)
class Comparison:
    """What each round cost `before` and `now`, in the same unit: more is slower."""

    name: str
    before: Sequence[float]
    now: Sequence[float]

    def __post_init__(self) -> None:
        if len(self.before) != len(self.now) or len(self.now) < 2:
            raise ValueError("a comparison has at least two rounds, each with both costs")
        if min(*self.before, *self.now) <= 0:
            raise ValueError("a cost is more than nothing")

    @property
    def _logarithms(self) -> list[float]:
        return [math.log(n / b) for b, n in zip(self.before, self.now, strict=True)]

    @property
    def ratio(self) -> float:
        """The geometric mean of the rounds' ratios: 1.05 is five per cent slower now."""
        return math.exp(fmean(self._logarithms))

    @property
    def interval(self) -> tuple[float, float]:
        """Where the ratio lies with 95 % confidence."""
        logarithms = self._logarithms
        freedom = len(logarithms) - 1
        t = _T[freedom - 1] if freedom <= len(_T) else _NORMAL
        half = t * stdev(logarithms) / math.sqrt(len(logarithms))
        middle = fmean(logarithms)
        return math.exp(middle - half), math.exp(middle + half)

    @property
    def slower(self) -> bool:
        """Whether it is slower beyond doubt, and by more than may be."""
        return self.interval[0] > MOST_RATIO

    def render(self) -> str:
        """One line of the table."""
        low, high = self.interval
        before, now = f"{median(self.before):,.2f}", f"{median(self.now):,.2f}"
        verdict = "SLOWER" if self.slower else "ok"
        return (
            f"{self.name:<38}{before:>10}{now:>10}{self.ratio:>8.3f}"
            f"  {low:.3f}–{high:.3f}  {verdict}"
        )


HEAD = f"{'CPU time in µs':<38}{'before':>10}{'now':>10}{'ratio':>8}  {'95 %':<11}"
