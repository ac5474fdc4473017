"""Splitting: an event that holds several in a list, as the events that it stands for. Pure."""

from collections.abc import Iterator, Sequence
from itertools import islice

from tokentape.contract.contract import Json, pick

MOST_FIELDS = 100
"""Of an event that are looked at beside the list: copies of all of them for each of many elements
would cost the square of what was read."""


def alone(payload: Json, path: str) -> Iterator[Json]:
    """The event once for each element of a list in it, with that element alone."""
    outer, _, last = path.rpartition(".")
    listed = pick(payload, path)
    for element in listed if isinstance(listed, list) else ():
        yield _with(payload, outer.split(".") if outer else [], {last: [element]})


def _with(payload: Json, path: Sequence[str], changed: Json) -> Json:
    """The payload with other fields in the object at a path. A list on the way is then an object
    with the place that the path names: paths are all that looks into it."""
    if isinstance(payload, list):
        return {path[0]: _with(payload[int(path[0])], path[1:], changed)}
    few = dict(islice(payload.items(), MOST_FIELDS))
    if not path:
        return {**few, **changed}
    return {**few, path[0]: _with(payload[path[0]], path[1:], changed)}
