"""One fault may show in several ways at one place; it is named once, by what explains most.

Pure. A lost frame, for instance, leaves a gap in the numbers and a hole in the text: one loss.
"""

from collections.abc import Sequence

from tokentape.contract.integrity import Difference
from tokentape.contract.timeline import Malformed, Seen
from tokentape.contract.violations import NUMBER_KINDS, TEXT_KINDS, VIOLATIONS, ViolationKind


def causes(differences: Sequence[Difference], timeline: Sequence[Seen]) -> list[Difference]:
    """What remains when everything that another violation explains is left out, and what was found
    twice is told once."""
    once = list({(one.kind, one.index): one for one in reversed(differences)}.values())[::-1]
    return [one for one in once if not any(_explains(other, one, timeline) for other in once)]


def _explains(cause: Difference, effect: Difference, timeline: Sequence[Seen]) -> bool:
    if effect.kind not in VIOLATIONS[cause.kind].explains:
        return False
    if cause.kind == "failed":
        # Many close a failed stream as they close any other. Text behind the error is a fault.
        return not any(seen.text for seen in timeline[cause.index + 1 : effect.index + 1])
    return effect.index in _shows_at(cause, effect.kind, timeline)


def _shows_at(cause: Difference, effect: ViolationKind, timeline: Sequence[Seen]) -> range:
    """The events at which an effect of this kind can show."""
    if effect == "accumulated_mismatch":
        # A lost end shows in the whole text before it shows behind the last event.
        texts = [place for place in range(min(cause.index, len(timeline))) if timeline[place].text]
        return range(texts[-1] if texts else 0, len(timeline))
    if cause.kind == "seq_reordered":
        # The text parts at the first of the two that changed places, the numbers at the second.
        return range(_before(cause.index, timeline), cause.index + 2)
    place = cause.index
    while place < len(timeline) and not _can_show(effect, timeline[place]):
        place += 1
    return range(cause.index, place + 1)


def _before(index: int, timeline: Sequence[Seen]) -> int:
    """The first of the events that came too early: their numbers are higher."""
    seq = timeline[index].seq if index < len(timeline) else None
    if seq is None:
        return index
    earlier = [place for place in range(index) if (timeline[place].seq or -1) > seq]
    return min(earlier, default=index)


def _can_show(effect: ViolationKind, event: Seen) -> bool:
    if isinstance(event.payload, Malformed):
        return False
    if effect in TEXT_KINDS:
        return bool(event.text)
    if effect in NUMBER_KINDS:
        return event.seq is not None
    return True
