"""When each piece of an answer was painted, on the clock that the mock's journal uses."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from playwright.async_api import Page

RECORDER = Path(__file__).with_name("painting.js").read_text(encoding="utf-8")

_EXCHANGES = 25


@dataclass(frozen=True, slots=True)
class Painting:
    """One change of the answer's text on the screen."""

    length: int
    """Characters shown, white space left out."""
    forward: bool
    """Whether the text before it is a beginning of it."""
    changed_ns: int
    painted_ns: int
    error_ns: int
    """How far off both can be, by the page's clock."""


@dataclass(frozen=True, slots=True)
class PageClock:
    """Relates a page's `performance.now()` to this host's monotonic clock."""

    origin_ns: int
    error_ns: int
    """How far off it can be."""

    def at_ns(self, now_ms: float) -> int:
        return self.origin_ns + round(now_ms * 1e6)


async def clock_of(page: Page) -> PageClock:
    """By the quickest of some exchanges, whose answer lies within its round trip."""
    quickest: PageClock | None = None
    for _ in range(_EXCHANGES):
        before_ns = time.monotonic_ns()
        now_ms = await page.evaluate("performance.now()")
        after_ns = time.monotonic_ns()
        half_ns = (after_ns - before_ns) // 2
        clock = PageClock(before_ns + half_ns - round(now_ms * 1e6), half_ns)
        if quickest is None or clock.error_ns < quickest.error_ns:
            quickest = clock
    assert quickest is not None
    return quickest


async def paintings_of(page: Page) -> Sequence[Painting]:
    """The paintings of the newest answer, in order."""
    clock = await clock_of(page)
    seen = await page.evaluate("window.paintings")
    return [
        Painting(
            one["length"],
            one["forward"],
            clock.at_ns(one["changed"]),
            clock.at_ns(one.get("painted", one["changed"])),
            clock.error_ns,
        )
        for one in seen
    ]


def painted_ns(paintings: Sequence[Painting], chunks: Sequence[str]) -> Sequence[int | None]:
    """When each chunk was first wholly on the screen; `None` for one that never was."""
    times: list[int | None] = []
    length = place = 0
    for chunk in chunks:
        length += len("".join(chunk.split()))
        while place < len(paintings) and paintings[place].length < length:
            place += 1
        times.append(paintings[place].painted_ns if place < len(paintings) else None)
    return times
