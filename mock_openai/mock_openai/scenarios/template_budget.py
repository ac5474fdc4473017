"""The budget of one rendering: what a template may still do.

Each pass of a loop and each call is a step. Every value that is made or handed on is weighed
through and through: a list of a thousand times the same long text is as heavy as it is when written
out. Counted, not timed: what is refused is refused on every machine.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from jinja2 import Environment
from jinja2.exceptions import SecurityError
from jinja2.nodes import EvalContext
from jinja2.runtime import Context, LoopContext

LARGEST = 1_000_000  # characters of any one text, items of any one list
MOST_STEPS = 50_000  # passes of loops, and calls
MOST_WORK = 10_000_000  # characters and items that are made or handed on, all together
_ITEM = 32  # what an item of a list weighs, beside what is in it
MACHINERY = (Context, EvalContext, Environment, LoopContext)


class RenderBudget:
    """What one rendering may still do."""

    def __init__(self) -> None:
        self._steps = MOST_STEPS
        self._work = MOST_WORK

    def step(self) -> None:
        """One more pass or call. Raises SecurityError beyond the bound."""
        self._steps -= 1
        if self._steps < 0:
            raise SecurityError(f"more than {MOST_STEPS} steps")

    def spent(self) -> int:
        """What was done so far, in steps of an answer's work."""
        return 2 * (MOST_STEPS - self._steps) + (MOST_WORK - self._work) // 16

    def work(self, characters: int) -> None:
        """So much more is done beside what is made. Raises SecurityError beyond the bound."""
        self._work -= characters
        if self._work < 0:
            raise SecurityError(f"more than {MOST_WORK} characters and items")

    def carry(self, value: object) -> None:
        """A value is made or handed on. Raises SecurityError beyond the bound."""
        self._work -= weight(value, self._work)


BUDGET: ContextVar[RenderBudget] = ContextVar("budget")


@contextmanager
def rendering() -> Iterator[None]:
    """A budget for what is done inside."""
    token = BUDGET.set(RenderBudget())
    try:
        yield
    finally:
        BUDGET.reset(token)


def weight(value: object, most: int = MOST_WORK) -> int:
    """Characters and items of a value, as if it were written out. Raises SecurityError."""
    total = 0
    waiting = [value]
    while waiting:
        one = waiting.pop()
        if isinstance(one, str | bytes | range):
            total += len(one)
        elif isinstance(one, Mapping | list | tuple | set | frozenset):
            total += _ITEM * len(one)
            if total <= most:
                waiting.extend(one)
                if isinstance(one, Mapping):
                    waiting.extend(one.values())
        total += 1
        if total > most:
            raise SecurityError(f"more than {MOST_WORK} characters and items")
    return total


def checked_value(value: Any) -> Any:
    """The value, weighed. Raises SecurityError."""
    if isinstance(value, str | bytes | list | tuple | dict) and len(value) > LARGEST:
        raise SecurityError(f"larger than {LARGEST}")
    BUDGET.get().carry(value)
    return value


def checked_argument(value: Any) -> Any:
    """The value, weighed; what would come one by one is there at once. Raises SecurityError."""
    if isinstance(value, MACHINERY):
        return value
    if isinstance(value, int) and abs(value) > LARGEST:
        raise SecurityError(f"a number beyond {LARGEST}")
    if isinstance(value, Iterator):
        return list(_weighed(value))
    BUDGET.get().carry(value)
    return value


def _weighed(items: Iterable[Any]) -> Iterator[Any]:
    budget = BUDGET.get()
    for item in items:
        budget.carry((item,))
        yield item
