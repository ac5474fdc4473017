"""How deep the JSON of a request may be nested: what is made of it must be written again. Pure."""

from typing import Any

import orjson

from mock_openai.errors import ApiError

NESTED_MAX = 250
"""Levels of lists and objects in one another. orjson writes 254, and an answer that gives a request
back puts a few of its own around it."""
_AROUND = 4
_REFUSED = "depth limit"
"""How orjson begins to say that it read no further (1,024 levels)."""


def read_nested(body: bytes) -> Any:
    """The value. Raises `orjson.JSONDecodeError` for what is no JSON, ApiError for too deep."""
    try:
        parsed = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        if error.msg.startswith(_REFUSED):
            raise _too_deep() from None
        raise
    if body.count(b"[") + body.count(b"{") > NESTED_MAX:
        value = parsed
        for _ in range(_AROUND):
            value = [value]
        try:  # who writes it finds out, faster than a walk in Python would
            orjson.dumps(value)
        except orjson.JSONEncodeError:
            raise _too_deep() from None
    return parsed


def _too_deep() -> ApiError:
    return ApiError(400, f"The JSON of your request is nested deeper than {NESTED_MAX} levels.")
