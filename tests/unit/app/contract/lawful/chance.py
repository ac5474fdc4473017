"""What all generators draw: texts, pieces of them, JSON values, ids, and things at once."""

import json
from collections.abc import Sequence
from itertools import pairwise
from random import Random
from typing import Any, TypeVar

Event = dict[str, Any]
Thing = TypeVar("Thing")

LETTERS = 'abcde ,.\n\t"\\<>&{}[]:é–你🙂\u2028\x7f'


def text(chance: Random, most: int = 24) -> str:
    return "".join(chance.choices(LETTERS, k=chance.choice((0, 1, 3, most))))


def word(chance: Random) -> str:
    return chance.choice(("look", "find it", "ü-1", "0", "weather.of")) + str(chance.randrange(9))


def pieces(chance: Random, whole: str) -> list[str]:
    """A text cut anywhere, into empty pieces now and then."""
    places = sorted(chance.choices(range(len(whole) + 1), k=chance.randint(0, 4)))
    return [whole[a:b] for a, b in pairwise([0, *places, len(whole)])]


def value(chance: Random, depth: int = 2) -> Any:
    """Any JSON."""
    drawn = chance.randrange(7 if depth else 5)
    if drawn == 5:
        return [value(chance, depth - 1) for _ in range(chance.randrange(3))]
    if drawn == 6:
        return record(chance, depth - 1)
    return (None, True, chance.randrange(-9, 99), chance.randrange(99) / 8, text(chance, 5))[drawn]


def record(chance: Random, depth: int = 1) -> dict[str, Any]:
    """A JSON object."""
    return {word(chance): value(chance, depth) for _ in range(chance.randrange(3))}


def spelled(chance: Random, one: Any) -> str:
    """A JSON value as a model writes it."""
    return json.dumps(
        one, indent=chance.choice((None, None, 1)), ensure_ascii=chance.random() < 0.5
    )


def perhaps(chance: Random, share: float = 0.4, /, **fields: Any) -> Event:
    """Each of the fields, or not."""
    return {name: one for name, one in fields.items() if chance.random() < share}


def at_once(chance: Random, threads: Sequence[Sequence[Thing]]) -> list[Thing]:
    """Several sequences mixed, each in its own order."""
    left = [list(reversed(thread)) for thread in threads if thread]
    found = []
    while left:
        one = chance.choice(left)
        found.append(one.pop())
        if not one:
            left.remove(one)
    return found


class Ids:
    """Names that no other thing of the stream has."""

    def __init__(self, chance: Random) -> None:
        self._chance = chance
        self._count = 0

    def fresh(self, prefix: str) -> str:
        self._count += 1
        return f"{prefix}{self._chance.choice(('-', '_', '', ' '))}{self._count}"
