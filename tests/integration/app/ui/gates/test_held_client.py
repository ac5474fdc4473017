"""A held answer's own client: one a page, gone with it."""

import asyncio
from dataclasses import replace

from tests.integration.app.check.faulty import Faulty, faulty, framed
from tests.unit.app.check.speakers import SPEAKERS, numbered, some_words
from tokentape.ui.gates.held_client import HeldClients, HoldRequest

CONTRACT, SPEAK = SPEAKERS["ai-chat/sse"]
WORDS = some_words("holding", 3)


async def test_a_page_has_one_client_that_leaves_with_it() -> None:
    frames = framed(numbered(CONTRACT, SPEAK(WORDS, "completed")))
    hanging = [frames[0], replace(frames[1], wait_s=0.2), *frames[2:]]
    async with faulty(Faulty(CONTRACT, hanging, WORDS)) as server:
        wanted = HoldRequest(
            url=server.url, contract=CONTRACT, headers={}, message="Hold", directive=""
        )
        holdings = HeldClients(most=1)
        first = await holdings.start("page", wanted)
        second = await holdings.start("another", wanted)
        assert first.state == "hung up", "past the bound the oldest goes"
        assert holdings.of("page") is None
        holdings.leave("another")
        assert second.task is not None
        await asyncio.wait({second.task})
    assert (second.state, holdings.of("another")) == ("hung up", None)
