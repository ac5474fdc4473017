"""A run: what it leaves behind when it has ended."""

import gc
import weakref

import pytest

from tokentape.metrics import Metrics
from tokentape.runs.events import Terminal
from tokentape.runs.memory_tape import MemoryTapes
from tokentape.runs.run import Outlook, Run
from tokentape.runs.tape import Label
from tokentape.runs.upstream import OnTexts

LABEL = Label("r", "ai-chat", "c", None, "m", "gpt-4")


class Short:
    """An answer of one text."""

    finish_reason, total_tokens, prompt_tokens, model = "stop", 1, 0, "gpt-4"

    async def read(self, take: OnTexts) -> None:
        await take(["a"], 1)


async def forget(_text: str, _terminal: Terminal) -> None:
    """Stores nothing."""


@pytest.mark.parametrize("left", ["before the end", "after the end"])
async def test_an_ended_run_is_let_go_with_its_last_viewer(left: str) -> None:
    tapes = MemoryTapes(ttl_s=3_600, max_bytes_each=1_000, max_bytes=1_000)
    run = Run(await tapes.create(LABEL), Short(), Outlook(Metrics(), forget, 3_600, lambda _: ()))
    run.viewer_came()
    if left == "before the end":
        run.viewer_left()
    await run.produce(())
    if left == "after the end":
        run.viewer_left()
    gone = weakref.ref(run)
    del run
    gc.collect()
    assert gone() is None
    await tapes.close()
