"""Known keys: what was named before a run began, by its request or by a run before in the same
stream. What was made there may go on here. Pure."""

from collections.abc import Hashable, Iterator, Sequence

from tokentape.contract.contract import Contract, Json, pick
from tokentape.contract.life_walks import NONE, Known
from tokentape.contract.timeline import Seen


def known_keys(contract: Contract, request: Json) -> Known:
    """Every text of a request: it names what it names under many a path."""
    if not any(life.known_as is not None for life in contract.lives):
        return NONE
    return frozenset(_texts(request))


def keys_named(contract: Contract, timeline: Sequence[Seen]) -> Known:
    """The keys that events of a run name, of lives whose things outlive it."""
    paths = {
        path.removesuffix("?")
        for life in contract.lives
        if life.known_as is not None
        for path in life.key
    }
    named: set[Hashable] = set()
    for seen in timeline if paths else ():
        named.update(value for path in paths if isinstance(value := pick(seen.payload, path), str))
    return named


def _texts(value: Json) -> Iterator[str]:
    left = [value]
    while left:
        one = left.pop()
        if isinstance(one, str):
            yield one
        elif isinstance(one, dict):
            left += one.values()
        elif isinstance(one, list):
            left += one
