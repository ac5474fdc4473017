"""Field types: what a path of an event must hold, in one word. Pure.

`string`, `integer`, `number`, `boolean`, `object`, `array`; `any` is anything but absent, `value`
anything but null, `filled` a text, list or object that is not empty, `id` a text that is not empty,
`count` an integer from 0, `empty` an empty list, `pointer` a JSON pointer, `objects` an object of
objects, `=a/b/c` one of these texts; `one|other` is either. A `?` at the end: it may be absent, and
then is left out: null in its place is wrong. With `??` null is as good as absent.
"""

import re
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

from tokentape.contract.paths import parts_of

ABSENT: Any = object()

_POINTER = re.compile(r"(/([^/~]|~[01])*)*")


def _is_integer(value: Any) -> bool:
    """2.0 is one: JSON knows numbers only."""
    if isinstance(value, float):
        return value.is_integer()
    return isinstance(value, int) and not isinstance(value, bool)


_TYPES: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "string": (lambda value: isinstance(value, str), "a text"),
    "integer": (_is_integer, "an integer"),
    "number": (
        lambda value: isinstance(value, int | float) and not isinstance(value, bool),
        "a number",
    ),
    "boolean": (lambda value: isinstance(value, bool), "true or false"),
    "object": (lambda value: isinstance(value, dict), "an object"),
    "array": (lambda value: isinstance(value, list), "a list"),
    "any": (lambda _value: True, "any value"),
    "value": (lambda value: value is not None, "any value but null"),
    "filled": (
        lambda value: isinstance(value, str | list | dict) and bool(value),
        "something in it",
    ),
    "empty": (lambda value: value == [], "an empty list"),
    "id": (lambda value: isinstance(value, str) and value != "", "a text that is not empty"),
    "count": (lambda value: _is_integer(value) and value >= 0, "an integer from 0"),
    "pointer": (
        lambda value: isinstance(value, str) and _POINTER.fullmatch(value) is not None,
        "a JSON pointer",
    ),
    "objects": (
        lambda value: isinstance(value, dict) and all(isinstance(x, dict) for x in value.values()),
        "an object of objects",
    ),
}
TYPES = (*_TYPES, "=one/of/these")


def is_type(word: str) -> bool:
    """Whether there is such a type."""
    return all(
        name in _TYPES or (name.startswith("=") and len(name) > 1)
        for name in word.removesuffix("?").removesuffix("?").split("|")
    )


def found_at(payload: Any, path: str) -> Any:
    """The value at a dotted path, null too; `ABSENT` where there is none."""
    value = payload
    for part, place in parts_of(path):
        if isinstance(value, dict):
            value = value.get(part, ABSENT)
        elif isinstance(value, list) and 0 <= place < len(value):
            value = value[place]
        else:
            return ABSENT
    return value


def breach(value: Any, word: str) -> str:
    """What is wrong with a value of this type, in words; empty where nothing is."""
    names, fitting = _read(word)
    if value is ABSENT:
        return "" if names != word else f"is absent, {_due(names)} is due"
    if value is None and word.endswith("??"):
        return ""
    for fits in fitting:
        if fits(value):
            return ""
    if value is None and names != word:
        return "is null: what is absent is left out"
    return f"is {_short(value)}, {_due(names)} is due"


@cache
def _read(word: str) -> tuple[str, tuple[Callable[[Any], bool], ...]]:
    """A type's names, and what fits each of them. Every event's fields are looked up here."""
    names = word.removesuffix("?").removesuffix("?")
    return names, tuple(map(_fits, names.split("|")))


def _fits(name: str) -> Callable[[Any], bool]:
    if not name.startswith("="):
        return _TYPES[name][0]
    values = frozenset(name[1:].split("/"))
    return lambda value: isinstance(value, str) and value in values


def _due(names: str) -> str:
    return " or ".join(map(_due_of, names.split("|")))


def _due_of(name: str) -> str:
    if name.startswith("="):
        return f"one of {', '.join(name[1:].split('/'))}"
    return _TYPES[name][1]


def _short(value: Any) -> str:
    text = "null" if value is None else repr(value)
    return text if len(text) <= 40 else f"{text[:37]}…"
