"""Seeded choices, made from nothing but `random() -> [0, 1)`.

Only that one method of `random.Random` is promised to stay the same over Python versions, so
everything else is derived from it here. This module must not know where the numbers come from.

Why by hand: docs/decisions/0017-by-hand-or-by-library.md.
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol, TypeVar

T = TypeVar("T")


class RandomSource(Protocol):
    """A source of uniform numbers in [0, 1); `random.Random` is one."""

    def random(self) -> float:
        """From 0 to below 1."""


class RandomSources(Protocol):
    """Gives an independent source for each purpose, so that text never depends on jitter."""

    def __call__(self, purpose: str) -> RandomSource: ...


def pick(chance: RandomSource, items: Sequence[T]) -> T:
    """One of `items`, each as likely."""
    return items[int(chance.random() * len(items))]


def between(chance: RandomSource, low: int, high: int) -> int:
    """A whole number from `low` to `high`, both included."""
    return low + int(chance.random() * (high - low + 1))


def normal(chance: RandomSource) -> float:
    """Standard normal, by Box and Muller."""
    radius = math.sqrt(-2.0 * math.log(1.0 - chance.random()))
    return radius * math.cos(2.0 * math.pi * chance.random())


def gamma(chance: RandomSource, shape: float) -> float:
    """Gamma with scale 1, by Marsaglia and Tsang (2000)."""
    if shape < 1.0:
        return gamma(chance, shape + 1.0) * math.pow(1.0 - chance.random(), 1.0 / shape)
    d = shape - 1.0 / 3.0
    c = 1.0 / math.sqrt(9.0 * d)
    while True:
        x = normal(chance)
        v = (1.0 + c * x) ** 3
        if v > 0 and math.log(1.0 - chance.random()) < 0.5 * x * x + d - d * v + d * math.log(v):
            return d * v


def letters(chance: RandomSource, alphabet: str, length: int) -> str:
    """Two for each number that is drawn: ids are long, and every answer has some."""
    random, pairs = chance.random, _pairs(alphabet)
    many = len(pairs)
    return "".join([pairs[int(random() * many)] for _ in range((length + 1) // 2)])[:length]


@lru_cache(maxsize=8)
def _pairs(alphabet: str) -> tuple[str, ...]:
    return tuple([one + other for one in alphabet for other in alphabet])


_HEX_OF_ONE = 13  # hex digits: 52 of the 53 bits of one number


def hexes(chance: RandomSource, length: int) -> str:
    """So many hexadecimal digits."""
    draws = range((length + _HEX_OF_ONE - 1) // _HEX_OF_ONE)
    return "".join([f"{int(chance.random() * 2**52):0{_HEX_OF_ONE}x}" for _ in draws])[:length]
