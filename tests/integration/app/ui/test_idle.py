"""A page that nobody uses: what Gradio does for it, by a clock that leaps from timer to timer."""

import asyncio

from tests.harness.leaping import run_leaping
from tokentape.settings import Settings
from tokentape.ui.page import build_page

IDLE_S = 10
WAKES_MAX = 2_500
"""Two for each look. By Gradio's own clock there are more than twenty thousand."""


def test_a_page_that_nobody_uses_leaves_the_processor_alone() -> None:
    async def idle() -> None:
        queue = build_page(Settings())._queue
        queue.start()  # type: ignore[no-untyped-call]  # Gradio's
        await asyncio.sleep(IDLE_S)
        queue.close()  # type: ignore[no-untyped-call]  # Gradio's

    _, selector = run_leaping(idle())
    assert selector.wakes < WAKES_MAX
