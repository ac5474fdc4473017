"""Buffering: pieces of an answer that were written apart and came together, because something on
the way kept them.

Pure. Where the model's own times are known they decide; else a stated rule of thumb.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from app.contract.integrity import Difference
from app.contract.timeline import Seen

HELD_NS = 250_000_000
"""So much time between the writes of pieces that came together is nobody's scheduling noise."""

TOGETHER_NS = 2_000_000
"""Reads so near to each other count as one: a full buffer may be emptied by several writes."""

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
    if chunks and len(chunks) == len(written_ns):
        return _by_writes(timeline, started_ns, chunks, written_ns, HELD_NS + slack_ns)
    return _by_rule_of_thumb(timeline, started_ns, HELD_NS + slack_ns)


def _by_writes(
    timeline: Sequence[Seen],
    started_ns: int,
    chunks: Sequence[str],
    written_ns: Sequence[int],
    held_ns: int,
) -> Difference | None:
    ends = list(accumulate(len(chunk) for chunk in chunks))
    place, found = 0, []
    for burst in bursts(timeline, started_ns):
        first = bisect_right(ends, place)
        place += sum(len(timeline[index].text or "") for index in burst.indices)
        last = bisect_right(ends, place - 1)
        if place > ends[-1]:
            break  # more text than was scripted: said elsewhere, and the places mean nothing now
        span_ns = written_ns[last] - written_ns[first]
        if span_ns >= held_ns:
            found.append((burst, last - first + 1, span_ns))
    if not found:
        return None
    burst, count, span_ns = found[0]
    together = "one read" if len(burst.indices) > 1 else "one event"
    message = f"{count} chunks that the model wrote over {span_ns / 1e6:.0f} ms came in {together}"
    if len(found) > 1:
        message += f", and {len(found) - 1} more such"
    return Difference("buffered", burst.indices[0], message)


def _by_rule_of_thumb(timeline: Sequence[Seen], started_ns: int, held_ns: int) -> Difference | None:
    all_bursts = list(bursts(timeline, started_ns))
    pieces = sum(len(burst.indices) for burst in all_bursts)
    kept = [b for b in all_bursts if len(b.indices) >= _BURST and b.waited_ns >= held_ns]
    if pieces < _PIECES or sum(len(b.indices) for b in kept) < _MOSTLY * pieces:
        return None
    first = kept[0]
    message = (
        f"{len(first.indices)} pieces came at once after {first.waited_ns / 1e6:.0f} ms of silence"
    )
    if len(kept) > 1:
        message += f", and {len(kept) - 1} more times so"
    return Difference("buffered", first.indices[0], message)
