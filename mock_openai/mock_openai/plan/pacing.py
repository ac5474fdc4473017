"""When each chunk of an answer is due: offsets from the start, computed before the first byte.

Pure: it is handed its chances, and knows neither clock nor sleep.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

from mock_openai.text.random_source import RandomSource, gamma, normal
from mock_openai.text.tokenizer import Chunking

MS = 1_000_000
BY_TOKEN = Chunking()
GRAIN_NS = 1_000  # offsets are whole microseconds: libm may differ in the last bit
MOST_CACHED = 4_096  # chunks of an answer whose times are kept for the next one


@dataclass(frozen=True, slots=True)
class Load:
    """Past `knee` streams at once times grow: with each further `knee` of them by `first` times
    the first-token time and by `between` times the between-token time."""

    knee: int
    first: float = 1.0
    between: float = 1.0

    def beyond(self, streams: int) -> float:
        """How many streams there are beyond the knee, in knees."""
        return max(0, streams - self.knee) / self.knee


@dataclass(frozen=True, slots=True)
class Pace:
    """First-token and between-token times in ns, their distribution, and how text is cut.

    `cv` is the coefficient of variation of the between-token times. `speed` divides all times.
    `streams` is how many are open with this one, for `load` alone: then, and only then, the times
    depend on more than the request.
    """

    first_ns: int = 200 * MS
    between_ns: int = 20 * MS
    per_prompt_token_ns: int = 0
    jitter: str = "constant"
    cv: float = 0.3
    speed: float = 1.0
    cut: Chunking = BY_TOKEN
    frame_per_write: bool = False
    load: Load | None = None
    streams: int = 1


def _constant(chance: RandomSource, cv: float) -> float:
    return 1.0


def _uniform(chance: RandomSource, cv: float) -> float:
    half = min(1.0, cv * math.sqrt(3.0))
    return 1.0 + half * (2.0 * chance.random() - 1.0)


def _normal(chance: RandomSource, cv: float) -> float:
    return max(0.0, 1.0 + cv * normal(chance))


def _lognormal(chance: RandomSource, cv: float) -> float:
    variance = math.log(1.0 + cv * cv)
    return math.exp(math.sqrt(variance) * normal(chance) - variance / 2.0)


def _gamma(chance: RandomSource, cv: float) -> float:
    shape = 1.0 / max(cv * cv, 1e-12) if cv > 0 else 1e6
    return gamma(chance, shape) / shape


def _bursty(chance: RandomSource, cv: float) -> float:
    """Most chunks come at once with the one before; one in four waits for all of them."""
    return 4.0 if chance.random() < 0.25 else 0.0


JITTER: dict[str, Callable[[RandomSource, float], float]] = {
    "constant": _constant,
    "uniform": _uniform,
    "normal": _normal,
    "lognormal": _lognormal,
    "gamma": _gamma,
    "bursty": _bursty,
}


def offsets_ns(
    pace: Pace, chunks: int, prompt_tokens: int, chance: RandomSource
) -> tuple[int, ...]:
    """One due time for each chunk (at least one: the first token), never decreasing."""
    first = float(pace.first_ns + pace.per_prompt_token_ns * prompt_tokens)
    between = float(pace.between_ns)
    if pace.load is not None:
        beyond = pace.load.beyond(pace.streams)
        first *= 1.0 + pace.load.first * beyond
        between *= 1.0 + pace.load.between * beyond
    if pace.jitter == "constant":
        steady = _steady if chunks > MOST_CACHED else _cached_steady
        return steady(first, between, pace.speed, max(1, chunks))
    factor = JITTER[pace.jitter]
    at = first
    exact = [at]
    for _ in range(chunks - 1):
        at += between * factor(chance, pace.cv)
        exact.append(at)
    scale = pace.speed * GRAIN_NS
    return tuple([round(ns / scale) * GRAIN_NS for ns in exact])


def _steady(first: float, between: float, speed: float, chunks: int) -> tuple[int, ...]:
    scale = speed * GRAIN_NS
    return tuple([round((first + between * i) / scale) * GRAIN_NS for i in range(chunks)])


_cached_steady = lru_cache(maxsize=64)(_steady)
