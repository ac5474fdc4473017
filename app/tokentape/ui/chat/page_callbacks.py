"""What a page asks the server beside its stream: how far it has drawn, what it missed, rows
that it folded away, and how late its screen was."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence

import orjson

from tokentape.contract.contract import Json
from tokentape.contract.timeline import Malformed, see
from tokentape.ui.answer.answer_view import AnswerView
from tokentape.ui.answer.hop_latency import paintings_of, to_json
from tokentape.ui.answer.timeline_rows import TimelineRows
from tokentape.ui.page_state import Pages

ROWS_MAX = 1_000
SNAPSHOT_ROWS = 60
CONCLUDED_S = 20.0
"""How long a page waits for an answer to be judged before it is told of its hops."""

Aside = Callable[[Json], Awaitable[Json]]


def of_conversation(pages: Pages) -> Sequence[Aside]:
    """What `conversation.js` asks."""

    async def drawn(question: Json) -> None:
        """The page tells how much text it has drawn: its look and the characters."""
        match question:
            case [str(subscription), int(characters)] if subscription in pages.looks:
                pages.looks[subscription].pace.drawn(characters, time.monotonic())

    async def clock(_request: Json) -> float:
        """CLOCK_MONOTONIC in milliseconds, on which the mock's journal runs as well."""
        return time.monotonic_ns() / 1e6

    async def whole(question: Json) -> Json:
        """The text of a turn that the browser did not keep."""
        match question:
            case str(turn) if (live := pages.live_answers.find(turn)) is not None:
                return live.view.text.whole()
        return None

    async def painted(question: Json) -> Json:
        """The page tells when it had painted what: a turn, the characters that were there when it
        came, and pairs of characters and milliseconds of `clock`. Answered with the hops, once the
        answer was judged."""
        match question:
            case [str(turn), int(start), list(paintings)] if (
                live := pages.live_answers.find(turn)
            ) is not None:
                try:
                    async with asyncio.timeout(CONCLUDED_S):
                        await live.ended()
                except TimeoutError:
                    return []
                live.painted(paintings_of(paintings), start)
                return to_json(live.view.hops)
        return []

    return drawn, clock, painted, whole


def of_feed(pages: Pages) -> Sequence[Aside]:
    """What `feed.js` asks."""

    async def missed(question: Json) -> Json:
        """All there is of a turn, for a page that has its text up to a character."""
        match question:
            case [str(turn), int(start)] if (live := pages.live_answers.find(turn)) is not None:
                return snapshot_of(live.view, start)
        return None

    return (missed,)


def snapshot_of(view: AnswerView, start: int) -> Json:
    """What the lines of the feed up to now add up to, for a page that has `start` characters."""
    start = min(max(0, start), len(view.text))
    count = len(view.recording)
    return {
        "next": view.feed.count,
        "meta": view.meta(),
        "from": start,
        "text": view.text.after(start),
        "rows": rows_of(view, count - SNAPSHOT_ROWS, SNAPSHOT_ROWS),
        "curve": [list(point) for point in view.curve.points],
        "characters": len(view.text),
    }


def of_timeline(pages: Pages) -> Sequence[Aside]:
    """What `timeline.js` asks."""

    async def rows(question: Json) -> Json:
        """Rows of a turn from an index on, at most `ROWS_MAX`."""
        match question:
            case [str(turn), int(first), int(count)] if (
                live := pages.live_answers.find(turn)
            ) is not None:
                return rows_of(live.view, first, min(count, ROWS_MAX))
        return []

    async def frame(question: Json) -> Json:
        """One event of a turn as it came: its line of the saved timeline."""
        match question:
            case [str(turn), int(index)] if (live := pages.live_answers.find(turn)) is not None:
                lines = live.view.recording.lines(index, 1) if index >= 0 else []
                return orjson.loads(lines[0]) if lines else None
        return None

    return rows, frame


def rows_of(view: AnswerView, first: int, count: int) -> Json:
    """Rows out of the recording, as they were drawn when they came."""
    first = max(0, first)
    # The gap of the first one needs the event before it.
    lines = [orjson.loads(line) for line in view.recording.lines(max(0, first - 1), count + 1)]
    if not lines:
        return []
    rowing = TimelineRows(view.contract, 0, count=first)
    if first:
        rowing.before_ns = round(lines.pop(0)["offset_ms"] * 1e6)
    found = []
    for line in lines[:count]:
        payload = line["payload"]
        if line["kind"] is None and isinstance(payload, dict) and set(payload) == _MALFORMED:
            payload = Malformed(payload["raw"], payload["problem"])
        at_ns = round(line["offset_ms"] * 1e6)
        found.append(rowing.row(see(view.contract, line["event"], payload, at_ns=at_ns)))
    return found


_MALFORMED = {"raw", "problem"}
