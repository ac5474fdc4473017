"""Whether the text came that was due, and the numbers without gap or repeat.

Pure. Each difference names the event at which it shows, and what kind of loss it is.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from tokentape.contract.violations import Cause, ViolationKind

MOST_DIFFERENCES = 20
"""After so many a text is beyond saying where it went wrong."""

_PROBE = 24
"""Characters that must agree before a lost or altered stretch counts as over."""

_TRIES = 8
"""Earlier places of the text from which a repetition may have begun."""

_WINDOW = 64
"""Pieces after a difference by which its explanations are weighed."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Where received pieces and expected text part. `index` counts the pieces."""

    kind: ViolationKind
    index: int
    message: str
    about: Cause = ""
    behind: int | None = None
    """Where several answers come in turns: the event with the piece before it, of the same one."""


def compare_text(expected: str, pieces: Sequence[str], *, whole: bool) -> list[Difference]:
    """What is wrong with pieces that should add up to a text; with `whole` unset, to its beginning.

    At each parting the explanation wins that makes most of what follows fit.
    """
    differences: list[Difference] = []
    place = index = 0
    while index < len(pieces) and len(differences) < MOST_DIFFERENCES:
        piece = pieces[index]
        if expected.startswith(piece, place):
            place += len(piece)
            index += 1
            continue
        best = max(
            _explain(expected, pieces, place, index),
            key=lambda one: (one.fits, whole and one.ends),
        )
        differences.append(best.difference)
        place, index = best.place, best.index
    if whole and index >= len(pieces) and place < len(expected):
        missing = expected[place:]
        differences.append(
            Difference("text_lost", len(pieces), f"the answer lacks its end: {_quote(missing)}")
        )
    return differences


@dataclass(frozen=True, slots=True)
class _Explanation:
    """What may have happened, and from where in text and pieces the comparison would go on.

    `fits` counts the received characters that it accounts for, near what it explains; `ends` says
    that text and pieces would end together.
    """

    difference: Difference
    place: int
    index: int
    fits: int
    ends: bool


def _explain(
    expected: str, pieces: Sequence[str], place: int, index: int
) -> Iterator[_Explanation]:
    piece = pieces[index]

    def explanation(
        kind: ViolationKind, message: str, *, to: int, skip: int, known: str = ""
    ) -> _Explanation:
        to = min(to, len(expected))
        # Every explanation is weighed by the same pieces, whatever it skips.
        rest = "".join(pieces[index + skip : index + _WINDOW])
        common = _common(expected, to, rest)
        return _Explanation(
            Difference(kind, index, message),
            to,
            index + skip,
            len(known) + common,
            common == len(rest) and to + common == len(expected),
        )

    if index + 1 < len(pieces) and expected.startswith(pieces[index + 1] + piece, place):
        both = pieces[index + 1] + piece
        message = f"{_quote(piece)} came before {_quote(pieces[index + 1])}"
        yield explanation("text_reordered", message, to=place + len(both), skip=2, known=both)
    for again, count in _repeats(expected, pieces, place, index):
        message = f"{_quote(again)} came twice"
        yield explanation("text_repeated", message, to=place, skip=count, known=again)
    if (next_place := _next_fit(expected, pieces, place, index)) > place:
        message = f"{_quote(expected[place:next_place])} never came"
        yield explanation("text_lost", message, to=next_place, skip=0)
    # An altered piece may have another length than what it stands for, and may stand for nothing.
    for to in (place + len(piece), _next_fit(expected, pieces, place, index + 1)):
        if to >= place:
            due = _quote(expected[place:to]) if expected[place:to] else "nothing"
            message = f"{_quote(piece)} came where {due} was due"
            yield explanation("text_altered", message, to=to, skip=1)
    # A repeated piece that the text happens to go on with is noticed at the next one only.
    before = pieces[index - 1] if index > 1 and pieces[index - 2] == pieces[index - 1] else ""
    back = place - len(before)
    if before and expected.endswith(before, 0, back) and expected.startswith(piece, back):
        rest = "".join(pieces[index : index + _WINDOW])
        common = _common(expected, back, rest)
        twice = Difference("text_repeated", index - 1, f"{_quote(before)} came twice")
        ends = common == len(rest) and back + common == len(expected)
        yield _Explanation(twice, back, index, common, ends)


def _repeats(
    expected: str, pieces: Sequence[str], place: int, index: int
) -> Iterator[tuple[str, int]]:
    """What the coming pieces say again of the text before `place`, and how many of them do."""
    start = place
    for _ in range(_TRIES if pieces[index] else 0):
        start = expected.rfind(pieces[index], 0, start + len(pieces[index]) - 1)
        if start < 0:
            return
        at, count = start, 0
        while at < place and index + count < len(pieces):
            piece = pieces[index + count]
            if not expected.startswith(piece, at):
                break
            at, count = at + len(piece), count + 1
        if at == place:
            yield expected[start:place], count


def _next_fit(expected: str, pieces: Sequence[str], place: int, index: int) -> int:
    """Where the coming pieces next stand in the text; -1 if nowhere, or if none are coming."""
    if index >= len(pieces):
        return -1
    probe = "".join(pieces[index : index + _PROBE])[:_PROBE]
    while probe:
        if (next_place := expected.find(probe, place)) >= 0:
            return next_place
        shorter = probe[: len(probe) // 2]
        probe = shorter if len(shorter) >= min(len(pieces[index]), 4) else ""
    return -1


def _common(expected: str, place: int, rest: str) -> int:
    length = min(len(rest), len(expected) - place)
    if expected.startswith(rest[:length], place):
        return length
    return next((i for i in range(length) if expected[place + i] != rest[i]), length)


_SNOWBALL, _GROWN = 3, 8
"""So many pieces, and so many characters at last, are no accident."""


def snowballs(pieces: Sequence[str]) -> bool:
    """Whether each piece begins with the whole one before it, and goes on: text so far instead of
    what is new. Of an answer whose text nobody knows."""
    if len(pieces) < _SNOWBALL or len(pieces[-1]) < _GROWN:
        return False
    return all(
        len(after) > len(before) and after.startswith(before) for before, after in pairwise(pieces)
    )


def _quote(text: str) -> str:
    return repr(text if len(text) <= 40 else f"{text[:25]}…{text[-12:]}")


def compare_seqs(seqs: Sequence[int | None], first: int = 0) -> list[Difference]:
    """What is wrong with numbers that should count up from `first`. `None` is not judged."""
    came = {seq for seq in seqs if seq is not None}
    numbers: set[int] = set()
    highest = first - 1
    differences: list[Difference] = []
    again: tuple[int, int, int] | None = None  # a run of repeated numbers: first, last, its index

    def note(kind: ViolationKind, index: int, message: str) -> None:
        if len(differences) < MOST_DIFFERENCES:
            differences.append(Difference(kind, index, message))

    for index, seq in enumerate(seqs):
        if seq is None:
            continue
        if seq in numbers:
            if again is not None and (again[1], again[2]) == (seq - 1, index - 1):
                again = again[0], seq, index
                if differences[-1].kind == "seq_duplicate":
                    message = f"seq {again[0]} to {seq} came twice"
                    differences[-1] = Difference("seq_duplicate", differences[-1].index, message)
            else:
                again = seq, seq, index
                note("seq_duplicate", index, f"seq {seq} came twice")
        elif seq < first:
            note("seq_duplicate", index, f"seq {seq} came again where {first} was due")
        elif seq < highest:
            note("seq_reordered", index, f"seq {seq} came after {highest}")
        elif not all(between in came for between in range(highest + 1, seq)):
            note("seq_gap", index, f"seq {seq} came where {highest + 1} was due")
        numbers.add(seq)
        highest = max(highest, seq)
    return differences
