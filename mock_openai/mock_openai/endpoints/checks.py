"""Checks of request fields, in tables, with the messages and codes of OpenAI's own 400s.

Each check also is a JSON schema, so that the mock's own OpenAPI page is the tables once more.
https://platform.openai.com/docs/guides/error-codes
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from mock_openai.errors import ApiError

Run = Callable[[Any, str], None]
"""Takes a value and the name of its parameter; raises ApiError."""
UNKNOWN = "unknown_parameter"
"""The code of OpenAI's refusal of a field that it does not know."""


@dataclass(frozen=True, slots=True)
class Collected:
    """The refusals of unknown fields, up to so many."""

    most: int
    errors: list[ApiError] = field(default_factory=list)


_COLLECTED: ContextVar[Collected | None] = ContextVar("collected", default=None)


@dataclass(frozen=True, slots=True)
class Check:
    """`run` raises ApiError for a value that is not so, `schema` says the same as JSON schema."""

    run: Run
    schema: Mapping[str, Any]

    def __call__(self, value: Any, param: str) -> None:
        self.run(value, param)


_ARTICLES = {
    bool: "a boolean", int: "an integer", float: "a decimal number", str: "a string",
    list: "an array", dict: "an object", type(None): "null",
}  # fmt: skip


def kind_of(value: Any) -> str:
    """With its article, as OpenAI's messages name it: `an integer`."""
    return _ARTICLES.get(type(value), "another type")


def wrong_type(param: str, expected: str, value: Any) -> ApiError:
    """OpenAI's refusal of a value of another type."""
    message = f"Invalid type for '{param}': expected {expected}, but got {kind_of(value)} instead."
    return ApiError(400, message, param, "invalid_type")


def missing(param: str) -> ApiError:
    """OpenAI's refusal of a request without a required parameter."""
    return ApiError(
        400, f"Missing required parameter: '{param}'.", param, "missing_required_parameter"
    )


def wrong_value(param: str, message: str) -> ApiError:
    """OpenAI's refusal of a value that is none of those it takes."""
    return ApiError(400, message, param, "invalid_value")


def or_null(schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """The schema that takes null besides."""
    if "anyOf" in schema:
        return {**schema, "anyOf": [*schema["anyOf"], {"type": "null"}]}
    if "enum" in schema:
        return {**schema, "type": [schema["type"], "null"], "enum": [*schema["enum"], None]}
    return {**schema, "type": [schema["type"], "null"]}


def _typed(kind: type, expected: str, name: str) -> Check:
    def run(value: Any, param: str) -> None:
        if not isinstance(value, kind):
            raise wrong_type(param, expected, value)

    return Check(run, {"type": name})


def maybe(check: Check) -> Check:
    """Null is allowed too."""

    def run(value: Any, param: str) -> None:
        if value is not None:
            check.run(value, param)

    return Check(run, or_null(check.schema))


def _accept(value: Any, param: str) -> None:
    """As it is, and not read."""


any_value = Check(_accept, {})
string = _typed(str, "a string", "string")
record = _typed(dict, "an object", "object")
boolean = maybe(_typed(bool, "a boolean", "boolean"))
maybe_string = maybe(string)
mapping = maybe(record)
array = maybe(_typed(list, "an array of objects", "array"))


def decimal(low: float, high: float) -> Check:
    """A number, both bounds included."""

    def run(value: Any, param: str) -> None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise wrong_type(param, "a decimal number", value)
        _range("decimal", value, low, high, param)

    return maybe(Check(run, {"type": "number", "minimum": low, "maximum": high}))


def integer(low: int, high: int) -> Check:
    """A whole number, both bounds included."""

    def run(value: Any, param: str) -> None:
        if isinstance(value, bool) or not isinstance(value, int):
            raise wrong_type(param, "an integer", value)
        _range("integer", value, low, high, param)

    return maybe(Check(run, {"type": "integer", "minimum": low, "maximum": high}))


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
    """One of these texts."""
    choices = tuple(known)
    listed = ", ".join(f"'{choice}'" for choice in choices[:-1]) + f", and '{choices[-1]}'"

    def run(value: Any, param: str) -> None:
        string.run(value, param)
        if value not in choices:
            raise wrong_value(
                param, f"Invalid value: '{value}'. Supported values are: {listed.lstrip(', ')}."
            )

    return Check(run, {"type": "string", "enum": list(choices)})


def text(least: int, most: int) -> Check:
    """A string with bounds, in characters."""

    def run(value: Any, param: str) -> None:
        string.run(value, param)
        if not least <= len(value) <= most:
            word, side = ("short", "minimum") if len(value) < least else ("long", "maximum")
            bound = least if word == "short" else most
            message = (
                f"Invalid '{param}': string too {word}. Expected a string with {side} length "
                f"{bound}, but got a string with length {len(value)} instead."
            )
            code = f"string_{'below_min' if word == 'short' else 'above_max'}_length"
            raise ApiError(400, message, param, code)

    return Check(run, {"type": "string", "minLength": least, "maxLength": most})


def matching(pattern: str, most: int) -> Check:
    """A string of 1 to `most` characters that matches the pattern whole."""
    bounded, regex = text(1, most), re.compile(pattern)

    def run(value: Any, param: str) -> None:
        bounded.run(value, param)
        if not regex.fullmatch(value):
            message = (
                f"Invalid '{param}': string does not match pattern. Expected a string that "
                f"matches the pattern '{pattern}'."
            )
            raise wrong_value(param, message)

    return Check(run, {**bounded.schema, "pattern": pattern})


def items(
    each: Check,
    least: int = 0,
    most: int | None = None,
    expected: str = "an array of objects",
) -> Check:
    """An array, each of its items checked."""

    def run(value: Any, param: str) -> None:
        if not isinstance(value, list):
            raise wrong_type(param, expected, value)
        _length(value, least, most, param)
        for i, one in enumerate(value):
            each.run(one, f"{param}[{i}]")

    schema: dict[str, Any] = {"type": "array", "items": each.schema}
    if least:
        schema["minItems"] = least
    if most is not None:
        schema["maxItems"] = most
    return Check(run, schema)


def _length(value: Sequence[Any], least: int, most: int | None, param: str) -> None:
    if len(value) < least:
        message = (
            f"Invalid '{param}': empty array. Expected an array with minimum length {least}, "
            "but got an empty array instead."
        )
        raise ApiError(400, message, param, "empty_array")
    if most is not None and len(value) > most:
        message = (
            f"Invalid '{param}': array too long. Expected an array with maximum length {most}, "
            f"but got an array with length {len(value)} instead."
        )
        raise ApiError(400, message, param, "array_above_max_length")


def fields(table: Mapping[str, Check], required: Sequence[str] = (), closed: bool = True) -> Check:
    """An object, each of its fields by its row; `closed`: no other fields."""

    def run(value: Any, param: str) -> None:
        record.run(value, param)
        check_fields(value, table, required, f"{param}.", closed=closed)

    return Check(run, object_schema(table, required, closed=closed))


def object_schema(
    table: Mapping[str, Check], required: Sequence[str], *, closed: bool = True
) -> dict[str, Any]:
    """The JSON schema of an object of these fields; closed: of no others."""
    schema: dict[str, Any] = {
        "type": "object",
        "properties": {name: check.schema for name, check in table.items()},
    }
    if required:
        schema["required"] = list(required)
    if closed:
        schema["additionalProperties"] = False
    return schema


def either(expected: str, *checks: Check) -> Check:
    """The first check whose JSON type fits the value decides."""
    by_kind = {check.schema["type"]: check for check in checks}

    def run(value: Any, param: str) -> None:
        check = by_kind.get(_JSON_TYPES.get(type(value), ""))
        if check is None:
            raise wrong_type(param, expected, value)
        check.run(value, param)

    return Check(run, {"anyOf": [check.schema for check in checks]})


_JSON_TYPES = {str: "string", list: "array", dict: "object", int: "integer", bool: "boolean"}

_MOST_LABELS = 16
_LABEL = text(0, 512)


def _labels(value: Any, param: str) -> None:
    record.run(value, param)
    if len(value) > _MOST_LABELS:
        message = (
            f"Invalid '{param}': too many properties. Expected an object with at most "
            f"{_MOST_LABELS} properties, but got an object with {len(value)} properties instead."
        )
        raise ApiError(400, message, param, "object_above_max_properties")
    for name, label in value.items():
        _LABEL.run(label, f"{param}.{name}")


metadata = maybe(
    Check(
        _labels,
        {"type": "object", "additionalProperties": _LABEL.schema, "maxProperties": _MOST_LABELS},
    )
)

_BIAS = decimal(-100, 100)


def _biases(value: Any, param: str) -> None:
    record.run(value, param)
    for key, bias in value.items():
        if not (key.isascii() and key.isdecimal()):
            message = (
                f"Invalid key in '{param}': {key}. You should only be submitting non-negative "
                "integers."
            )
            raise ApiError(400, message, param)
        _BIAS.run(bias, f"{param}.{key}")


logit_bias = maybe(
    Check(
        _biases,
        {
            "type": "object",
            "propertyNames": {"pattern": "^[0-9]+$"},
            "additionalProperties": _BIAS.schema,
        },
    )
)

_STRINGS = items(string, 0, 4, "one of a string or array of strings")


def _stops(value: Any, param: str) -> None:
    if value is not None and not isinstance(value, str):
        _STRINGS.run(value, param)


stops = Check(_stops, {"anyOf": [string.schema, _STRINGS.schema, {"type": "null"}]})


def check_fields(
    body: Mapping[str, Any],
    table: Mapping[str, Check],
    required: Iterable[str],
    inside: str = "",
    *,
    closed: bool = True,
) -> None:
    """Every field of `body` by its row of `table`; `inside` is the path before their names."""
    for name in required:
        if name not in body:
            raise missing(inside + name)
    for name, value in body.items():
        check = table.get(name)
        if check is not None:
            check.run(value, inside + name)
        elif closed:
            message = f"Unknown parameter: '{inside}{name}'."
            refuse_unknown(ApiError(400, message, inside + name, UNKNOWN))


def refuse_unknown(error: ApiError) -> None:
    """Raises the refusal of an unknown field, unless it is collected."""
    collected = _COLLECTED.get()
    if collected is None or len(collected.errors) >= collected.most:
        raise error
    collected.errors.append(error)


@contextmanager
def unknown_collected(most: int) -> Iterator[list[ApiError]]:
    """In the block the first `most` unknown fields are no errors: they are collected, so that a
    request is read once for all of them."""
    collected = Collected(most)
    token = _COLLECTED.set(collected)
    try:
        yield collected.errors
    finally:
        _COLLECTED.reset(token)
