"""Held: what of one answer came later than the model wrote it, or together although it was written
apart. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from heapq import nlargest

from app.contract.buffering import HELD_NS, Hold, arrivals, holds, told_of
from app.contract.integrity import Difference
from app.contract.script import Script
from app.contract.timeline import Seen

LATE_NS = 50_000_000
"""Less is what every machine takes now and then."""

_LATE_MAX = 16
"""Late arrivals of an answer that are remembered: the latest ones."""

_MOSTLY, _CHUNKS, _AT_ONCE_NS = 0.75, 8, 100_000_000


def holds_of(
    timeline: Sequence[Seen], started_ns: int, script: Script | None, slack_ns: int
) -> Sequence[Hold]:
    """By the model's own times where they are known, else by the rule of thumb."""
    chunks, written = (script.chunks, script.written_ns) if script and script.timed else ((), ())
    return holds(timeline, started_ns, chunks, written, slack_ns)


def planted_hold(
    timeline: Sequence[Seen], started_ns: int, script: Script | None, slack_ns: int
) -> Difference | None:
    """What the mock kept back by its own word, and so needs no doubt about who was late."""
    if script is None:
        return None
    found = told_of(holds_of(timeline, started_ns, script, 0))
    # When it kept its own pieces back, the times of its writes say nothing.
    return found or _at_once(timeline, started_ns, script, slack_ns)


@dataclass(frozen=True, slots=True)
class Course:
    """From the model's first write of an answer to its last one, and the arrivals that were the
    latest: from the write to our read of it."""

    from_ns: int
    until_ns: int
    late_ns: tuple[tuple[int, int], ...]

    def late_within(self, from_ns: int, until_ns: int) -> int:
        """The longest lateness within this time."""
        within = (min(at, until_ns) - max(written, from_ns) for written, at in self.late_ns)
        return max(0, max(within, default=0))

    def shared(self, from_ns: int, until_ns: int) -> int:
        """How much of this time there was something to be late with."""
        return min(self.until_ns, until_ns) - max(self.from_ns, from_ns)


def course_of(timeline: Sequence[Seen], started_ns: int, script: Script | None) -> Course | None:
    """`None` where the model's times are not known."""
    if script is None or not script.timed or not timeline:
        return None
    every = arrivals(timeline, started_ns, script.chunks, script.written_ns)
    late = [(one.from_ns, one.at_ns) for one in every if one.at_ns - one.from_ns >= LATE_NS]
    latest = nlargest(_LATE_MAX, late, key=lambda span: span[1] - span[0])
    return Course(script.written_ns[0], script.written_ns[-1], tuple(latest))


def _at_once(
    timeline: Sequence[Seen], started_ns: int, script: Script, slack_ns: int
) -> Difference | None:
    """Most of an answer of many chunks at once after a silence, however a server split it."""
    texts = [(place, seen) for place, seen in enumerate(timeline) if seen.text]
    if not texts or len(script.chunks) < _CHUNKS:
        return None
    place, first = texts[0]
    until_ns = first.at_ns + _AT_ONCE_NS + slack_ns
    length = sum(len(seen.text or "") for _, seen in texts if seen.at_ns <= until_ns)
    waited_ns = first.at_ns - started_ns
    if length < _MOSTLY * len(script.text) or waited_ns < HELD_NS:
        return None
    message = f"{length} characters came at once after {waited_ns / 1e6:.0f} ms of silence"
    return Difference("buffered", place, message)
