"""How late text is on the screen, by hop, against the mock's ledger: `python -m e2e.latency`.

Figures are of this machine at this moment: the test-suite asserts none of them, this command does.
"""

import argparse
import asyncio
import json
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx2
import orjson
from playwright.async_api import Browser, async_playwright

from e2e.artifacts import RESULTS
from e2e.browser import find, launch_arguments
from e2e.journal import Journal
from e2e.messages import unique
from e2e.pages.chat import ChatPage
from e2e.pages.painting import RECORDER, painted_ns, paintings_of
from e2e.servers import Stack, running
from tokentape.contract.timeline import percentile

FIGURES = RESULTS / "latency.json"
LIMITS_MS = {50: (20.0, 60.0), 200: (None, 120.0)}
"""Chunks a second → the most that painted − written may be, at p50 and p99; `None`: not limited."""
FIRST_TOKEN_MS, SPAN_MS = 300, 200
"""What any rate may add to the first text, and to the time from first to last."""
FIRST_MS = 300
ANSWER_S = 10


@dataclass(frozen=True, slots=True)
class Hop:
    """What one part of the way added, in milliseconds."""

    name: str
    p50_ms: float
    p99_ms: float
    max_ms: float


@dataclass(frozen=True, slots=True)
class Measured:
    """One answer at one rate."""

    rate: int
    chunks: int
    hops: tuple[Hop, ...]
    first_token_ms: float
    """From the click to the first painted text, beyond the plan."""
    span_ms: float
    """How much longer first to last painted text took than was planned."""

    @property
    def whole(self) -> Hop:
        return self.hops[-1]

    def within(self) -> bool:
        """Whether it keeps the limits of its rate; a rate without limits does."""
        p50_ms, p99_ms = LIMITS_MS.get(self.rate, (None, None))
        return (
            (p50_ms is None or self.whole.p50_ms <= p50_ms)
            and (p99_ms is None or self.whole.p99_ms <= p99_ms)
            and self.first_token_ms <= FIRST_TOKEN_MS
            and abs(self.span_ms) <= SPAN_MS
        )


async def measure(browser: Browser, stack: Stack, rate: int, seconds: float) -> Measured:
    """One answer of so many chunks a second, in a fresh page with the timeline on."""
    context = await browser.new_context(viewport={"width": 1280, "height": 860})
    try:
        await context.add_init_script(RECORDER)
        chat = ChatPage(await context.new_page())
        await chat.open(stack.app.url)
        count = round(rate * seconds)
        message = unique("Keep the time")
        asked_ns = await chat.ask(
            message, f"tokens={count} first={FIRST_MS}ms gap={1000 / rate:g}ms"
        )
        await chat.ended(seconds + 60)
        entry = await Journal(stack.mock.root).ended(message)
        paintings = await paintings_of(chat.page)
        if not all(painting.forward for painting in paintings):
            raise SystemExit("the text on the screen went backwards")
        painted = painted_ns(paintings, entry.chunks)
        written = [frame.written_ns for frame in entry.texts]
        read = await _read_ns(chat, stack)
        if None in painted or not len(painted) == len(written) == len(read):
            raise SystemExit(f"{len(written)} written, {len(read)} read, {len(painted)} painted")
        shown = [at_ns for at_ns in painted if at_ns is not None]
        planned_ns = entry.texts[-1].due_ns - entry.texts[0].due_ns
        return Measured(
            rate,
            count,
            (
                _hop("mock → app", written, read),
                _hop("app → page", read, shown),
                _hop("mock → page", written, shown),
            ),
            first_token_ms=round((shown[0] - asked_ns) / 1e6 - FIRST_MS, 1),
            span_ms=round((shown[-1] - shown[0] - planned_ns) / 1e6, 1),
        )
    finally:
        await context.close()


async def _read_ns(chat: ChatPage, stack: Stack) -> Sequence[int]:
    """When the page's viewer read each text, from the saved timeline."""
    turn = await chat.answer.get_attribute("data-turn")
    async with httpx2.AsyncClient(base_url=stack.app.root) as http:
        saved = await http.get(f"/ui/timelines/{turn}.jsonl")
    saved.raise_for_status()
    head, *lines = map(orjson.loads, saved.content.splitlines())
    return [
        head["began_ns"] + round(line["offset_ms"] * 1e6)
        for line in lines
        if line["payload"].get("content")
    ]


def _hop(name: str, before: Sequence[int], after: Sequence[int]) -> Hop:
    taken = [later - earlier for earlier, later in zip(before, after, strict=True)]
    p50, p99, most = ((percentile(taken, p) or 0) / 1e6 for p in (50, 99, 100))
    return Hop(name, round(p50, 1), round(p99, 1), round(most, 1))


async def run(rates: Sequence[int], seconds: float, times: int) -> list[Measured]:
    """Each rate so many times, told as they come."""
    chromium = await asyncio.to_thread(find)
    measured: list[Measured] = []
    with tempfile.TemporaryDirectory() as folder, running(Path(folder)) as stack:
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(
                executable_path=chromium, args=launch_arguments()
            )
            # The first answer pays for what is loaded once.
            await measure(browser, stack, 50, 1)
            for rate in rates:
                for _ in range(times):
                    measured.append(await measure(browser, stack, rate, seconds))
                    sys.stdout.write(told(measured[-1]))
            await browser.close()
    return measured


def told(one: Measured) -> str:
    """One answer in words."""
    verdict = "" if one.rate not in LIMITS_MS else ("  ok" if one.within() else "  too late")
    lines = [f"{one.rate} chunks/s, {one.chunks} chunks{verdict}"]
    lines += [
        f"  {hop.name:<12} p50 {hop.p50_ms:7.1f} ms   p99 {hop.p99_ms:7.1f} ms"
        f"   max {hop.max_ms:7.1f} ms"
        for hop in one.hops
    ]
    lines.append(f"  first token {one.first_token_ms:+.1f} ms, span {one.span_ms:+.1f} ms")
    return "\n".join(lines) + "\n"


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m e2e.latency", description=__doc__)
    parser.add_argument("--rates", type=int, nargs="+", default=list(LIMITS_MS), metavar="N")
    parser.add_argument("--seconds", type=float, default=ANSWER_S, help="length of an answer")
    parser.add_argument("--times", type=int, default=3, help="answers at each rate")
    wanted = parser.parse_args()
    measured = asyncio.run(run(wanted.rates, wanted.seconds, wanted.times))
    RESULTS.mkdir(parents=True, exist_ok=True)
    FIGURES.write_text(json.dumps([asdict(one) for one in measured], indent=1))
    return 0 if all(one.within() for one in measured) else 1


if __name__ == "__main__":
    sys.exit(main())
