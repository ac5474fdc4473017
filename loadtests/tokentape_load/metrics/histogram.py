"""Histogram: any number of durations in bounded memory, mergeable, within 0.1 % of the truth.

Pure. Log-linear as HdrHistogram is: 1024 equal buckets between one power of two and the next.

Why by hand: docs/decisions/0017-by-hand-or-by-library.md.
"""

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Self

from tokentape.contract.contract import Json

_BITS = 10
BUCKETS_MAX = 64 << _BITS
"""More than 64 bits can name."""

RESOLUTION = 1 / 2**_BITS
"""A percentile is at most this share above the value that it stands for."""


class Histogram:
    """Counts non-negative integers (here nanoseconds). Extremes, count and sum are exact."""

    def __init__(self) -> None:
        self.count = 0
        self.total = 0
        self.lowest: int | None = None
        self.highest: int | None = None
        self.buckets: dict[int, int] = {}
        """How many values there are in each of them."""

    def add(self, value: int) -> None:
        if value < 0:
            raise ValueError(f"a duration can't be negative: {value}")
        bucket = _bucket(value)
        self.buckets[bucket] = self.buckets.get(bucket, 0) + 1
        self.count += 1
        self.total += value
        self.lowest = value if self.lowest is None else min(self.lowest, value)
        self.highest = value if self.highest is None else max(self.highest, value)

    def extend(self, values: Iterable[int]) -> None:
        for value in values:
            self.add(value)

    def copy(self) -> Self:
        """The same counts, that no longer grow with these."""
        return self.from_json(self.to_json())

    def merge(self, other: "Histogram") -> None:
        """Add another's counts: the same as having counted everything here."""
        for bucket, count in other.buckets.items():
            self.buckets[bucket] = self.buckets.get(bucket, 0) + count
        self.count += other.count
        self.total += other.total
        self.lowest = min((v for v in (self.lowest, other.lowest) if v is not None), default=None)
        self.highest = max(
            (v for v in (self.highest, other.highest) if v is not None), default=None
        )

    def percentile(self, percent: float) -> int | None:
        """The nearest-rank percentile, rounded up by at most `RESOLUTION`; `None` of no values."""
        rank = max(1, math.ceil(self.count * percent / 100))
        return next((value for value, passed in self.steps() if passed >= rank), None)

    def steps(self) -> Iterator[tuple[int, int]]:
        """The distribution, rising: a value, and how many are at most as large."""
        passed = 0
        for bucket in sorted(self.buckets):
            passed += self.buckets[bucket]
            yield min(_top(bucket), self.highest or 0), passed

    @property
    def mean(self) -> float | None:
        return self.total / self.count if self.count else None

    def to_json(self) -> Json:
        return {
            "count": self.count,
            "total": self.total,
            "lowest": self.lowest,
            "highest": self.highest,
            "buckets": {str(bucket): self.buckets[bucket] for bucket in sorted(self.buckets)},
        }

    @classmethod
    def from_json(cls, value: Mapping[str, Json]) -> Self:
        histogram = cls()
        histogram.count = value["count"]
        histogram.total = value["total"]
        histogram.lowest = value["lowest"]
        histogram.highest = value["highest"]
        histogram.buckets = {int(bucket): n for bucket, n in value["buckets"].items()}
        return histogram


def _bucket(value: int) -> int:
    """Values below 2048 have a bucket each; above, the top eleven bits name it."""
    shift = max(0, value.bit_length() - _BITS - 1)
    return (shift << _BITS) + (value >> shift)


def _top(bucket: int) -> int:
    """The largest value of a bucket."""
    shift = max(0, (bucket >> _BITS) - 1)
    return ((bucket - (shift << _BITS) + 1) << shift) - 1
