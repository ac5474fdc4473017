"""What an answer weighs: bytes that grow with it and no faster, a page whose memory is bounded by
the text, and whose every task is short enough for a person who types."""

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Browser

from e2e.journal import Journal
from e2e.servers import Stack
from e2e.weight import ANSWERED_MS, NODES_MAX, Weighed, weigh

CHUNKS = 40_000
"""Twice as many as the page may have nodes."""
HEAP_MAX_BYTES = 40_000_000


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def weighed(browser: Browser, stack: Stack) -> AsyncIterator[Weighed]:
    yield await weigh(browser, stack, CHUNKS)


async def test_bytes_grow_as_the_answer_grows(weighed: Weighed) -> None:
    short, long, _ = weighed.said
    assert len(long) > 3.5 * len(short)
    assert weighed.bytes[1] <= 4.4 * weighed.bytes[0], weighed.bytes


async def test_page_stays_light_on_a_very_long_answer(weighed: Weighed, journal: Journal) -> None:
    entry = (await journal.entries(weighed.message))[0]
    assert len(entry.chunks) == CHUNKS
    assert weighed.said[-1] == entry.text, "the text stays whole"
    assert weighed.nodes <= NODES_MAX
    assert weighed.heap_bytes <= HEAP_MAX_BYTES


async def test_no_task_of_the_page_works_for_longer_than_a_person_waits(weighed: Weighed) -> None:
    """By the processor's time: what the machine does meanwhile for others is not the page's."""
    figures = weighed.figures()
    assert figures["keys"] > 30
    assert figures["tasks"] > 300
    assert figures["longest_task_ms"] <= ANSWERED_MS, figures
