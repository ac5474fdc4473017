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
    settled = any(step.kind.name in contract.closed_before for step in span.steps)
    for values in channels:
        if values.channel.json is None or _excused(values.channel, span.steps):
            continue
        for key, value in values.values.items():
            whole = value.pieces and (settled or _at_rest(values, key))
            problem = _json_problem(value.join(), values.channel.json) if whole else ""
            if problem:
                words = f"{_name(values, key)}: {problem}"
                yield Difference("not_json", value.places[-1], words)


def _at_rest(values: ChannelValues, key: Key) -> bool:
    walk = values.walk
    return walk is None or walk.rests(walk.keys[key].states[-1])


def _excused(channel: Channel, steps: Sequence[EventStep]) -> bool:
    return any(
        pick(step.payload, path) in excuses
        for path, excuses in channel.excused_by.items()
        for step in steps
    )


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


def answer_of(spans: Sequence[Sequence[ChannelValues]]) -> Pieces | None:
    """The pieces of the answer, each with its event's place, in the order in which their keys were
    opened; `None` where no channel is the answer.

    What came under a key that nobody opened stands where it came: its id is wrong, not its place.
    """
    answers = [values for channels in spans for values in channels if values.channel.answer]
    if not answers:
        return None
    pieces: Pieces = []
    stray: Pieces = []
    for values in answers:
        for key, value in values.values.items():
            known = values.walk is None or not values.walk.keys[key].missteps
            (pieces if known else stray).extend(zip(value.places, value.pieces, strict=True))
    return _merged(pieces, sorted(stray)) if stray else pieces


def _merged(pieces: Pieces, stray: Pieces) -> Pieces:
    """Each stray one before the first piece that came after it."""
    merged: Pieces = []
    left = deque(stray)
    for piece in pieces:
        while left and left[0][0] < piece[0]:
            merged.append(left.popleft())
        merged.append(piece)
    return [*merged, *left]
