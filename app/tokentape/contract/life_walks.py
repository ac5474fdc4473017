"""Life walks: each key of each life followed through its order. Pure.

A life is an `Order` again: `follow` walks it once for each key, with its skip behind a lost event,
so that one loss is one misstep here too.
"""

from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import compress

from tokentape.contract.contract import Contract, Json, pick
from tokentape.contract.life import Life
from tokentape.contract.order import OPENED, STREAM_END, Misstep, State, follow, is_end, named
from tokentape.contract.steps import EventStep, Key, key_of, part_of, value_at


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


@dataclass(slots=True)
class LifeWalk:
    """One life: its keys in the order of their opening."""

    life: Life
    keys: dict[Key, KeyWalk] = field(default_factory=dict)
    keyless: list[EventStep] = field(default_factory=list)
    """Events of its kinds that name no key. They go on with the only one that they can mean."""
    guessed: set[Key] = field(default_factory=set)
    """Keys that no event names: what came for them came without one."""
    beyond: set[Key] = field(default_factory=set)
    """Keys that are none of the numbers that were asked for."""
    most: int | None = None
    """How many were asked for, where the life is numbered and that is known."""
    assigned: dict[int, Key] = field(default_factory=dict)
    """The key of each of its events, by the event's `id()`: one may not be in the event."""
    latest: Key | None = None
    by_parts: dict[tuple[bool, ...], dict[Key, Key | None]] = field(default_factory=dict)
    """For events that lack a part of the key, by which parts they have: the key with these parts;
    `None` where several have them."""

    def rests(self, state: State) -> bool:
        """Whether a key may be left in this state; one that never opened is at rest."""
        return state == OPENED or is_end(self.life.order, state) or state in self.life.may_stop_in

    def key(self, step: EventStep) -> Key | None:
        """The key of an event, which may be of none of the life's kinds."""
        return self.assigned.get(id(step)) or key_of(step, self.life.key)

    def add(self, step: EventStep) -> None:
        """An event of one of the life's kinds."""
        key = key_of(step, self.life.key)
        if key is None:
            key = self.latest if self.life.sticky else None
            key = key or self._meant(step)
        if key is None:
            return
        self.latest = self.assigned[id(step)] = key
        walk = self.keys.get(key)
        if walk is None:
            walk = self.keys[key] = KeyWalk(key)
            for named, keys in self.by_parts.items():
                _note(keys, named, key)
        walk.steps.append(step)

    def _meant(self, step: EventStep) -> Key | None:
        """The key of an event that lacks a part of it."""
        self.keyless.append(step)
        paths = (path.removesuffix("?") for path in self.life.key)
        parts = tuple(part_of(value_at(step, path)) for path in paths)
        named = tuple(part is not None for part in parts)
        if named not in self.by_parts:
            keys = self.by_parts[named] = {}
            for key in self.keys:
                _note(keys, named, key)
        given = tuple(compress(parts, named))
        if given in self.by_parts[named]:
            return self.by_parts[named][given]
        self.guessed.add(parts)
        return parts

    def follow(self) -> None:
        """Walk each key through the order, once all events are there."""
        for walk in self.keys.values():
            came = [step.kind.name for step in walk.steps]
            walk.missteps = follow(self.life.order, came, walk.states).missteps

    def number(self, request: Json, *, settled: bool) -> None:
        """Find the keys that were not asked for; without a request, those that make a gap."""
        if self.life.numbered_to is None:
            return
        if request is not None:
            asked = pick(request, self.life.numbered_to)
            self.most = asked if isinstance(asked, int) and asked > 0 else 1
        most = self.most if self.most is not None else len(self.keys) if settled else None
        self.beyond = {
            key for key in self.keys if key not in self.guessed and not _is_number(key[-1], most)
        }


def _note(keys: dict[Key, Key | None], named: Sequence[bool], key: Key) -> None:
    given = tuple(compress(key, named))
    keys[given] = None if given in keys else key


def _is_number(part: object, most: int | None) -> bool:
    return type(part) is int and part >= 0 and (most is None or part < most)


@dataclass(frozen=True, slots=True)
class Span:
    """Events between which no life is forgotten, and each life by its name."""

    steps: Sequence[EventStep]
    walks: Mapping[str, LifeWalk]
    settled: bool
    """Whether an event came before which every life must have come to rest."""


def spans_of(
    contract: Contract, steps: Sequence[EventStep], request: Json, *, over: bool
) -> list[Span]:
    """All lives of a run, begun anew behind each kind that makes them forgotten. `over`: the stream
    stopped where it may, which is an end that closes."""
    settled = over and STREAM_END in contract.closed_before
    return [
        _span(contract, part, request, settled=settled)
        for part in _split(steps, contract.forgotten_after)
    ]


def _split(steps: Sequence[EventStep], cuts: Sequence[str]) -> Iterator[Sequence[EventStep]]:
    start = 0
    for place, step in enumerate(steps) if cuts else ():
        if step.kind.name in cuts:
            yield steps[start : place + 1]
            start = place + 1
    yield steps[start:]


def _span(contract: Contract, steps: Sequence[EventStep], request: Json, *, settled: bool) -> Span:
    walks = {life.name: LifeWalk(life) for life in contract.lives}
    takers: dict[str, list[LifeWalk]] = {}
    for walk in walks.values():
        for kind in named(walk.life.order):
            takers.setdefault(kind, []).append(walk)
    for step in steps:
        for walk in takers.get(step.kind.name, ()):
            walk.add(step)
        settled = settled or step.kind.name in contract.closed_before
    for walk in walks.values():
        walk.follow()
        walk.number(request, settled=settled)
    return Span(steps, walks, settled)
