"""JSON texts: whether what came in pieces is JSON, or the beginning of it. Pure."""

import json
from contextlib import suppress
from typing import Any, NoReturn

BLANK = " \t\r\n"
"""What JSON takes for blanks."""
_DIGITS = 300
"""Of a number that is told to the last one."""


def json_value(text: str) -> Any:
    """Strict (RFC 8259): Python's own reader takes `NaN`, and refuses long numbers. Raises
    `ValueError`, `RecursionError`."""
    return json.loads(text, parse_constant=_no_number, parse_int=_number)


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


def _number(digits: str) -> float:
    return int(digits) if len(digits) <= _DIGITS else float(digits)


def json_problem(text: str, shape: str) -> str:
    """Why a text is no JSON of this shape (`any`, `object`), in words; empty where it is."""
    try:
        value = json_value(text)
    except ValueError as error:
        return f"{len(text)} characters that are no JSON: {error}"
    except RecursionError:
        return "JSON that is nested too deeply"
    return "" if shape == "any" or isinstance(value, dict) else "JSON, but no object"


def begins_json(text: str, shape: str) -> bool:
    """Whether a text that lacks its end may yet become JSON of this shape."""
    from pydantic_core import from_json  # of use to few verdicts, and slow to import

    begun = text.lstrip(BLANK)
    if not begun:
        return True
    if not begun.startswith(("{", "[") if shape == "any" else "{"):
        return shape == "any"
    try:
        with suppress(ValueError):
            # What is whole needs no end; what follows it is of no JSON.
            return not begun[json.JSONDecoder().raw_decode(begun)[1] :].strip(BLANK)
        from_json(begun, allow_partial=True)
    except (ValueError, RecursionError):
        return False
    return True
