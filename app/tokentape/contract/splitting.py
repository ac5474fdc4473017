"""Splitting: an event that holds several in a list, as the events that it stands for. Pure."""

from collections.abc import Iterator, Sequence

from tokentape.contract.contract import Json, pick


def alone(payload: Json, path: str) -> Iterator[Json]:
    """The event once for each element of a list in it, with that element alone."""
    outer, _, last = path.rpartition(".")
    listed = pick(payload, path)
    for element in listed if isinstance(listed, list) else ():
        yield _with(payload, outer.split(".") if outer else [], {last: [element]})


def _with(payload: Json, path: Sequence[str], changed: Json) -> Json:
    """The payload with other fields in the object at a path of objects."""
    if not path:
        return {**payload, **changed}
    return {**payload, path[0]: _with(payload[path[0]], path[1:], changed)}
