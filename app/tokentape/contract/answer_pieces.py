"""The pieces of answers, in the order in which a client shows them. Pure."""

from bisect import bisect_left
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from tokentape.contract.channel_values import ChannelValues, Pieces, Value
from tokentape.contract.contract import pick
from tokentape.contract.steps import Key


def answers_of(spans: Sequence[Sequence[ChannelValues]]) -> list[Pieces] | None:
    """The pieces of each answer with their events' places, in the order of their parts: by number
    where they are numbered (`dense`), else as they were opened. `None` where no channel is the
    answer. One answer, where its keys are its parts.

    What came under a key that nobody opened stands where it came: its id is wrong, not its place.
    """
    answers = [values for channels in spans for values in channels if values.channel.answer]
    if not answers:
        return None
    if len(answers) == 1 and answers[0].channel.each and len(answers[0].values) > 1:
        return _each(answers[0])
    pieces: Pieces = []
    stray: Pieces = []
    for values in answers:
        for known, part in _parts(_answering(values)):
            (pieces if known else stray).extend(part)
    return [_merged(pieces, sorted(stray)) if stray else pieces]


def _answering(values: ChannelValues) -> ChannelValues:
    """Those that are the answer's, by what their keys began with."""
    others, walk = values.channel.answer_unless, values.walk
    if not others or walk is None:
        return values

    def answers(key: Key) -> bool:
        begun = walk.keys[key].steps[0].payload
        return not any(pick(begun, path) in named for path, named in others.items())

    return replace(values, values={key: one for key, one in values.values.items() if answers(key)})


def _parts(values: ChannelValues) -> Iterator[tuple[bool, Pieces]]:
    """What belongs together, and whether its key was opened."""
    walk = values.walk
    if walk is None or not walk.life.new_each_time:
        keys = list(values.values)
        if walk is not None and walk.life.dense:
            keys.sort(key=_by_numbers)
        yield from ((_known(values, key), _pieces(values.values[key])) for key in keys)
        return
    segments: list[tuple[int, bool, Pieces]] = []
    for key, value in values.values.items():
        known, pieces = _known(values, key), _pieces(value)
        openings = walk.keys[key].openings_in(walk.life)
        ends = [bisect_left(pieces, (place, "")) for place in openings[1:]]
        for place, (start, end) in zip(openings, pairwise((0, *ends, len(pieces))), strict=True):
            segments.append((place, known, pieces[start:end]))
    segments.sort(key=lambda part: part[0])
    yield from ((known, part) for _, known, part in segments)


def _each(values: ChannelValues) -> list[Pieces]:
    """The answers by their numbers. What came under a number that there may not be, and was not
    begun under it, is the first's."""
    walk = values.walk
    beyond = walk.beyond if walk is not None else set()
    mine = sorted((key for key in values.values if key not in beyond), key=_by_number)
    found = [_pieces(values.values[key]) for key in mine] or [[]]
    lost = [key for key in beyond if not _known(values, key)]
    stray = sorted(piece for key in lost for piece in _pieces(values.values[key]))
    return [_merged(found[0], stray), *found[1:]] if stray else found


def _by_numbers(key: Key) -> list[tuple[bool, int]]:
    """Of keys that are numbered, the order that a client shows: not that of opening."""
    return [(False, part) if isinstance(part, int) else (True, 0) for part in key]


def _by_number(key: Key) -> tuple[bool, int, str]:
    last = key[-1]
    return (True, 0, str(last)) if not isinstance(last, int) else (False, last, "")


def _known(values: ChannelValues, key: Key) -> bool:
    return values.walk is None or not values.walk.keys[key].missteps


def _pieces(value: Value) -> Pieces:
    return list(zip(value.places, value.pieces, strict=True))


def _merged(pieces: Pieces, stray: Pieces) -> Pieces:
    """Each stray one before the first piece that came after it."""
    merged: Pieces = []
    left = deque(stray)
    for piece in pieces:
        while left and left[0][0] < piece[0]:
            merged.append(left.popleft())
        merged.append(piece)
    return [*merged, *left]
