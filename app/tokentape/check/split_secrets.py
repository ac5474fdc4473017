"""Secrets that a server says piece by piece: in no event whole, and there for whoever joins them.

Pure. Pieces of one value stand at one path of their events: the text of a delta, the arguments of a
call. What is put together at each path is looked through.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate

from tokentape.contract.contract import Json

Path = tuple[str | int, ...]
DEEPEST = 30
"""Levels of a payload that are looked into: pieces lie near the top."""


def pieces_with(secrets: Sequence[str], payloads: Sequence[Json]) -> dict[int, set[Path]]:
    """By the place of an event the paths at which it has a part of one."""
    values: dict[Path, list[tuple[int, str]]] = {}
    for place, payload in enumerate(payloads):
        for path, text in _texts(payload):
            values.setdefault(path, []).append((place, text))
    split: dict[int, set[Path]] = {}
    for path, pieces in values.items():
        for place in _places_of(secrets, pieces) if len(pieces) > 1 else ():
            split.setdefault(place, set()).add(path)
    return split


def _places_of(secrets: Sequence[str], pieces: Sequence[tuple[int, str]]) -> Iterator[int]:
    joined = "".join(text for _, text in pieces)
    starts = [0, *accumulate(len(text) for _, text in pieces)]
    for secret in secrets:
        begin = joined.find(secret)
        while begin >= 0:
            end = begin + len(secret)
            first, last = bisect_right(starts, begin) - 1, bisect_right(starts, end - 1) - 1
            if first < last:  # one that is whole in its piece is taken out of it alone
                yield from (pieces[number][0] for number in range(first, last + 1))
            begin = joined.find(secret, end)


def _texts(value: Json, path: Path = ()) -> Iterator[tuple[Path, str]]:
    if isinstance(value, str):
        if value:
            yield path, value
    elif len(path) < DEEPEST and isinstance(value, dict | list):
        pairs = value.items() if isinstance(value, dict) else enumerate(value)
        for name, inner in pairs:
            yield from _texts(inner, (*path, name))


def without(value: Json, paths: set[Path], hidden: str, path: Path = ()) -> Json:
    """The value with `hidden` at these paths."""
    if path in paths:
        return hidden
    if len(path) >= DEEPEST:
        return value
    if isinstance(value, dict):
        return {name: without(one, paths, hidden, (*path, name)) for name, one in value.items()}
    if isinstance(value, list):
        return [without(one, paths, hidden, (*path, n)) for n, one in enumerate(value)]
    return value
