"""JSON of others, callers and servers, read as deep as what is made of it can be written again.
Pure."""

from typing import Any

import orjson

NESTED_MAX = 250
"""Levels of lists and objects in one another. orjson writes 254, and what we write puts a few of
its own around what a caller sent (a request, an event, a frame)."""
_AROUND = 4
_REFUSED = "depth limit"
"""How orjson begins to say that it read no further (1,024 levels)."""


class TooDeep(ValueError):
    """JSON that is nested deeper than `NESTED_MAX`."""

    def __init__(self) -> None:
        super().__init__(f"It is nested deeper than {NESTED_MAX} levels.")


def read_json(text: bytes | str) -> Any:
    """The value. Raises `TooDeep`, and `orjson.JSONDecodeError`, also a `ValueError`, for what is
    no JSON in UTF-8."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        if error.msg.startswith(_REFUSED):
            raise TooDeep from None
        raise
    if _opened(text) > NESTED_MAX and _is_deep(value):
        raise TooDeep
    return value


def _opened(text: bytes | str) -> int:
    """As many levels as there could be at most."""
    if isinstance(text, str):
        return text.count("[") + text.count("{")
    return text.count(b"[") + text.count(b"{")


def _is_deep(value: Any) -> bool:
    """Whoever writes it finds out, faster than a walk in Python would."""
    for _ in range(_AROUND):
        value = [value]
    try:
        orjson.dumps(value)
    except orjson.JSONEncodeError:
        return True
    return False
