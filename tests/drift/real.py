"""Shapes: which places a kind of document has, and of which types. To compare two servers."""

from collections.abc import Iterable, Iterator
from typing import Any

from tests.drift.asking import Heard

Shapes = dict[str, set[str]]
_TYPES = {str: "string", int: "number", float: "number", bool: "boolean", type(None): "null"}
_OPEN = ("schema", "parameters", "metadata", "top_logprobs")  # what the caller names is no shape


def shapes(heard: Iterable[Heard]) -> dict[str, Shapes]:
    """By kind of document: place → JSON types seen there."""
    found: dict[str, Shapes] = {}
    for one in heard:
        for document in one.documents:
            event = document.get("type", "") if one.kind == "ResponseStreamEvent" else ""
            kind = found.setdefault(f"{one.kind} {event}".strip(), {})
            for place, name in _places(document, ""):
                kind.setdefault(place, set()).add(name)
    return found


def _places(value: Any, path: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, dict):
        yield path or ".", "object"
        if path.rpartition(".")[2] in _OPEN:
            return
        for key, inner in value.items():
            yield from _places(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list):
        yield path, "array"
        for inner in value[:20]:
            yield from _places(inner, f"{path}[]")
    else:
        yield path, _TYPES[type(value)]


def differences(mock: dict[str, Shapes], real: dict[str, Shapes]) -> Iterator[str]:
    """A line for each place that one has and the other has not, or has of another type."""
    for kind in sorted(mock.keys() | real.keys()):
        if kind not in mock or kind not in real:
            yield f"{kind}: only {'the mock' if kind in mock else 'the real API'} sends it"
            continue
        ours, theirs = mock[kind], real[kind]
        for place in sorted(ours.keys() | theirs.keys()):
            if place not in theirs:
                yield f"{kind}: {place}: only in the mock"
            elif place not in ours:
                yield f"{kind}: {place}: only in the real API ({', '.join(sorted(theirs[place]))})"
            elif theirs[place] - ours[place] - {"null"}:
                told = f"{sorted(ours[place])} here, {sorted(theirs[place])} there"
                yield f"{kind}: {place}: {told}"
