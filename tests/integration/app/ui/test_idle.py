"""A page that nobody uses: what Gradio does for it, by a clock that leaps from timer to timer."""

import asyncio
import selectors

from tokentape.settings import Settings
from tokentape.ui.page import build_page

IDLE_S = 10
WAKES_MAX = 2_500
"""Two for each look. By Gradio's own clock there are more than twenty thousand."""


class Leaping(selectors.DefaultSelector):
    """Waits for nothing; counts how often the loop woke."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0
        self.wakes = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        self.now_s += timeout or 0
        self.wakes += 1
        return super().select(0)


def test_a_page_that_nobody_uses_leaves_the_processor_alone() -> None:
    selector = Leaping()
    loop = asyncio.SelectorEventLoop(selector)
    loop.time = lambda: selector.now_s  # type: ignore[method-assign]  # the clock that leaps

    async def idle() -> None:
        queue = build_page(Settings())._queue
        queue.start()  # type: ignore[no-untyped-call]  # Gradio's
        await asyncio.sleep(IDLE_S)
        queue.close()  # type: ignore[no-untyped-call]  # Gradio's

    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        runner.run(idle())
    assert selector.wakes < WAKES_MAX
