"""Telling: every look sees the whole, frames are no more than a screen shows, and what nobody
looks at is let go."""

import asyncio
from itertools import count
from typing import Any, cast

import pytest

from tests.unit.app.ui.chat.telling_of import telling_of
from tokentape.client.viewer import Viewer
from tokentape.contract.timeline import Seen, see
from tokentape.dialects.contracts import CONTRACTS
from tokentape.ui.answer.live_answer import LiveAnswer, PaneSubscription
from tokentape.ui.answer.live_answers import LiveAnswers


def chunk(text: str, seq: int = 0) -> Seen:
    payload = {"content": text, "sessionId": "s", "runId": "r", "seq": seq}
    return see(CONTRACTS["ai-chat/sse"], "", payload, at_ns=seq)


class Gated:
    """Tells one chunk, waits to be let on, and tells another."""

    def __init__(self) -> None:
        self.gate = asyncio.Event()

    async def __call__(self, telling: LiveAnswer) -> None:
        telling.view.add(chunk("One "))
        telling.changed()
        await self.gate.wait()
        telling.view.add(chunk("two.", 1))
        telling.changed()


async def texts(telling: LiveAnswer, look: PaneSubscription) -> list[str]:
    return [picture.text.whole() async for picture in telling.frames(look)]


async def test_what_came_at_once_is_one_frame() -> None:
    async def tell(telling: LiveAnswer) -> None:
        for seq in range(5):
            telling.view.add(chunk("x", seq))
            telling.changed()

    telling = telling_of(tell).begin()
    await telling.ended()
    assert await texts(telling, PaneSubscription()) == ["xxxxx"]


async def test_who_leaves_is_told_no_more_and_the_answer_goes_on() -> None:
    gated, look = Gated(), PaneSubscription()
    telling = telling_of(gated).begin()
    frames = telling.frames(look)
    assert (await anext(frames)).turn == telling.view.turn
    look.leave()
    assert [picture async for picture in frames] == []
    assert not telling.over
    gated.gate.set()
    await telling.ended()
    assert telling.view.text.whole() == "One two."


@pytest.mark.parametrize("turns", range(6))
async def test_the_last_change_is_shown_whenever_the_page_comes_back(turns: int) -> None:
    # What a judge says last is told by nobody else: the answer is over with it.
    release = asyncio.Event()

    async def tell(telling: LiveAnswer) -> None:
        telling.changed()
        await release.wait()
        telling.view.add(chunk("the verdict"))

    telling = telling_of(tell).begin()
    await asyncio.sleep(0)
    frames = telling.frames(PaneSubscription(), clock=count().__next__)
    assert (await anext(frames)).text.whole() == ""
    release.set()
    for _ in range(turns):
        await asyncio.sleep(0)
    assert [view.text.whole() async for view in frames][-1:] == ["the verdict"]


async def test_what_nobody_looks_at_is_let_go_and_not_found_again() -> None:
    tellings = LiveAnswers()
    telling = tellings.begin(telling_of(Gated(), unseen_s=0.01))
    await telling.ended()
    assert telling.abandoned
    assert tellings.find(telling.view.turn) is None


class Looker:
    """A viewer as far as stopping needs one."""

    def __init__(self, run: str | None = None) -> None:
        self.timeline = [Seen(0, "chunk", "", {}, run=run)] if run else []
        self.stopped = 0

    async def stop(self) -> None:
        self.stopped += 1


@pytest.mark.parametrize(("run", "stopped", "over"), [("run-1", 1, False), (None, 0, True)])
async def test_a_run_with_a_name_is_stopped_by_the_server_and_others_are_left(
    run: str | None, stopped: int, over: bool
) -> None:
    telling, looker = telling_of(Gated()).begin(), Looker(run)
    await asyncio.sleep(0)
    telling.viewer = cast(Viewer, cast(Any, looker))
    await telling.stop()
    assert (looker.stopped, telling.over) == (stopped, over)
    await telling.leave()


async def test_past_the_bound_the_telling_looked_at_longest_ago_is_forgotten() -> None:
    tellings = LiveAnswers(most=2)
    first, second, third = (telling_of() for _ in range(3))
    tellings.begin(first)
    tellings.begin(second)
    assert tellings.find(first.view.turn) is first
    tellings.begin(third)
    assert len(tellings) == 2
    assert tellings.find(second.view.turn) is None
    assert tellings.find(first.view.turn) is first


async def test_tellings_together_hold_a_bounded_number_of_bytes() -> None:
    async def many(telling: LiveAnswer) -> None:
        for seq in range(10):
            telling.view.add(chunk("x", seq))

    tellings = LiveAnswers(most_bytes=400)
    for _ in range(3):
        telling = tellings.begin(telling_of(many))
        await telling.ended()
    tellings.begin(telling_of())
    assert len(tellings) <= 2
