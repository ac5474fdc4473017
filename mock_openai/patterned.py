"""A text that a regular expression matches, made from seeded choices. Pure.

The expression is only read, never run: a caller's pattern can't hold the mock up. What looks
around (look-ahead, conditional groups) is not understood, as with OpenAI's structured outputs.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from importlib import import_module
from typing import Any

from mock_openai.chance import Chance, between, pick

# Private, and the only parser there is; no stubs name them.
_constants: Any = import_module("re._constants")
_parser: Any = import_module("re._parser")

MOST_REPEATED = 4  # beyond the least that is asked for
MOST_STEPS = 20_000
_PRINTABLE = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ _-.,:;!?/#%&()+*=@"
_CATEGORIES = {
    _constants.CATEGORY_DIGIT: re.compile(r"\d"),
    _constants.CATEGORY_NOT_DIGIT: re.compile(r"\D"),
    _constants.CATEGORY_SPACE: re.compile(r"\s"),
    _constants.CATEGORY_NOT_SPACE: re.compile(r"\S"),
    _constants.CATEGORY_WORD: re.compile(r"\w"),
    _constants.CATEGORY_NOT_WORD: re.compile(r"\W"),
}
_REPEATS = (_constants.MAX_REPEAT, _constants.MIN_REPEAT, _constants.POSSESSIVE_REPEAT)


def patterned(pattern: str, chance: Chance) -> str | None:
    """None where the pattern can't be read, or asks for too much."""
    try:
        text = "".join(_Writing(chance).write(_parser.parse(pattern)))
        text.encode()
    except (re.error, _NotUnderstoodError, RecursionError, OverflowError, UnicodeEncodeError):
        return None
    return text


class _NotUnderstoodError(Exception):
    """The pattern says something that is not made here."""


class _Writing:
    def __init__(self, chance: Chance) -> None:
        self._chance = chance
        self._groups: dict[int, str] = {}
        self._steps = 0

    def write(self, parsed: Any) -> Iterator[str]:
        for op, argument in parsed:
            self._steps += 1
            if self._steps > MOST_STEPS:
                raise _NotUnderstoodError
            yield from self._one(op, argument)

    def _one(self, op: Any, argument: Any) -> Iterator[str]:
        if op is _constants.LITERAL:
            yield chr(argument)
        elif op in _REPEATS:
            least, most, inner = argument
            times = between(self._chance, least, min(most, least + MOST_REPEATED))
            for _ in range(times):
                self._steps += 1
                yield from self.write(inner)
        elif op is _constants.SUBPATTERN:
            number, _, _, inner = argument
            text = "".join(self.write(inner))
            if number is not None:
                self._groups[number] = text
            yield text
        elif op is _constants.BRANCH:
            yield from self.write(pick(self._chance, argument[1]))
        elif op is _constants.ATOMIC_GROUP:
            yield from self.write(argument)
        elif op is _constants.GROUPREF:
            yield self._groups.get(argument, "")
        elif op is not _constants.AT:
            yield self._letter(op, argument)

    def _letter(self, op: Any, argument: Any) -> str:
        if op is _constants.ANY:
            return pick(self._chance, _PRINTABLE)
        if op is _constants.NOT_LITERAL:
            return pick(self._chance, _PRINTABLE.replace(chr(argument), ""))
        if op is not _constants.IN:
            raise _NotUnderstoodError
        allowed = _allowed(tuple(argument))
        if not allowed:
            raise _NotUnderstoodError
        return pick(self._chance, allowed)


@lru_cache(maxsize=256)
def _allowed(members: tuple[tuple[Any, Any], ...]) -> str:
    """What a character class may be: of what is printable, or of what it names itself."""
    negated = members[0][0] is _constants.NEGATE
    named = "".join(
        chr(argument) if op is _constants.LITERAL else _span(*argument)
        for op, argument in members
        if op in (_constants.LITERAL, _constants.RANGE)
    )
    looks = [_CATEGORIES[argument] for op, argument in members if op is _constants.CATEGORY]
    in_category = "".join(one for one in _PRINTABLE if any(look.match(one) for look in looks))
    inside = named + in_category
    return "".join(one for one in _PRINTABLE if one not in inside) if negated else inside


def _span(low: int, high: int) -> str:
    return "".join(map(chr, range(low, min(high, low + 255) + 1)))
