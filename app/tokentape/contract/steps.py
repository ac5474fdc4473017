"""Steps: the events of one run, list elements among them, and the keys by which lives tell them
apart. Pure."""

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from tokentape.contract.contract import Contract, Json, Kind, Part, pick
from tokentape.contract.timeline import Malformed, Seen

Key: TypeAlias = tuple[Hashable, ...]


@dataclass(frozen=True, slots=True)
class EventStep:
    """An event, or an element of a list in one."""

    index: int
    """The event's place in the timeline."""
    kind: Kind
    payload: Json
    outer: "EventStep | None" = None
    """The event, or the element, whose list holds this one."""


def steps_of(contract: Contract, timeline: Sequence[Seen]) -> Iterator[EventStep]:
    """All events of known kinds, each followed by the elements of its lists."""
    kinds = {kind.name: kind for kind in contract.kinds}
    for index, seen in enumerate(timeline):
        kind = kinds.get(seen.kind or "")
        if kind is None or isinstance(seen.payload, Malformed):
            continue
        step = EventStep(index, kind, seen.payload)
        yield step
        if kind.parts:
            yield from _elements(step)


def _elements(step: EventStep) -> Iterator[EventStep]:
    for part in step.kind.parts:
        listed = pick(step.payload, part.of)
        for element in listed if isinstance(listed, list) else ():
            if (kind := _kind_in(part, element)) is not None:
                inner = EventStep(step.index, kind, element, step)
                yield inner
                if kind.parts:
                    yield from _elements(inner)


def _kind_in(part: Part, element: Json) -> Kind | None:
    return next((kind for kind in part.kinds if kind.matches("", element)), None)


def value_at(step: EventStep, path: str) -> Json:
    """The value at a path: `one|other` is the first that is there, `../path` looks into the event
    around the element."""
    for one in path.split("|"):
        inside: EventStep | None = step
        while one.startswith("../") and inside is not None:
            one, inside = one[3:], inside.outer
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
