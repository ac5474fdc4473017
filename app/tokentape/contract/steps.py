"""Steps: the events of one run, list elements among them, and the keys by which lives tell them
apart. Pure."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeAlias

from tokentape.contract.contract import Contract, Json, Kind, pick
from tokentape.contract.splitting import alone
from tokentape.contract.timeline import Malformed, Seen

Key: TypeAlias = tuple[Hashable, ...]


@dataclass(slots=True, eq=False)  # not frozen: that doubles what making one of each event costs
class EventStep:
    """An event, one of those that an event stands for, or an element of a list in one."""

    index: int
    """The event's place in the timeline."""
    kind: Kind
    payload: Json
    outer: "EventStep | None" = None
    """The event, or the element, whose list holds this one."""
    number: int = 0
    """Which it is of those that the event stands for."""


def steps_of(contract: Contract, timeline: Sequence[Seen]) -> Iterator[EventStep]:
    """All events of known kinds, each behind the elements of its lists: what an event ends, it ends
    with all that it holds."""
    kinds = {kind.name: kind for kind in contract.kinds}
    for index, seen in enumerate(timeline):
        kind = kinds.get(seen.kind or "")
        if kind is None or isinstance(seen.payload, Malformed):
            continue
        step = EventStep(index, kind, seen.payload)
        if kind.parts:
            yield from _elements(step)
        if kind.splits is not None:
            yield from _each_alone(contract, step, seen.event, kind.splits)
        yield step


def _each_alone(contract: Contract, step: EventStep, event: str, path: str) -> Iterator[EventStep]:
    for number, payload in enumerate(alone(step.payload, path)):
        kind = contract.kind_of(event, payload)
        if kind is not None and kind.splits is None:
            inner = EventStep(step.index, kind, payload, number=number)
            if kind.parts:
                yield from _elements(inner)
            yield inner


def _elements(step: EventStep) -> Iterator[EventStep]:
    for part in step.kind.parts:
        listed = pick(step.payload, part.of)
        if isinstance(listed, dict):
            listed = [listed]
        for element in listed if isinstance(listed, list) else ():
            if (kind := part.recognition.kind_of("", element)) is not None:
                inner = EventStep(step.index, kind, element, step)
                if kind.parts:
                    yield from _elements(inner)
                yield inner


@lru_cache(1_024)
def _places(path: str) -> tuple[tuple[int, str], ...]:
    """The alternatives of a path: how many events further out each looks, and where in that."""
    return tuple((one.count("../"), one.rpartition("../")[2]) for one in path.split("|"))


def value_at(step: EventStep, path: str) -> Json:
    """The value at a path: `one|other` is the first that is there, `../path` looks into the event
    around the element."""
    for out, one in _places(path):
        inside: EventStep | None = step
        for _ in range(out):
            inside = None if inside is None else inside.outer
        if inside is not None and (value := pick(inside.payload, one)) is not None:
            return value
    return None


def key_of(step: EventStep, paths: Sequence[str]) -> Key | None:
    """The key that an event names, `None` where it lacks a part that it must have."""
    parts: list[Hashable] = []
    for path in paths:
        value = value_at(step, path.removesuffix("?"))
        if value is None and not path.endswith("?"):
            return None
        parts.append(value if isinstance(value, str | int | float | None) else repr(value))
    return tuple(parts)
