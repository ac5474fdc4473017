"""One fault may show in several ways at one place; it is named once, by what explains most.

Pure. A lost frame, for instance, leaves a gap in the numbers and a hole in the text: one loss. The
cost grows with the differences and the events, not with both at once: a hostile server makes many.
"""

import sys
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from functools import cached_property
from itertools import accumulate

from tokentape.contract.integrity import Difference
from tokentape.contract.timeline import Malformed, Seen
from tokentape.contract.violations import NUMBER_KINDS, TEXT_KINDS, VIOLATIONS, ViolationKind

_NOWHERE = sys.maxsize
"""Behind every event."""


def causes(differences: Sequence[Difference], timeline: Sequence[Seen]) -> list[Difference]:
    """What remains when everything that another violation explains is left out, and what was found
    twice is told once."""
    once = list({(one.kind, one.index): one for one in reversed(differences)}.values())[::-1]
    places = _Places(timeline)
    ranges: dict[ViolationKind, list[range]] = {one.kind: [] for one in once}
    for one in once:
        for effect in VIOLATIONS[one.kind].explains & ranges.keys():
            ranges[effect].append(places.shows_at(one, effect))
    explained = {kind: _Ranges(each) for kind, each in ranges.items()}
    return [one for one in once if not explained[one.kind].explain(one)]


class _Ranges:
    """Ranges that may lie over each other."""

    def __init__(self, ranges: Iterable[range]) -> None:
        ordered = sorted((one.start, one.stop) for one in ranges)
        self._starts = [start for start, _ in ordered]
        self._stops = list(accumulate((stop for _, stop in ordered), max))

    def explain(self, effect: Difference) -> bool:
        """Whether it is in any of them; what others said meanwhile is no part of its own answer."""
        begun = bisect_right(self._starts, effect.index)
        if effect.behind is not None and begun > bisect_right(self._starts, effect.behind):
            return True
        return begun > 0 and self._stops[begun - 1] > effect.index


class _Places:
    """Where in a timeline effects can show."""

    def __init__(self, timeline: Sequence[Seen]) -> None:
        self._timeline = timeline

    def shows_at(self, cause: Difference, effect: ViolationKind) -> range:
        """The events at which an effect of this kind can show."""
        length = len(self._timeline)
        if cause.kind == "failed":
            # Many close a failed stream as they close any other. Text behind the error is a fault.
            return range(_at(self._texts, cause.index + 1))
        if effect == "accumulated_mismatch":
            # A lost end shows in the whole text before it shows behind the last event.
            return range(self._last_text(min(cause.index, length)), length)
        if cause.kind == "seq_reordered":
            # The text parts at the first of the two that changed places, the numbers at the second.
            return range(self._before(cause.index), cause.index + 2)
        showing = self._others
        if effect in TEXT_KINDS:
            showing = self._readable_texts
        elif effect in NUMBER_KINDS:
            showing = self._numbers
        return range(cause.index, max(cause.index, min(length, _at(showing, cause.index))) + 1)

    def _last_text(self, end: int) -> int:
        """The last event with text before `end`; 0 where there is none."""
        before = bisect_right(self._text_places, end - 1)
        return self._text_places[before - 1] if before else 0

    def _before(self, index: int) -> int:
        """The first of the events that came too early: their numbers are higher."""
        seq = self._timeline[index].seq if index < len(self._timeline) else None
        return index if seq is None else min(index, bisect_right(self._highest, seq))

    @cached_property
    def _text_places(self) -> list[int]:
        return [place for place, seen in enumerate(self._timeline) if seen.text]

    @cached_property
    def _highest(self) -> list[int]:
        """The highest number up to each event."""
        return list(accumulate((seen.seq or -1 for seen in self._timeline), max))

    @cached_property
    def _texts(self) -> list[int]:
        return self._next(lambda event: bool(event.text))

    @cached_property
    def _readable_texts(self) -> list[int]:
        return self._next(lambda event: bool(event.text) and _readable(event))

    @cached_property
    def _numbers(self) -> list[int]:
        return self._next(lambda event: event.seq is not None and _readable(event))

    @cached_property
    def _others(self) -> list[int]:
        return self._next(_readable)

    def _next(self, shows: Callable[[Seen], bool]) -> list[int]:
        """For each place the first from there on that shows; `_NOWHERE` where none does."""
        found = [_NOWHERE]
        for place in range(len(self._timeline) - 1, -1, -1):
            found.append(place if shows(self._timeline[place]) else found[-1])
        return found[::-1]


def _at(following: Sequence[int], place: int) -> int:
    return following[min(max(place, 0), len(following) - 1)]


def _readable(event: Seen) -> bool:
    return not isinstance(event.payload, Malformed)
