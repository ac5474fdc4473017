"""What of one answer came later than the model wrote it, or together although it was written
apart. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from heapq import nlargest

from tokentape.contract.buffering import HELD_NS, Hold, doubt_of, holds, violation_of
from tokentape.contract.integrity import Difference
from tokentape.contract.pieces import pieces_of
from tokentape.contract.script import Script
from tokentape.contract.timeline import Seen

LATE_NS = 50_000_000
"""Less is what every machine takes now and then."""

_LATE_MAX = 16
"""Late pieces of an answer that are remembered: the latest ones."""

_MOSTLY, _CHUNKS, _AT_ONCE_NS = 0.75, 8, 100_000_000


def holds_of(timeline: Sequence[Seen], started_ns: int, script: Script | None) -> Sequence[Hold]:
    """By the model's own times where they are known, else by the rule of thumb."""
    if script is None or not script.timed:
        return holds(timeline, started_ns)
    return holds(timeline, started_ns, script.chunks, script.written_ns, script.early_ns)


def planted_hold(
    timeline: Sequence[Seen], started_ns: int, script: Script
) -> tuple[Difference | None, Difference | None]:
    """What is sure, and else what is undecided, of pieces that the mock kept back by its own word.
    So nobody beside has to tell whether the whole server was late."""
    found = holds_of(timeline, started_ns, script)
    if sure := violation_of([replace(hold, doubt="") for hold in found if hold.certain]):
        return sure, None
    # When it kept its own pieces back, the times of its writes say nothing.
    if at_once := _at_once(timeline, started_ns, script):
        return at_once, None
    return None, doubt_of(found) or _in_parts(timeline, started_ns)


@dataclass(frozen=True, slots=True)
class Course:
    """From the model's first write of an answer to its last one, and the pieces that were the
    latest: when each was written, after when it came, and by when."""

    from_ns: int
    until_ns: int
    late_ns: tuple[tuple[int, int, int], ...]

    def late_within(self, from_ns: int, until_ns: int) -> tuple[int, int]:
        """The longest lateness within this time: as much as is sure, and at most."""
        sure = most = 0
        for written, after, at in self.late_ns:
            begun = max(written, from_ns)
            sure = max(sure, min(after, until_ns) - begun)
            most = max(most, min(at, until_ns) - begun)
        return sure, most

    def shared(self, from_ns: int, until_ns: int) -> int:
        """How much of this time there was something to be late with."""
        return min(self.until_ns, until_ns) - max(self.from_ns, from_ns)


def course_of(timeline: Sequence[Seen], script: Script | None) -> Course | None:
    """`None` where the model's times are not known."""
    if script is None or not script.timed or not timeline:
        return None
    early = script.early_ns or script.written_ns
    every = pieces_of(timeline, script.chunks, script.written_ns, early)
    late = [
        (piece.written_ns, piece.after_ns, piece.at_ns)
        for piece in every
        if piece.at_ns - piece.written_ns >= LATE_NS
    ]
    latest = nlargest(_LATE_MAX, late, key=lambda one: one[2] - one[0])
    return Course(script.written_ns[0], script.written_ns[-1], tuple(latest))


def _at_once(timeline: Sequence[Seen], started_ns: int, script: Script) -> Difference | None:
    """Most of an answer of many chunks at once after a silence, however a server split it."""
    texts = [(place, seen) for place, seen in enumerate(timeline) if seen.text]
    if not texts or len(script.chunks) < _CHUNKS:
        return None
    place, first = texts[0]
    until_ns = first.after_ns + _AT_ONCE_NS
    length = sum(len(seen.text or "") for _, seen in texts if seen.at_ns <= until_ns)
    waited_ns = first.after_ns - started_ns
    if length < _MOSTLY * len(script.text) or waited_ns < HELD_NS:
        return None
    message = f"{length} characters came at once after {waited_ns / 1e6:.0f} ms of silence"
    return Difference("buffered", place, message)


def _in_parts(timeline: Sequence[Seen], started_ns: int) -> Difference | None:
    """Who was halted meanwhile may have taken apart what came in one, after a silence."""
    first = next(((place, seen) for place, seen in enumerate(timeline) if seen.text), None)
    if first is None or first[1].at_ns - started_ns < HELD_NS:
        return None
    message = (
        "the mock kept pieces back, and somebody was halted when they came: they came in parts"
    )
    return Difference("buffered", first[0], message)
