"""A bound on the work of one answer. Pure.

What a caller sends decides how long its answer takes to make, and all streams share one loop. So
everything whose length a caller chooses spends steps here, and what spends too many is refused.
Steps are counted, not timed: what is refused is refused on every machine.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

MOST_WORK = 1_000_000  # steps of one answer, over all its choices; most take 0.1 to 1 µs


class TooMuchWorkError(ValueError):
    """What is asked for takes more steps than one answer may take."""


class _Work:
    __slots__ = ("left", "most")

    def __init__(self, most: int) -> None:
        self.left = self.most = most


_WORK: ContextVar[_Work | None] = ContextVar("work", default=None)


@contextmanager
def bounded_work(most: int = MOST_WORK) -> Iterator[None]:
    """At most so many steps are spent inside; within another bound, that one counts."""
    if _WORK.get() is not None:
        yield
        return
    token = _WORK.set(_Work(most))
    try:
        yield
    finally:
        _WORK.reset(token)


def spend(steps: int) -> None:
    """So many steps are taken. Raises TooMuchWorkError beyond the bound around it."""
    work = _WORK.get()
    if work is not None:
        work.left -= steps
        if work.left < 0:
            raise TooMuchWorkError(f"it takes more than {work.most:,} steps")
