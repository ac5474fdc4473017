"""When the browser paints what the mock wrote, by hop, against the mock's own ledger."""

import json
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass

import pytest_asyncio
from playwright.async_api import Browser

from app.contract.timeline import percentile
from e2e.artifacts import RESULTS
from e2e.journal import Entry, Journal
from e2e.messages import unique
from e2e.pages.chat import ChatPage
from e2e.pages.painting import RECORDER, Painting, painted_ns, paintings_of
from e2e.servers import Stack

FIGURES = RESULTS / "timing.json"

FIRST_MS, GAP_MS, TOKENS = 200, 20, 60

# The allowance: what relay, page and screen may add to what the mock's ledger says.
LAG_P50_MS = 30
LAG_P99_MS = 150
FIRST_TOKEN_MS = 300
SPAN_MS = 200
TRIES = 6
"""A busy machine is late by itself: the best of some answers tells what the stack adds."""


@dataclass(frozen=True, slots=True)
class Seen:
    """How late an answer was on the screen, in milliseconds."""

    lag_p50: float
    lag_p99: float
    first_token: float
    """From the click to the first painted text, beyond the plan."""
    span: float
    """How much longer first to last painted text took than was planned."""

    @property
    def allowed(self) -> bool:
        return (
            self.lag_p50 <= LAG_P50_MS
            and self.lag_p99 <= LAG_P99_MS
            and self.first_token <= FIRST_TOKEN_MS
            and abs(self.span) <= SPAN_MS
        )


def seen_of(entry: Entry, paintings: Sequence[Painting], asked_ns: int) -> Seen:
    at = [at_ns for at_ns in painted_ns(paintings, entry.chunks) if at_ns is not None]
    assert len(at) == len(entry.chunks), "a chunk was never painted"
    lags = [at_ns - frame.written_ns for at_ns, frame in zip(at, entry.texts, strict=True)]
    planned_ns = entry.texts[-1].due_ns - entry.texts[0].due_ns
    return Seen(
        lag_p50=(percentile(lags, 50) or 0) / 1e6,
        lag_p99=(percentile(lags, 99) or 0) / 1e6,
        first_token=(at[0] - asked_ns) / 1e6 - FIRST_MS,
        span=(at[-1] - at[0] - planned_ns) / 1e6,
    )


@pytest_asyncio.fixture(loop_scope="session")
async def plain_chat(browser: Browser, stack: Stack) -> AsyncIterator[ChatPage]:
    """The chat tab without a trace being taken, which costs as much as what it traces."""
    context = await browser.new_context()
    await context.add_init_script(RECORDER)
    chat = ChatPage(await context.new_page())
    await chat.open(stack.app.url)
    yield chat
    await context.close()


async def test_text_is_painted_when_the_plan_says_plus_the_allowance(
    plain_chat: ChatPage, journal: Journal
) -> None:
    chat = plain_chat
    tries: list[Seen] = []
    while len(tries) < TRIES and not any(seen.allowed for seen in tries):
        message = unique("Keep the time")
        asked_ns = await chat.ask(message, f"tokens={TOKENS} first={FIRST_MS}ms gap={GAP_MS}ms")
        await chat.ended()
        entry = await journal.ended(message)
        paintings = await paintings_of(chat.page)
        assert all(painting.forward for painting in paintings)
        assert all(p.painted_ns > entry.texts[0].written_ns for p in paintings)
        tries.append(seen_of(entry, paintings, asked_ns))
    RESULTS.mkdir(parents=True, exist_ok=True)
    FIGURES.write_text(json.dumps([asdict(seen) for seen in tries], indent=1))
    assert any(seen.allowed for seen in tries), tries
