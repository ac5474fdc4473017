"""Channel values: what comes in pieces, put together for each key and held against what repeats it
whole. Pure."""

import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from tokentape.contract.contract import Contract, Json, pick
from tokentape.contract.integrity import Difference
from tokentape.contract.life import Channel
from tokentape.contract.life_walks import LifeWalk, Span
from tokentape.contract.order import is_end
from tokentape.contract.steps import EventStep, Key, value_at

Pieces: TypeAlias = list[tuple[int, str]]
"""Each with the place of its event."""

KeyOf: TypeAlias = Callable[[EventStep], Key | None]
"""By which key an event names one of an outer life, if it does."""
_WHOLE: Key = ()


@dataclass(slots=True)
class Value:
    """What was put together for one key."""

    pieces: list[str] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    """The event that each piece came in."""

    def join(self) -> str:
        return "".join(self.pieces)


@dataclass(frozen=True, slots=True)
class ChannelValues:
    """One channel within a span, by key, in the order in which the keys were opened."""

    channel: Channel
    walk: LifeWalk | None
    values: Mapping[Key, Value]


def values_of(contract: Contract, span: Span) -> tuple[list[ChannelValues], list[Difference]]:
    """Every channel's values, and the places where something that repeats them says other."""
    differences: list[Difference] = []
    channels = {
        channel.name: ChannelValues(
            channel, span.walks[channel.of] if channel.of else None, _opened(channel, span)
        )
        for channel in contract.channels
    }
    for step in span.steps:
        for name, path in step.kind.pieces.items():
            _add(channels[name], step, path)
        for name, path in step.kind.wholes.items():
            differences += _repeated(channels[name], step, path, _outer(channels[name], span))
        for name, path in step.kind.values.items():
            differences += _spelled(channels[name], step, path)
    return list(channels.values()), differences


def _opened(channel: Channel, span: Span) -> dict[Key, Value]:
    """In the order of opening: text of one key may come amid another's."""
    keys = span.walks[channel.of].keys if channel.of else (_WHOLE,)
    return {key: Value() for key in keys}


def _outer(values: ChannelValues, span: Span) -> KeyOf | None:
    """By which key an event names one of the life around the channel's, if there is one."""
    within = None if values.walk is None else values.walk.life.within
    return None if within is None else span.walks[within].key


def _key(values: ChannelValues, step: EventStep) -> Key | None:
    return _WHOLE if values.walk is None else values.walk.key(step)


def _add(values: ChannelValues, step: EventStep, path: str) -> None:
    piece, key = value_at(step, path), _key(values, step)
    value = None if key is None else values.values.get(key)
    if value is not None and isinstance(piece, str) and piece:
        value.pieces.append(piece)
        value.places.append(step.index)


def _repeated(
    values: ChannelValues, step: EventStep, path: str, outer: KeyOf | None
) -> Iterator[Difference]:
    if "{" in path:
        # An event of an outer life repeats the values within that one alone.
        prefix = outer(step) if outer is not None else None
        for key, value in values.values.items():
            if value.pieces and (prefix is None or key[: len(prefix)] == prefix):
                repeated = pick(step.payload, path.format(*key))
                yield from _unlike(values, key, step, path.format(*key), repeated, value.join())
        return
    one = _key(values, step)
    if one is not None and one in values.values:
        repeated = value_at(step, path)
        yield from _unlike(values, one, step, path, repeated, values.values[one].join())


def _unlike(
    values: ChannelValues, key: Key, step: EventStep, path: str, repeated: Json, due: str
) -> Iterator[Difference]:
    if repeated == due:
        return
    make = f"the pieces of {_name(values, key)} make {len(due)}"
    if isinstance(repeated, str):
        words = f"{path} has {len(repeated)} characters, {make}"
        words += " other ones" if len(repeated) == len(due) else ""
    else:
        words = f"{path} is no text, where {make} characters"
    yield Difference("accumulated_mismatch", step.index, words)


def _spelled(values: ChannelValues, step: EventStep, path: str) -> Iterator[Difference]:
    key = _key(values, step)
    value = values.values.get(key) if key is not None else None
    if value is None or not value.pieces or key is None:
        return
    try:
        due = json.loads(value.join())
    except ValueError:
        return  # repeated where the channel's JSON is looked at
    if due != value_at(step, path):
        words = f"{path} is another value than the pieces of {_name(values, key)} spell"
        yield Difference("accumulated_mismatch", step.index, words)


def json_differences(
    contract: Contract, span: Span, channels: Sequence[ChannelValues]
) -> Iterator[Difference]:
    """Values that are no JSON although they are whole: their key has come to rest, or the run had
    to bring it there."""
    for values in channels:
        if values.channel.json is None:
            continue
        for key, value in values.values.items():
            whole = value.pieces and (span.settled or _is_whole(values, key, span))
            problem = _json_problem(value.join(), values.channel.json) if whole else ""
            if problem and not _excused(values, key, span):
                words = f"{_name(values, key)}: {problem}"
                yield Difference("not_json", value.places[-1], words)


def _is_whole(values: ChannelValues, key: Key, span: Span) -> bool:
    """Whether nothing more is due: where a key may be left, but could go on, that is known only
    when what it lies in has come to rest."""
    walk = values.walk
    if walk is None:
        return True
    state = walk.keys[key].states[-1]
    outer = span.walks[walk.life.within] if walk.life.within is not None else None
    if outer is None or is_end(walk.life.order, state):
        return walk.rests(state)
    holder = outer.keys.get(key[: len(outer.life.key)])
    return walk.rests(state) and holder is not None and outer.rests(holder.states[-1])


def _excused(values: ChannelValues, key: Key, span: Span) -> bool:
    """By an event of the run; by one that names what the key lies in only if it is that."""
    outer = _outer(values, span)
    for path, excuses in values.channel.excused_by.items():
        for step in span.steps:
            if pick(step.payload, path) in excuses:
                named = None if outer is None else outer(step)
                if named is None or key[: len(named)] == named:
                    return True
    return False


def _json_problem(text: str, shape: str) -> str:
    try:
        value = json.loads(text)
    except ValueError as error:
        return f"{len(text)} characters that are no JSON: {error}"
    except RecursionError:
        return "JSON that is nested too deeply"
    return "" if shape == "any" or isinstance(value, dict) else "JSON, but no object"


def _name(values: ChannelValues, key: Key) -> str:
    if values.walk is None or not key:
        return f"the {values.channel.name}"
    shown = ", ".join(repr(part) for part in key if part is not None)
    return f"the {values.channel.name} of {values.walk.life.name} {shown}"


def answers_of(spans: Sequence[Sequence[ChannelValues]]) -> list[Pieces] | None:
    """The pieces of each answer with their events' places, in the order in which their keys were
    opened; `None` where no channel is the answer. One answer, where its keys are its parts.

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
        for key, value in values.values.items():
            (pieces if _known(values, key) else stray).extend(_pieces(value))
    return [_merged(pieces, sorted(stray)) if stray else pieces]


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
