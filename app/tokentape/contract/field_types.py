"""Field types: what a path of an event must hold, in one word. Pure.

`string`, `integer`, `number`, `boolean`, `object`, `array`; `any` is anything but absent, `filled`
a text, list or object that is not empty, `=a/b/c` one of these texts. A `?` at the end: it may be
absent, and then is left out: null in its place is wrong. With `??` null is as good as absent.
"""

from collections.abc import Callable, Mapping
from typing import Any

from tokentape.contract.paths import parts_of

ABSENT: Any = object()

_TYPES: Mapping[str, tuple[Callable[[Any], bool], str]] = {
    "string": (lambda value: isinstance(value, str), "a text"),
    "integer": (lambda value: isinstance(value, int) and not isinstance(value, bool), "an integer"),
    "number": (
        lambda value: isinstance(value, int | float) and not isinstance(value, bool),
        "a number",
    ),
    "boolean": (lambda value: isinstance(value, bool), "true or false"),
    "object": (lambda value: isinstance(value, dict), "an object"),
    "array": (lambda value: isinstance(value, list), "a list"),
    "any": (lambda _value: True, "any value"),
    "filled": (
        lambda value: isinstance(value, str | list | dict) and bool(value),
        "something in it",
    ),
}
TYPES = (*_TYPES, "=one/of/these")


def is_type(word: str) -> bool:
    """Whether there is such a type."""
    name = word.removesuffix("?").removesuffix("?")
    return name in _TYPES or (name.startswith("=") and len(name) > 1)


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
    name = word.removesuffix("?")
    if name.endswith("?"):
        if value is None:
            return ""
        name = name.removesuffix("?")
    if value is ABSENT:
        return "" if name != word else f"is absent, {_due(name)} is due"
    if name.startswith("="):
        fits = isinstance(value, str) and value in name[1:].split("/")
    else:
        fits = _TYPES[name][0](value)
    if fits:
        return ""
    if value is None and name != word:
        return "is null: what is absent is left out"
    return f"is {_short(value)}, {_due(name)} is due"


def _due(name: str) -> str:
    if name.startswith("="):
        return f"one of {', '.join(name[1:].split('/'))}"
    return _TYPES[name][1]


def _short(value: Any) -> str:
    text = "null" if value is None else repr(value)
    return text if len(text) <= 40 else f"{text[:37]}…"
