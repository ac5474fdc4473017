"""Steps: the events of one run, list elements among them, and the keys by which lives tell them
apart. Pure."""

import re
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, TypeAlias

from tokentape.contract.contract import Contract, Json, Kind, pick
from tokentape.contract.splitting import alone
from tokentape.contract.timeline import Malformed, Seen

Key: TypeAlias = tuple[Hashable, ...]

_GAP = re.compile(r"\{([0-9])\}")


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
    needs: tuple[str, ...] | None = None
    """`None`: it came. Else another event stands for it, which must have these paths."""


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
        parts.append(part_of(value))
    return tuple(parts)


def part_of(value: Json) -> Hashable:
    """To Python 1 and true are the same, to no client."""
    if isinstance(value, str | int | float | None) and not isinstance(value, bool):
        return value
    return Odd(type(value).__name__, repr(value))


class Odd(NamedTuple):
    """What is no key in any protocol, and yet tells one from another."""

    type: str
    written: str

    def __repr__(self) -> str:
        return self.written


def placed(path: str, key: Key) -> list[str]:
    """The parts of a path in which `{0}`, `{1}` stand for those of a key, whatever these hold."""
    parts = [(part, gap_in(part)) for part in path.split(".")]
    return [part if gap is None else str(key[gap]) for part, gap in parts]


def gap_in(part: str) -> int | None:
    """Which part of a key a path's part stands for, `None` where it stands for itself."""
    found = _GAP.fullmatch(part)
    return int(found[1]) if found else None


def at_parts(payload: Json, parts: Sequence[str]) -> Json:
    """The value at a path whose parts may be a server's own words: none is kept in mind, and dots
    in them lead nowhere."""
    for part in parts:
        if isinstance(payload, dict):
            payload = payload.get(part)
        elif isinstance(payload, list):
            place = int(part[:18]) if part.isdecimal() else len(payload)
            payload = payload[place] if place < len(payload) else None
        else:
            return None
    return payload
