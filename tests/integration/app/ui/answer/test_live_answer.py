"""An answer that is looked at, in real time."""

import asyncio

from tests.unit.app.ui.answer.test_live_answer import Gated, texts
from tests.unit.app.ui.chat.telling_of import telling_of
from tokentape.ui.answer.live_answer import PaneSubscription


async def test_every_look_sees_the_whole_whenever_it_came() -> None:
    gated = Gated()
    telling = telling_of(gated).begin()
    first = asyncio.create_task(texts(telling, PaneSubscription()))
    await asyncio.sleep(0)
    second = asyncio.create_task(texts(telling, PaneSubscription()))
    await asyncio.sleep(0)
    gated.gate.set()
    assert (await first)[-1] == (await second)[-1] == "One two."
    assert (await texts(telling, PaneSubscription())) == ["One two."]


async def test_what_is_looked_at_is_not_let_go() -> None:
    gated = Gated()
    telling = telling_of(gated, unseen_s=0.01).begin()
    seen = asyncio.create_task(texts(telling, PaneSubscription()))
    # One that began later, and that nobody looks at, has been let go by then.
    await telling_of(Gated(), unseen_s=0.01).begin().ended()
    gated.gate.set()
    assert (await seen)[-1] == "One two."
