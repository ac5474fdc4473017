"""Checks of request fields with the messages of Anthropic's own 400s: `max_tokens: Field required`.

https://docs.anthropic.com/en/api/errors
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from mock_openai.endpoints.checks import UNKNOWN, Check, object_schema, or_null, refuse_unknown
from mock_openai.errors import ApiError

_WORDS: dict[type, tuple[str, str]] = {
    str: ("string", "string"),
    bool: ("boolean", "boolean"),
    int: ("integer", "integer"),
    float: ("number", "number"),
    list: ("list", "array"),
    dict: ("dictionary", "object"),
}


def invalid(path: str, message: str, code: str | None = None) -> ApiError:
    """A refusal that names its place, such as `messages.0.content`."""
    return ApiError(400, f"{path}: {message}", path, code)


def missing(path: str) -> ApiError:
    """For a field that has to be there."""
    return invalid(path, "Field required")


def _is(kind: type, value: Any) -> bool:
    if kind is float:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, kind) and (kind is bool or not isinstance(value, bool))


def typed(kind: type) -> Check:
    """A value of this type."""
    word, name = _WORDS[kind]

    def run(value: Any, path: str) -> None:
        if not _is(kind, value):
            raise invalid(path, f"Input should be a valid {word}")

    return Check(run, {"type": name})


string, boolean, record = typed(str), typed(bool), typed(dict)


def maybe(check: Check) -> Check:
    """Null is allowed too."""

    def run(value: Any, path: str) -> None:
        if value is not None:
            check.run(value, path)

    return Check(run, or_null(check.schema))


def bounded(kind: type, low: float, high: float | None = None) -> Check:
    """A number of this type, both bounds included."""
    checked = typed(kind)

    def run(value: Any, path: str) -> None:
        checked.run(value, path)
        if value < low:
            raise invalid(path, f"Input should be greater than or equal to {low:g}")
        if high is not None and value > high:
            raise invalid(path, f"Input should be less than or equal to {high:g}")

    most = {} if high is None else {"maximum": high}
    return Check(run, {**checked.schema, "minimum": low, **most})


def text(pattern: str, least: int = 1) -> Check:
    """A string of at least so many characters that matches the pattern whole."""
    regex = re.compile(pattern, re.DOTALL)

    def run(value: Any, path: str) -> None:
        string.run(value, path)
        if len(value) < least:
            plural = "" if least == 1 else "s"
            raise invalid(path, f"String should have at least {least} character{plural}")
        if not regex.fullmatch(value):
            raise invalid(path, f"String should match pattern '{pattern}'")

    return Check(run, {"type": "string", "minLength": least, "pattern": pattern})


def one_of(*known: str) -> Check:
    """One of these texts."""
    words = [f"'{one}'" for one in known]
    listed = " or ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)

    def run(value: Any, path: str) -> None:
        if value not in known:
            raise invalid(path, f"Input should be {listed}")

    return Check(run, {"type": "string", "enum": list(known)})


def items(each: Check, most: int | None = None) -> Check:
    """A list, each of its items checked."""

    def run(value: Any, path: str) -> None:
        _LIST.run(value, path)
        if most is not None and len(value) > most:
            raise invalid(
                path, f"List should have at most {most} items after validation, not {len(value)}"
            )
        for number, one in enumerate(value):
            each.run(one, f"{path}.{number}")

    return Check(run, {"type": "array", "items": each.schema})


_LIST = typed(list)


def check_fields(
    body: Mapping[str, Any], table: Mapping[str, Check], required: Iterable[str], inside: str = ""
) -> None:
    """Every field of `body` by its row of `table`; `inside` is the path before their names."""
    for name in required:
        if name not in body:
            raise missing(inside + name)
    for name, value in body.items():
        check = table.get(name)
        if check is not None:
            check.run(value, inside + name)
        else:
            refuse_unknown(invalid(inside + name, "Extra inputs are not permitted", UNKNOWN))


def fields(table: Mapping[str, Check], required: Sequence[str] = ()) -> Check:
    """An object, each of its fields by its row, and no others."""

    def run(value: Any, path: str) -> None:
        record.run(value, path)
        check_fields(value, table, required, f"{path}.")

    return Check(run, object_schema(table, required))


def tagged(kinds: Mapping[str, Check], other: Callable[[str], Check | None] | None = None) -> Check:
    """An object whose `type` says which check is its own; `other` for types that have no row."""
    listed = ", ".join(f"'{kind}'" for kind in kinds)

    def run(value: Any, path: str) -> None:
        record.run(value, path)
        if "type" not in value:
            raise missing(f"{path}.type")
        kind = value["type"]
        check = kinds.get(kind) if isinstance(kind, str) else None
        if check is None and other is not None and isinstance(kind, str):
            check = other(kind)
        if check is None:
            raise invalid(
                path,
                f"Input tag '{kind}' found using 'type' does not match any of the expected tags: "
                f"{listed}",
            )
        check.run(value, path)

    schema = {
        "type": "object",
        "properties": {"type": {"type": "string"}},
        "required": ["type"],
    }
    return Check(run, schema)


def string_or(check: Check) -> Check:
    """A text, or else what `check` takes."""

    def run(value: Any, path: str) -> None:
        if not isinstance(value, str):
            check.run(value, path)

    return Check(run, {"anyOf": [string.schema, check.schema]})
