"""Life walks: each key of each life followed through its order. Pure.

A life is an `Order` again: `follow` walks it once for each key, with its skip behind a lost event,
so that one loss is one misstep here too.
"""

from bisect import bisect_right
from collections.abc import Hashable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from itertools import compress
from typing import TypeAlias

from tokentape.contract.contract import Contract, Json, pick
from tokentape.contract.life import Life
from tokentape.contract.order import OPENED, STREAM_END, Misstep, State, follow, is_end, named
from tokentape.contract.steps import EventStep, Key, key_of, part_of, value_at

Known: TypeAlias = Set[Hashable]
"""Values that were named before a run began."""
NONE: Known = frozenset()


@dataclass(slots=True)
class KeyWalk:
    """What came for one key, and the state after each of it."""

    key: Key
    steps: list[EventStep] = field(default_factory=list)
    states: list[State] = field(default_factory=list)
    missteps: tuple[Misstep, ...] = ()
    began: State = OPENED
    """The state before all of it."""

    def state_at(self, index: int) -> State:
        """The state after all events up to that place of the timeline."""
        done = bisect_right(self.steps, index, key=lambda step: step.index)
        return self.states[done - 1] if done else self.began

    @property
    def opened_at(self) -> int:
        """The place of its first event."""
        return self.steps[0].index

    def openings_in(self, life: Life) -> list[int]:
        """The places of its first event, and of those that open it again."""
        opening = life.order.get(OPENED, {})
        again = (step.index for step in self.steps[1:] if step.kind.name in opening)
        return [self.opened_at, *again]


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
        return state == OPENED or state in self.life.may_stop_in or is_end(self.life.order, state)

    def key(self, step: EventStep) -> Key | None:
        """The key of an event, which may be of none of the life's kinds."""
        return self.assigned.get(id(step)) or key_of(step, self.life.key)

    def opened_before(self, key: Key, step: EventStep) -> bool:
        """Whether there was such a key when the event came."""
        one = self.keys.get(key)
        return one is not None and one.opened_at < step.index

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

    def follow(self, known: Known) -> None:
        """Walk each key through the order, once all events are there. What is known goes on, unless
        its first event opens it."""
        opening = self.life.order.get(OPENED, {})
        for walk in self.keys.values():
            came = [step.kind.name for step in walk.steps]
            if self.life.known_as and walk.key[-1] in known and came[0] not in opening:
                walk.began = self.life.known_as
            walk.missteps = follow(self.life.order, came, walk.states, walk.began).missteps

    def number(self, request: Json, *, settled: bool) -> None:
        """Find the keys that were not asked for; without a request, those that make a gap."""
        if self.life.numbered_to is None:
            return
        if request is not None:
            asked = pick(request, self.life.numbered_to)
            self.most = asked if isinstance(asked, int) and asked > 0 else 1
        most = self.most if self.most is not None else len(self.keys) if settled else None
        self.beyond = {
            key
            for key in self.keys
            if key not in self.guessed and key[-1] is not None and not _is_number(key[-1], most)
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
    closings: Sequence[EventStep]
    """Events before which every life must have come to rest."""
    over: bool
    """Whether the stream stopped where it may, and every life must have come to rest by then."""

    @property
    def settled(self) -> bool:
        """Whether every life had to come to rest."""
        return self.over or bool(self.closings)


def spans_of(
    contract: Contract,
    steps: Sequence[EventStep],
    request: Json,
    known: Known = NONE,
    *,
    over: bool,
) -> list[Span]:
    """All lives of a run, begun anew behind each kind that makes them forgotten. `known` is what
    was named before it. `over`: the stream stopped where it may, which is an end that closes."""
    over = over and STREAM_END in contract.closed_before
    spans = []
    for part in _split(steps, contract.forgotten_after):
        spans.append(_span(contract, part, request, known, over=over))
        known |= _survivors(contract, part)
    return spans


def _survivors(contract: Contract, steps: Sequence[EventStep]) -> Known:
    """What goes on behind the end of a span: keys that were named before what is forgotten."""
    if not contract.forgotten_from:
        return NONE
    marks = (n for n, step in enumerate(steps) if step.kind.name in contract.forgotten_from)
    before = steps[: max(marks, default=0)]
    return {
        key[-1]
        for life in contract.lives
        if life.known_as is not None
        for step in before
        if (key := key_of(step, life.key)) is not None
    }


def _split(steps: Sequence[EventStep], cuts: Sequence[str]) -> Iterator[Sequence[EventStep]]:
    start = 0
    for place, step in enumerate(steps) if cuts else ():
        if step.kind.name in cuts:
            yield steps[start : place + 1]
            start = place + 1
    yield steps[start:]


def _holds(life: Life, request: Json) -> bool:
    """Whether a life's order holds for what was asked."""
    asked = life.only_asked
    return not asked or (
        request is not None and all(pick(request, path) in due for path, due in asked.items())
    )


def _span(
    contract: Contract, steps: Sequence[EventStep], request: Json, known: Known, *, over: bool
) -> Span:
    walks = {life.name: LifeWalk(life) for life in contract.lives}
    takers: dict[str, list[LifeWalk]] = {}
    for walk in walks.values():
        for kind in named(walk.life.order) if _holds(walk.life, request) else ():
            takers.setdefault(kind, []).append(walk)
    closings = []
    for step in steps:
        for walk in takers.get(step.kind.name, ()):
            walk.add(step)
        if step.kind.name in contract.closed_before:
            closings.append(step)
    span = Span(steps, walks, closings, over)
    for walk in walks.values():
        walk.follow(known)
        walk.number(request, settled=span.settled)
    return span
