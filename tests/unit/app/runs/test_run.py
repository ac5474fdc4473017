"""A run: what it leaves behind when it has ended."""

import asyncio
import gc
import weakref

import pytest

from tokentape.errors import UpstreamFault
from tokentape.metrics import Metrics
from tokentape.runs.events import (
    Aside,
    Completed,
    Event,
    Failed,
    PartEnded,
    PartStarted,
    Reasoning,
    ReasoningEnded,
    ReasoningStarted,
    Stopped,
    Terminal,
    Text,
    ToolCallEnded,
    ToolCallStarted,
)
from tokentape.runs.memory_tape import MemoryTapes
from tokentape.runs.run import Outlook, Run
from tokentape.runs.tape import Label
from tokentape.runs.upstream import OnAsides, OnTexts

LABEL = Label("r", "ai-chat", "c", None, "m", "gpt-4")


class Short:
    """An answer of one text."""

    finish_reason, total_tokens, prompt_tokens, model = "stop", 1, 0, "gpt-4"

    async def read(self, take: OnTexts, _on_asides: OnAsides | None = None) -> None:
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


class Rich(Short):
    """An answer of reasoning, a text and a call, which then ends so."""

    def __init__(self, end: type[Terminal]) -> None:
        self.end = end
        self.run: Run | None = None

    async def read(self, take: OnTexts, on_asides: OnAsides | None = None) -> None:
        if on_asides:
            await on_asides([Reasoning("hm")], 1)
        await take(["a"], 2)
        call: list[Aside] = [ToolCallStarted("c", "f")]
        if on_asides:
            await on_asides(call, 3)
        if self.end is Failed:
            raise UpstreamFault("UPSTREAM_TRUNCATED")
        if self.end is Stopped and self.run:
            self.run.stop("requested")
            await asyncio.Event().wait()


async def tape_of(end: type[Terminal], *, tells_parts: bool) -> list[Event]:
    """All that is on the tape of a rich answer."""
    tapes = MemoryTapes(ttl_s=3_600, max_bytes_each=100_000, max_bytes=100_000)
    answer = Rich(end)
    outlook = Outlook(Metrics(), forget, 3_600, lambda _: (), tells_parts)
    answer.run = run = Run(await tapes.create(LABEL), answer, outlook)
    await run.produce(())
    entries = await run.tape.read(-1, 100, 0)
    await tapes.close()
    return [entry.event for entry in entries]


SAID = [
    ReasoningStarted("m-0"),
    PartStarted("m-0", "reasoning"),
    Reasoning("hm"),
    PartEnded("m-0", "reasoning"),
    ReasoningEnded("m-0"),
    PartStarted("m", "text"),
    Text("a"),
    PartEnded("m", "text"),
    ToolCallStarted("c", "f"),
]
CLOSED: dict[type[Terminal], list[Event]] = {
    Completed: [ToolCallEnded("c")],
    Stopped: [ToolCallEnded("c", whole=False)],
    Failed: [],
}


@pytest.mark.parametrize("end", CLOSED)
async def test_parts_are_closed_before_the_end_but_not_by_a_failure(end: type[Terminal]) -> None:
    *events, last = await tape_of(end, tells_parts=True)
    assert events == [*SAID, *CLOSED[end]]
    assert isinstance(last, end)


@pytest.mark.parametrize("end", CLOSED)
async def test_a_dialect_of_text_has_text_alone_on_its_tape(end: type[Terminal]) -> None:
    text, last = await tape_of(end, tells_parts=False)
    assert text == Text("a")
    assert isinstance(last, end)
