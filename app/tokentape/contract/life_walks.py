"""Life walks: each key of each life followed through its order, and what does not fit. Pure.

A life is an `Order` again: `follow` walks it once for each key, with its skip behind a lost event,
so that one loss is one misstep here too.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tokentape.contract.contract import Contract, Json
from tokentape.contract.integrity import Difference
from tokentape.contract.life import Life
from tokentape.contract.order import OPENED, Misstep, State, follow, is_end, named
from tokentape.contract.steps import EventStep, Key, key_of, value_at


@dataclass(slots=True)
class KeyWalk:
    """What came for one key, and the state after each of it."""

    key: Key
    steps: list[EventStep] = field(default_factory=list)
    states: list[State] = field(default_factory=list)
    missteps: tuple[Misstep, ...] = ()

    def state_at(self, index: int) -> State:
        """The state after all events up to that place of the timeline."""
        done = bisect_right(self.steps, index, key=lambda step: step.index)
        return self.states[done - 1] if done else OPENED

    @property
    def opened_at(self) -> int:
        """The place of its first event."""
        return self.steps[0].index


@dataclass(frozen=True, slots=True)
class LifeWalk:
    """One life: its keys in the order of their opening."""

    life: Life
    keys: Mapping[Key, KeyWalk]
    keyless: tuple[EventStep, ...]
    """Events of its kinds that name no key."""
    assigned: Mapping[int, Key]
    """The key of each of its events, by the event's `id()`: a sticky one is not in the event."""

    def rests(self, state: State) -> bool:
        """Whether a key may be left in this state; one that never opened is at rest."""
        return state == OPENED or is_end(self.life.order, state) or state in self.life.may_stop_in

    def key(self, step: EventStep) -> Key | None:
        """The key of an event, which may be of none of the life's kinds."""
        return self.assigned.get(id(step)) or key_of(step, self.life.key)


@dataclass(frozen=True, slots=True)
class Span:
    """Events between which no life is forgotten, and each life by its name."""

    steps: Sequence[EventStep]
    walks: Mapping[str, LifeWalk]


def spans_of(contract: Contract, steps: Sequence[EventStep]) -> list[Span]:
    """All lives of a run, begun anew behind each kind that makes them forgotten."""
    return [
        Span(part, {life.name: _walk(life, part) for life in contract.lives})
        for part in _split(steps, contract.forgotten_after)
    ]


def _split(steps: Sequence[EventStep], cuts: Sequence[str]) -> Iterator[Sequence[EventStep]]:
    start = 0
    for place, step in enumerate(steps):
        if step.kind.name in cuts:
            yield steps[start : place + 1]
            start = place + 1
    yield steps[start:]


def _walk(life: Life, steps: Sequence[EventStep]) -> LifeWalk:
    kinds, keys = named(life.order), dict[Key, KeyWalk]()
    keyless: list[EventStep] = []
    assigned: dict[int, Key] = {}
    latest: Key | None = None
    for step in steps:
        if step.kind.name not in kinds:
            continue
        key = key_of(step, life.key)
        if key is None and life.sticky:
            key = latest
        if key is None:
            keyless.append(step)
            continue
        latest = assigned[id(step)] = key
        keys.setdefault(key, KeyWalk(key)).steps.append(step)
    for walk in keys.values():
        came = (step.kind.name for step in walk.steps)
        walk.missteps = follow(life.order, came, walk.states).missteps
    return LifeWalk(life, keys, tuple(keyless), assigned)


def life_differences(contract: Contract, spans: Sequence[Span]) -> Iterator[Difference]:
    """What does not fit: missteps, keys out of turn, values that changed, lives left open."""
    for span in spans:
        for walk in span.walks.values():
            yield from _missteps(walk)
            yield from _constant(walk)
            if walk.life.dense:
                yield from _dense(walk)
            if walk.life.within is not None:
                yield from _within(walk, span.walks[walk.life.within])
        yield from _left_open(contract, span)


def _missteps(walk: LifeWalk) -> Iterator[Difference]:
    for keyless in walk.keyless[:1]:
        path = walk.life.key[-1]
        words = f"{keyless.kind.name} names no {walk.life.name}: it has no {path}"
        yield Difference("field_wrong", keyless.index, words)
    for one in walk.keys.values():
        first: Misstep | None = None
        for misstep in one.missteps:
            if first is not None and (first.kind, first.state) == (misstep.kind, misstep.state):
                continue  # of those that are alike one is enough
            first = misstep
            due = ", ".join(misstep.allowed) or "nothing"
            words = f"{misstep.kind} of {_name(walk, one.key)} came where only {due} may come"
            yield Difference("out_of_order", one.steps[misstep.index].index, words)


def _constant(walk: LifeWalk) -> Iterator[Difference]:
    for one in walk.keys.values():
        for path in walk.life.constant:
            first: Json = None
            for step in one.steps:
                value = value_at(step, path)
                if value is None or value == first:
                    continue
                if first is None:
                    first = value
                    continue
                words = f"{path} of {_name(walk, one.key)} was {first!r}, now {value!r}"
                yield Difference("id_changed", step.index, words)
                break


def _dense(walk: LifeWalk) -> Iterator[Difference]:
    counts: dict[Key, int] = {}
    for one in walk.keys.values():
        due = counts.get(one.key[:-1], 0)
        counts[one.key[:-1]] = due + 1
        if one.key[-1] != due:
            words = f"{_name(walk, one.key)} was opened where {due} is due"
            yield Difference("out_of_order", one.opened_at, words)
            return


def _within(walk: LifeWalk, outer: LifeWalk) -> Iterator[Difference]:
    length = len(outer.life.key)
    for one in walk.keys.values():
        holder = outer.keys.get(one.key[:length])
        state = holder.state_at(one.opened_at) if holder else OPENED
        if outer.rests(state):
            name = f"{outer.life.name} {_key(one.key[:length])}"
            words = f"{_name(walk, one.key)} came, and {name} is not open"
            yield Difference("out_of_order", one.opened_at, words)


def _left_open(contract: Contract, span: Span) -> Iterator[Difference]:
    """Keys that are still open where they must have come to rest, each once."""
    reported: set[int] = set()

    def open_in(walk: LifeWalk, closing: EventStep, prefix: Key = ()) -> Iterator[Difference]:
        for one in walk.keys.values():
            if id(one) in reported or one.key[: len(prefix)] != prefix:
                continue
            # Where its order was left, where it got to is a guess.
            if not one.missteps and not walk.rests(one.state_at(closing.index)):
                reported.add(id(one))
                words = f"{_name(walk, one.key)} is still open when {closing.kind.name} comes"
                yield Difference("left_open", closing.index, words)

    for step in span.steps:
        if step.kind.name in contract.closed_before:
            for walk in span.walks.values():
                yield from open_in(walk, step)
    for outer in span.walks.values():
        inner = [walk for walk in span.walks.values() if walk.life.within == outer.life.name]
        for holder in outer.keys.values() if outer.life.closed_before else ():
            for step in holder.steps:
                if step.kind.name in outer.life.closed_before:
                    for walk in inner:
                        yield from open_in(walk, step, holder.key)


def _name(walk: LifeWalk, key: Key) -> str:
    return f"{walk.life.name} {_key(key)}"


def _key(key: Key) -> str:
    shown = [part for part in key if part is not None]
    return repr(shown[0]) if len(shown) == 1 else f"({', '.join(map(repr, shown))})"
