"""A text, or many, or token numbers: the input of completions and embeddings, read once."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from mock_openai.endpoints.checks import Check, wrong_type
from mock_openai.errors import ApiError
from mock_openai.request.overrides import Overrides, read_directive

MOST_TEXTS = 2_048
_EXPECTED = "one of a string, array of strings, array of integers, or array of integer arrays"
_NUMBER = {"type": "integer", "minimum": 0}


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _check(value: Any, param: str) -> None:
    if isinstance(value, str):
        return
    if not isinstance(value, list):
        raise wrong_type(param, _EXPECTED, value)
    if not value:
        raise ApiError(400, f"'{param}' is an empty array.", param, "empty_array")
    if len(value) > MOST_TEXTS and not _is_number(value[0]):
        message = (
            f"Invalid '{param}': array too long. Expected an array with maximum length "
            f"{MOST_TEXTS}, but got an array with length {len(value)} instead."
        )
        raise ApiError(400, message, param, "array_above_max_length")
    first = value[0]
    for i, one in enumerate(value):
        inside = f"{param}[{i}]"
        if isinstance(first, str):
            if not isinstance(one, str):
                raise wrong_type(inside, "a string", one)
        elif _is_number(first):
            _check_number(one, inside)
        elif isinstance(one, list) and one:
            for j, number in enumerate(one):
                _check_number(number, f"{inside}[{j}]")
        else:
            raise wrong_type(inside, "an array of integers", one)


def _check_number(value: Any, param: str) -> None:
    if not _is_number(value):
        raise wrong_type(param, "an integer", value)
    if value < 0:
        raise ApiError(400, f"Invalid '{param}': a token is 0 or above.", param, "invalid_value")


_NUMBERS = {"type": "array", "items": _NUMBER, "minItems": 1}
TEXTS = Check(
    _check,
    {
        "anyOf": [
            {"type": "string"},
            {
                "type": "array",
                "items": {"type": "string"},
                "minItems": 1,
                "maxItems": MOST_TEXTS,
            },
            _NUMBERS,
            {"type": "array", "items": _NUMBERS, "minItems": 1, "maxItems": MOST_TEXTS},
        ]
    },
)


@dataclass(frozen=True, slots=True)
class ParsedTexts:
    """Token numbers are heard as words: `42 7`."""

    texts: tuple[str, ...]
    overrides: Overrides


def read_texts(given: Any) -> ParsedTexts:
    """Reads checked input; the directive counts wherever it stands."""
    whole = [given] if isinstance(given, str) or _is_number(given[0]) else given
    texts: list[str] = []
    overrides = Overrides()
    for one in whole:
        if isinstance(one, str):
            clean, stronger = read_directive(one)
            overrides = overrides.under(stronger)
            texts.append(clean)
        else:
            texts.append(_numbered(one))
    return ParsedTexts(tuple(texts), overrides)


def _numbered(numbers: Sequence[int]) -> str:
    return " ".join(map(str, numbers))
