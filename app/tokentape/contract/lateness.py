"""First tokens and silences held against their limits. Pure.

A reader that was halted knows of an event only that it came between two times. What is over the
limit by all of that span is late, what is over it by a part of the span only is undecided.
"""

from collections.abc import Iterator, Sequence
from itertools import pairwise

from tokentape.contract.integrity import Difference
from tokentape.contract.timeline import Seen
from tokentape.contract.violations import ViolationKind

NOTABLE_NS = 50_000_000
"""What every reader is late now and then; a time as it was read is taken for the time itself."""

_Found = tuple[ViolationKind, int, int, int, str]
"""The kind, the event, the time in nanoseconds at least and at most, and its words."""


def limits(
    timeline: Sequence[Seen],
    started_ns: int,
    max_first_token_ms: float | None,
    max_gap_ms: float | None,
) -> tuple[list[Difference], list[Difference]]:
    """What is surely over a limit, and what may be. `None` is no limit."""
    sure: list[Difference] = []
    unsure: list[Difference] = []
    for limit_ms, times in (
        (max_first_token_ms, _first(timeline, started_ns)),
        (max_gap_ms, _silences(timeline)),
    ):
        if limit_ms is None:
            continue
        for kind, index, least_ns, most_ns, words in times:
            if most_ns / 1e6 <= limit_ms:
                continue
            message = f"{words.format(most_ns / 1e6)}, the limit is {limit_ms:g} ms"
            if least_ns / 1e6 > limit_ms:
                sure.append(Difference(kind, index, message))
                continue
            halted = f"the reader was halted for up to {(most_ns - least_ns) / 1e6:.0f} ms of it"
            unsure.append(Difference(kind, index, f"{message}: {halted}"))
    return sure, unsure


def _first(timeline: Sequence[Seen], started_ns: int) -> Iterator[_Found]:
    for index, event in enumerate(timeline):
        if event.text:
            least_ns = max(0, _after_ns(event) - started_ns)
            words = "the first token took {:.1f} ms"
            yield "first_token_late", index, least_ns, event.at_ns - started_ns, words
            return


def _silences(timeline: Sequence[Seen]) -> Iterator[_Found]:
    """Between texts; and after the last one, between events up to the end: who waits for the end,
    with all of the text there, waits all the same."""
    texts = [index for index, seen in enumerate(timeline) if seen.text]
    end = next((index for index, seen in enumerate(timeline) if seen.end), 0)
    after = range((texts[-1] if texts else end) + 1, end + 1)
    pairs = [
        *((before, index, "a gap of {:.1f} ms") for before, index in pairwise(texts)),
        *(
            (index - 1, index, f"{_what(timeline[index])} came after {{:.1f}} ms of silence")
            for index in after
        ),
    ]
    for before, index, words in pairs:
        least_ns = max(0, _after_ns(timeline[index]) - timeline[before].at_ns)
        most_ns = timeline[index].at_ns - _after_ns(timeline[before])
        yield "stalled", index, least_ns, most_ns, words


def _after_ns(event: Seen) -> int:
    return event.after_ns if event.at_ns - event.after_ns > NOTABLE_NS else event.at_ns


def _what(event: Seen) -> str:
    name = event.kind or event.event or "an unknown frame"
    return name.replace("{", "{{").replace("}", "}}")
