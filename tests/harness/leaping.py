"""An event loop whose clock leaps from timer to timer: waiting costs nothing, and no machine is too
slow for a timeout. Only for tests whose other end lives in the same loop."""

import asyncio
import selectors
from collections.abc import Coroutine
from typing import Any, TypeVar

Result = TypeVar("Result")


class LeapingSelector(selectors.DefaultSelector):
    """Waits for nothing; counts how often the loop woke."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0
        self.wakes = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.wakes += 1
        ready = super().select(0)
        if not ready:
            self.now_s += timeout or 0
        return ready


def run_leaping(coroutine: Coroutine[Any, Any, Result]) -> tuple[Result, LeapingSelector]:
    """What it returns, and the selector of its loop."""
    selector = LeapingSelector()
    loop = asyncio.SelectorEventLoop(selector)
    loop.time = lambda: selector.now_s  # type: ignore[method-assign]  # the clock that leaps
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(coroutine), selector
