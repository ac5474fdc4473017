"""Lawful streams spoilt at random: an event dropped, doubled, moved, edited, put in or cut off.

Some remain lawful: whoever uses them asks another judge. Pure: the same chance spoils alike.
"""

import copy
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.unit.app.contract.lawful.protocols import Protocol

Path = tuple[str | int, ...]


@dataclass(frozen=True)
class Sent:
    """One event as it is sent; `raw` in place of its JSON."""

    name: str
    payload: Any
    raw: str | None = None

    @property
    def data(self) -> str:
        if self.raw is not None:
            return self.raw
        return self.payload if isinstance(self.payload, str) else json.dumps(self.payload)


Stream = list[Sent]


def lawful(protocol: Protocol, chance: Random) -> Stream:
    return [Sent(protocol.name(one), one) for one in protocol.lawful(chance)]


def body(stream: Sequence[Sent]) -> str:
    """The stream as server-sent events."""
    return "".join(
        f"event: {one.name}\ndata: {one.data}\n\n" if one.name else f"data: {one.data}\n\n"
        for one in stream
    )


def mutated(protocol: Protocol, chance: Random) -> Stream:
    """A lawful stream with one fault, or two."""
    stream, other = lawful(protocol, chance), lawful(protocol, chance)
    for _ in range(chance.choice((1, 1, 1, 2))):
        stream = chance.choice(MUTATIONS)(chance, stream, other) if stream else stream
    return stream


def drop(chance: Random, stream: Stream, _other: Stream) -> Stream:
    place = chance.randrange(len(stream))
    return [*stream[:place], *stream[place + 1 :]]


def double(chance: Random, stream: Stream, _other: Stream) -> Stream:
    """Again, at once or later."""
    place = chance.randrange(len(stream))
    later = chance.choice((place + 1, chance.randint(place, len(stream))))
    return [*stream[:later], stream[place], *stream[later:]]


def swap(chance: Random, stream: Stream, _other: Stream) -> Stream:
    one, moved = chance.randrange(len(stream)), list(stream)
    other = chance.choice(((one + 1) % len(stream), chance.randrange(len(stream))))
    moved[one], moved[other] = moved[other], moved[one]
    return moved


def truncate(chance: Random, stream: Stream, _other: Stream) -> Stream:
    return stream[: chance.randrange(len(stream))]


STRANGERS = (
    Sent("", {"type": "stranger", "x": 1}),
    Sent("", "[DONE]"),
    Sent("", {"error": {"message": "no"}}),
    Sent("", {}),
    Sent("", []),
    Sent("error", {"type": "error"}),
)


def insert(chance: Random, stream: Stream, other: Stream) -> Stream:
    """An event of another stream, or one of none."""
    place = chance.randint(0, len(stream))
    return [*stream[:place], chance.choice((*other, *STRANGERS)), *stream[place:]]


def garble(chance: Random, stream: Stream, _other: Stream) -> Stream:
    place, changed = chance.randrange(len(stream)), list(stream)
    data = stream[place].data
    cut = data[: chance.randrange(len(data))]
    changed[place] = Sent(stream[place].name, Malformed, raw=chance.choice((cut, data + "}", "x")))
    return changed


Malformed = object()


def rename(chance: Random, stream: Stream, other: Stream) -> Stream:
    """Another name on the wire, or none, where it has one."""
    place, changed = chance.randrange(len(stream)), list(stream)
    one = stream[place]
    name = chance.choice(("", "message", *(each.name for each in (*stream, *other))))
    changed[place] = Sent(name if one.name else "", one.payload, one.raw)
    return changed


def edit(chance: Random, stream: Stream, _other: Stream) -> Stream:
    """A field is left out, or holds something else."""
    wrong: tuple[Any, ...] = (None, "", "x", 7, -1, 2.5, True, [], {}, [1], {"x": 1})
    return _changed(chance, stream, lambda _path, _old: chance.choice(wrong), removes=0.4)


def rekey(chance: Random, stream: Stream, other: Stream) -> Stream:
    """A field has the value that another event has there: another id, another type."""
    known: dict[Any, list[Any]] = {}
    for one in (*stream, *other):
        for path, value in _paths(one.payload):
            known.setdefault(path[-1], []).append(value)

    def another(path: Path, _old: Any) -> Any:
        return copy.deepcopy(chance.choice(known[path[-1]]))

    return _changed(chance, stream, another)


def _changed(
    chance: Random, stream: Stream, value: Callable[[Path, Any], Any], removes: float = 0.0
) -> Stream:
    place, changed = chance.randrange(len(stream)), list(stream)
    one = stream[place]
    paths = list(_paths(one.payload))
    if not paths:
        return drop(chance, stream, stream)
    # What lies near the top counts most.
    path, old = chance.choice(
        [one for one in paths if len(one[0]) <= chance.choice((1, 2, 9))] or paths
    )
    payload = copy.deepcopy(one.payload)
    holder = payload
    for part in path[:-1]:
        holder = holder[part]
    if chance.random() < removes:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value(path, old)
    changed[place] = Sent(one.name, payload)
    return changed


def _paths(payload: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    inner: Mapping[Any, Any] = {}
    if isinstance(payload, dict):
        inner = payload
    elif isinstance(payload, list):
        inner = dict(enumerate(payload))
    for name, value in inner.items():
        yield (*path, name), value
        yield from _paths(value, (*path, name))


MUTATIONS = (drop, double, swap, truncate, insert, garble, rename, edit, edit, edit, rekey, rekey)
