"""Checks of request fields, in tables, with the messages and codes of OpenAI's own 400s.

https://platform.openai.com/docs/guides/error-codes
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from mock_openai.errors import ApiError

Check = Callable[[Any, str], None]
"""Takes a value and the name of its parameter; raises ApiError."""

_ARTICLES = {
    bool: "a boolean", int: "an integer", float: "a decimal number", str: "a string",
    list: "an array", dict: "an object", type(None): "null",
}  # fmt: skip


def kind_of(value: Any) -> str:
    return _ARTICLES.get(type(value), "another type")


def wrong_type(param: str, expected: str, value: Any) -> ApiError:
    message = f"Invalid type for '{param}': expected {expected}, but got {kind_of(value)} instead."
    return ApiError(400, message, param, "invalid_type")


def missing(param: str) -> ApiError:
    return ApiError(
        400, f"Missing required parameter: '{param}'.", param, "missing_required_parameter"
    )


def any_value(value: Any, param: str) -> None:
    """Accepted as it is, and not read."""


def boolean(value: Any, param: str) -> None:
    if value is not None and not isinstance(value, bool):
        raise wrong_type(param, "a boolean", value)


def string(value: Any, param: str) -> None:
    if not isinstance(value, str):
        raise wrong_type(param, "a string", value)


def maybe_string(value: Any, param: str) -> None:
    if value is not None:
        string(value, param)


def mapping(value: Any, param: str) -> None:
    if value is not None and not isinstance(value, dict):
        raise wrong_type(param, "an object", value)


def array(value: Any, param: str) -> None:
    if value is not None and not isinstance(value, list):
        raise wrong_type(param, "an array of objects", value)


def decimal(low: float, high: float) -> Check:
    def check(value: Any, param: str) -> None:
        if value is None:
            return
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise wrong_type(param, "a decimal number", value)
        _range("decimal", value, low, high, param)

    return check


def integer(low: int, high: int) -> Check:
    def check(value: Any, param: str) -> None:
        if value is None:
            return
        if isinstance(value, bool) or not isinstance(value, int):
            raise wrong_type(param, "an integer", value)
        _range("integer", value, low, high, param)

    return check


def _range(noun: str, value: float, low: float, high: float, param: str) -> None:
    for beyond, side, word, sign, bound in (
        (value < low, "below minimum", "below_min", ">=", low),
        (value > high, "above maximum", "above_max", "<=", high),
    ):
        if beyond:
            message = (
                f"Invalid '{param}': {noun} {side} value. "
                f"Expected a value {sign} {bound:g}, but got {value:g} instead."
            )
            raise ApiError(400, message, param, f"{noun}_{word}_value")


def one_of(known: Iterable[str]) -> Check:
    choices = tuple(known)
    listed = ", ".join(f"'{choice}'" for choice in choices[:-1]) + f", and '{choices[-1]}'"

    def check(value: Any, param: str) -> None:
        if value is None:
            return
        string(value, param)
        if value not in choices:
            message = f"Invalid value: '{value}'. Supported values are: {listed}."
            raise ApiError(400, message, param, "invalid_value")

    return check


def stops(value: Any, param: str) -> None:
    if value is None or isinstance(value, str):
        return
    if not isinstance(value, list):
        raise wrong_type(param, "one of a string or array of strings", value)
    if len(value) > 4:
        message = (
            f"Invalid '{param}': array too long. Expected an array with maximum length 4, "
            f"but got an array with length {len(value)} instead."
        )
        raise ApiError(400, message, param, "array_above_max_length")
    for i, stop in enumerate(value):
        string(stop, f"{param}[{i}]")


def full_array(value: Any, param: str) -> None:
    if not isinstance(value, list):
        raise wrong_type(param, "an array of objects", value)
    if not value:
        message = (
            f"Invalid '{param}': empty array. Expected an array with minimum length 1, "
            "but got an empty array instead."
        )
        raise ApiError(400, message, param, "empty_array")


def check_fields(
    body: Mapping[str, Any], table: Mapping[str, Check], required: Iterable[str], inside: str = ""
) -> None:
    """Every field of `body` by its row of `table`; `inside` is the path before their names."""
    for name in required:
        if name not in body:
            raise missing(inside + name)
    for name, value in body.items():
        check = table.get(name)
        if check is None:
            message = f"Unknown parameter: '{inside}{name}'."
            raise ApiError(400, message, inside + name, "unknown_parameter")
        check(value, inside + name)
