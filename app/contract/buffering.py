"""Buffering: pieces of an answer that were written apart and came together, because something on
the way kept them.

Pure. Where the model's own times are known they decide; else a stated rule of thumb.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import accumulate

from app.contract.integrity import Difference
from app.contract.timeline import Seen

HELD_NS = 250_000_000
"""So much time between the writes of pieces that came together is nobody's scheduling noise."""

TOGETHER_NS = 2_000_000
"""Reads so near to each other count as one: a full buffer may be emptied by several writes."""

SPREAD = 4
"""Who lets go what they kept may be halted amid it: what was written before they began, and follows
so much faster than it was written, was kept as well."""

_BURST = 4
"""Rule of thumb: so many pieces at once, after a silence of `HELD_NS`, were kept somewhere …"""

_MOSTLY = 0.75
"""… if so large a part of the answer's pieces came like that, …"""

_PIECES = 8
"""… and if it has so many pieces that this is no accident."""

RULE_OF_THUMB = (
    f"{_BURST} pieces or more in one read after {HELD_NS // 1_000_000} ms of silence,"
    f" for {_MOSTLY:.0%} of {_PIECES} pieces or more"
)


@dataclass(frozen=True, slots=True)
class Burst:
    """Pieces of text that arrived together: their places in the timeline."""

    indices: tuple[int, ...]
    waited_ns: int
    """The silence before."""


def bursts(timeline: Sequence[Seen], started_ns: int) -> Iterator[Burst]:
    """The texts of a timeline, grouped by arrival."""
    gathered: list[int] = []
    since = last = started_ns
    for index, seen in enumerate(timeline):
        if not seen.text:
            continue
        if gathered:
            first = timeline[gathered[0]]
            together = seen.read == timeline[gathered[-1]].read
            if not together and seen.at_ns - first.at_ns > TOGETHER_NS:
                yield Burst(tuple(gathered), first.at_ns - since)
                gathered, since = [], last
        gathered.append(index)
        last = seen.at_ns
    if gathered:
        yield Burst(tuple(gathered), timeline[gathered[0]].at_ns - since)


@dataclass(frozen=True, slots=True)
class Hold:
    """Pieces that were kept for `held_ns` and then came together: the place of the first one in the
    timeline, the time from which they were kept, and the time at which they came."""

    index: int
    pieces: int
    held_ns: int
    from_ns: int
    at_ns: int
    chunks: int | None = None
    """Of the model's; `None` where they are not known."""

    @property
    def words(self) -> str:
        """What came together, and after how long, in milliseconds."""
        held_ms = self.held_ns / 1e6
        if self.chunks is None:
            return f"{self.pieces} pieces came at once after {held_ms:.0f} ms of silence"
        together = "one read" if self.pieces > 1 else "one event"
        return f"{self.chunks} chunks that the model wrote over {held_ms:.0f} ms came in {together}"


def buffered(
    timeline: Sequence[Seen],
    started_ns: int,
    chunks: Sequence[str] = (),
    written_ns: Sequence[int] = (),
    slack_ns: int = 0,
) -> Difference | None:
    """The first arrival of pieces that were kept back, `None` if none was.

    `chunks` and `written_ns` are the model's own pieces and the times of their writes, where known;
    `slack_ns` is by how much the one who looked may itself have been late.
    """
    return told_of(holds(timeline, started_ns, chunks, written_ns, slack_ns))


def told_of(found: Sequence[Hold]) -> Difference | None:
    """What is to be said of an answer's holds."""
    if not found:
        return None
    more = f", and {len(found) - 1} more such" if len(found) > 1 else ""
    return Difference("buffered", found[0].index, found[0].words + more)


def holds(
    timeline: Sequence[Seen],
    started_ns: int,
    chunks: Sequence[str] = (),
    written_ns: Sequence[int] = (),
    slack_ns: int = 0,
) -> list[Hold]:
    """Every arrival of pieces that were kept back."""
    known = bool(chunks) and len(chunks) == len(written_ns)
    if not known:
        return _by_rule_of_thumb(timeline, started_ns, HELD_NS + slack_ns)
    every = _let_go(arrivals(timeline, started_ns, chunks, written_ns))
    return [each for each in every if each.held_ns >= HELD_NS + slack_ns]


def _let_go(every: Iterable[Hold]) -> Iterator[Hold]:
    """Arrivals that followed on each other much faster than the writes did, as one."""
    whole: Hold | None = None
    came_ns = 0
    for each in every:
        until_ns = each.from_ns + each.held_ns
        if whole is not None and until_ns <= whole.at_ns:
            apart_ns = until_ns - (whole.from_ns + whole.held_ns)
            if SPREAD * (each.at_ns - came_ns) <= apart_ns:
                pieces = whole.pieces + each.pieces
                chunks = (whole.chunks or 0) + (each.chunks or 0)
                held_ns = until_ns - whole.from_ns
                whole = replace(whole, pieces=pieces, chunks=chunks, held_ns=held_ns)
                came_ns = each.at_ns
                continue
        if whole is not None:
            yield whole
        whole, came_ns = each, each.at_ns
    if whole is not None:
        yield whole


def arrivals(
    timeline: Sequence[Seen], started_ns: int, chunks: Sequence[str], written_ns: Sequence[int]
) -> Iterator[Hold]:
    """Every arrival of text, also what was kept for no time at all."""
    ends = list(accumulate(len(chunk) for chunk in chunks))
    place = 0
    for burst in bursts(timeline, started_ns):
        first = bisect_right(ends, place)
        place += sum(len(timeline[index].text or "") for index in burst.indices)
        last = bisect_right(ends, place - 1)
        if place > ends[-1]:
            return  # more text than was scripted: said elsewhere, and the places mean nothing now
        yield Hold(
            index=burst.indices[0],
            pieces=len(burst.indices),
            held_ns=written_ns[last] - written_ns[first],
            from_ns=written_ns[first],
            at_ns=timeline[burst.indices[0]].at_ns,
            chunks=last - first + 1,
        )


def _by_rule_of_thumb(timeline: Sequence[Seen], started_ns: int, held_ns: int) -> list[Hold]:
    all_bursts = list(bursts(timeline, started_ns))
    pieces = sum(len(burst.indices) for burst in all_bursts)
    kept = [b for b in all_bursts if len(b.indices) >= _BURST and b.waited_ns >= held_ns]
    if pieces < _PIECES or sum(len(b.indices) for b in kept) < _MOSTLY * pieces:
        return []
    return [
        Hold(
            index=burst.indices[0],
            pieces=len(burst.indices),
            held_ns=burst.waited_ns,
            from_ns=timeline[burst.indices[0]].at_ns - burst.waited_ns,
            at_ns=timeline[burst.indices[0]].at_ns,
        )
        for burst in kept
    ]
