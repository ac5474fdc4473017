"""Channel values: what comes in pieces, put together for each key and held against what repeats it
whole. Pure."""

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from typing import TypeAlias

from tokentape.contract.contract import Contract, Json, pick
from tokentape.contract.growing_text import GrowingText
from tokentape.contract.integrity import Difference
from tokentape.contract.json_texts import BLANK, begins_json, json_problem, json_value
from tokentape.contract.keyed_checks import kinds_of
from tokentape.contract.life import Channel
from tokentape.contract.life_walks import LifeWalk, Span
from tokentape.contract.order import may_follow
from tokentape.contract.same_json import same_json
from tokentape.contract.shown_value import shown
from tokentape.contract.steps import EventStep, Key, at_parts, placed, value_at

Pieces: TypeAlias = list[tuple[int, str]]
"""Each with the place of its event."""

_WHOLE: Key = ()
_PARSED_MAX = 20
"""So often the JSON of one key is read while it comes: each time costs all of it."""
_ABSENT_MAX = 20_000
"""So often values of a channel are looked for where they may be absent, and are: each event could
cost as much as there are keys, whatever it holds."""


@dataclass(slots=True)
class Value:
    """What was put together for one key."""

    pieces: list[str] = field(default_factory=list)
    places: list[int] = field(default_factory=list)
    """The event that each piece came in."""
    text: GrowingText = field(default_factory=GrowingText)
    parsed: int = 0
    """How often it was read as JSON on the way."""

    def add(self, piece: str, place: int) -> None:
        self.pieces.append(piece)
        self.places.append(place)
        self.text.add(piece)


@dataclass(slots=True)
class ChannelValues:
    """One channel within a span, by key, in the order in which the keys were opened."""

    channel: Channel
    walk: LifeWalk | None
    values: Mapping[Key, Value]
    outer: LifeWalk | None
    """The life around the channel's, if there is one."""
    filled: dict[Key, dict[Key, Value]] = field(default_factory=dict)
    """Values that have pieces, or of which an event of their key speaks, by the outer life's key,
    or together."""
    absent: int = 0
    """How often one was looked for in vain."""

    def add(self, key: Key, piece: str, place: int) -> None:
        value = self.values.get(key)
        if value is None:
            return
        if not value.pieces:
            self.fill(key, value)
        value.add(piece, place)

    def fill(self, key: Key, value: Value) -> None:
        """What repeats the values of this channel repeats this one."""
        self.filled.setdefault(self._within(key), {})[key] = value

    def _within(self, key: Key) -> Key:
        return key[: len(self.outer.life.key)] if self.outer is not None else _WHOLE

    def due(self, key: Key) -> Value | None:
        """What repeats this key's value must say."""
        return self.filled.get(self._within(key), {}).get(key)


def values_of(contract: Contract, span: Span) -> tuple[list[ChannelValues], list[Difference]]:
    """Every channel's values, and the places where something that repeats them says other."""
    differences: list[Difference] = []
    channels = {channel.name: _empty(channel, span) for channel in contract.channels}
    for step in span.steps:
        for name, path in step.kind.pieces.items():
            _add(channels[name], step, path)
        for name, path in step.kind.wholes.items():
            differences += _repeated(channels[name], step, path)
        for name, path in step.kind.values.items():
            differences += _spelled(channels[name], step, path)
    return list(channels.values()), differences


def _empty(channel: Channel, span: Span) -> ChannelValues:
    """In the order of opening: text of one key may come amid another's."""
    walk = span.walks[channel.of] if channel.of else None
    outer = span.walks[walk.life.within] if walk is not None and walk.life.within else None
    keys = walk.keys if walk is not None else (_WHOLE,)
    values = ChannelValues(channel, walk, {key: Value() for key in keys}, outer)
    name = channel.name
    for key, one in walk.keys.items() if walk is not None else ():
        # The others of its life may have channels of their own.
        if any(name in step.kind.pieces or name in step.kind.wholes for step in one.steps):
            values.fill(key, values.values[key])
    return values


def _key(values: ChannelValues, step: EventStep) -> Key | None:
    return _WHOLE if values.walk is None else values.walk.key(step)


def _add(values: ChannelValues, step: EventStep, path: str) -> None:
    piece, key = value_at(step, path), _key(values, step)
    if key is not None and isinstance(piece, str) and piece:
        values.add(key, piece, step.index)


def _repeated(values: ChannelValues, step: EventStep, path: str) -> Iterator[Difference]:
    if "{" in path:
        for key, value in _filled_within(values, step):
            place = placed(path.removesuffix("?"), key)
            repeated = at_parts(step.payload, place)
            if repeated is None and path.endswith("?"):
                values.absent += 1
                if values.absent > _ABSENT_MAX:
                    return
                continue
            if not (isinstance(repeated, str) and value.text.equals(repeated)):
                yield _unlike(values, key, step, ".".join(place), repeated, value)
                return  # of one event one is told
        return
    one = _key(values, step)
    due = values.due(one) if one is not None else None
    if one is None or due is None:
        return
    repeated = value_at(step, path)
    if not (isinstance(repeated, str) and due.text.equals(repeated)):
        yield _unlike(values, one, step, path, repeated, due)


def _filled_within(values: ChannelValues, step: EventStep) -> Iterator[tuple[Key, Value]]:
    """An event of an outer life repeats the values within that one alone."""
    within = values.outer.key(step) if values.outer is not None else None
    groups = values.filled.values() if within is None else [values.filled.get(within, {})]
    for group in groups:
        yield from group.items()


def _unlike(
    values: ChannelValues, key: Key, step: EventStep, path: str, repeated: Json, due: Value
) -> Difference:
    make = f"the pieces of {_name(values, key)} make {due.text.size}"
    if isinstance(repeated, str):
        words = f"{path} has {len(repeated)} characters, {make}"
        words += " other ones" if len(repeated) == due.text.size else ""
    else:
        words = f"{path} is no text, where {make} characters"
    return Difference("accumulated_mismatch", step.index, words)


def _spelled(values: ChannelValues, step: EventStep, path: str) -> Iterator[Difference]:
    key = _key(values, step)
    value = values.values.get(key) if key is not None else None
    if value is None or not value.pieces or key is None or value.parsed >= _PARSED_MAX:
        return
    if _is_given_up(values, key):
        return
    value.parsed += 1
    try:
        same = same_json(json_value(value.text.whole()), value_at(step, path))
    except (ValueError, RecursionError):
        return  # repeated where the channel's JSON is looked at
    if not same:
        words = f"{path} is another value than the pieces of {_name(values, key)} spell"
        yield Difference("accumulated_mismatch", step.index, words)


def json_differences(
    contract: Contract, span: Span, channels: Sequence[ChannelValues]
) -> Iterator[Difference]:
    """Values that are no JSON although they are whole: their key has come to rest, or the run had
    to bring it there."""
    # What is closed behind a failure is closed as it is.
    broken = (step.index for step in span.steps if step.kind.end in ("failed", "stopped"))
    first = next(broken, span.steps[-1].index if span.steps else 0)
    ends = (step for step in span.steps if step.kind.end == "completed")
    closed = (step.index for step in (*span.closings, *ends))
    settled = max((index for index in closed if index <= first), default=-1)
    for values in channels:
        if values.channel.json is None:
            continue
        excused = _excuse(values, span)
        name = values.channel.name
        carriers = {kind.name for _, kind in kinds_of(contract) if name in kind.pieces}
        for key, value in values.values.items():
            if not value.pieces or _is_given_up(values, key):
                continue
            if values.channel.begins_at_once and not value.pieces[0].strip(BLANK):
                words = f"{_name(values, key)}: the first piece is blank, JSON has to begin there"
                yield Difference("not_json", value.places[0], words)
                continue
            settles = span.over or settled > value.places[-1]
            if not settles and not _is_whole(values, key, carriers):
                continue
            text = value.text.whole()
            problem = json_problem(text, values.channel.json)
            if problem and not (excused(key) and begins_json(text, values.channel.json)):
                words = f"{_name(values, key)}: {problem}"
                yield Difference("not_json", value.places[-1], words)


def _is_whole(values: ChannelValues, key: Key, carriers: Set[str]) -> bool:
    """Whether the key has come to rest, and no piece may follow: what is opened again goes on, and
    what may be left goes on until what it lies in has come to rest."""
    walk, outer = values.walk, values.outer
    if walk is None:
        return True
    state = walk.keys[key].states[-1]
    if not walk.rests(state):
        return False
    holder = None if outer is None else outer.keys.get(key[: len(outer.life.key)])
    if outer is not None and holder is not None and outer.rests(holder.states[-1]):
        return True
    return not may_follow(walk.life.order, state, carriers)


def _is_given_up(values: ChannelValues, key: Key) -> bool:
    """Whether some event says of the key that its value is broken."""
    kinds, walk = values.channel.excused_on, values.walk
    return (
        bool(kinds)
        and walk is not None
        and any(step.kind.name in kinds for step in walk.keys[key].steps)
    )


def _excuse(values: ChannelValues, span: Span) -> Callable[[Key], bool]:
    """Which keys are excused: by an event of the run; by one that names what a key lies in only if
    it is that."""
    named = set[Key | None]()
    for path, excuses in values.channel.excused_by.items():
        for step in span.steps:
            if pick(step.payload, path) in excuses:
                named.add(None if values.outer is None else values.outer.key(step))
    length = 0 if values.outer is None else len(values.outer.life.key)
    return lambda key: None in named or key[:length] in named


def _name(values: ChannelValues, key: Key) -> str:
    if values.walk is None or not key:
        return f"the {values.channel.name}"
    parts = ", ".join(shown(part) for part in key if part is not None)
    return f"the {values.channel.name} of {values.walk.life.name} {parts}"
