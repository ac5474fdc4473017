"""A request with parameters that OpenAI does not know: read without them, which are told. Pure."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mock_openai.errors import ApiError
from mock_openai.request.overrides import Overrides
from mock_openai.request.parsed_request import ParsedRequest

UNKNOWN = "unknown_parameter"
MOST_UNKNOWN = 100
"""Each costs one more reading of the request."""
_STEP = re.compile(r"\[(\d{1,6})\]|\.?([^.\[\]]+)")

Read = Callable[[dict[str, Any], Mapping[str, str]], tuple[ParsedRequest, Overrides]]


@dataclass(frozen=True, slots=True)
class Reading:
    """`unknown` are the parameters that were left out, by their path, with their values; `refusals`
    is what OpenAI would say of each; `later` what it would say of the rest of the request."""

    request: ParsedRequest | None
    overrides: Overrides
    unknown: Mapping[str, Any]
    refusals: Sequence[ApiError]
    later: ApiError | None = None


def read_leniently(read: Read, body: dict[str, Any], headers: Mapping[str, str]) -> Reading:
    """Reads without what is unknown. Raises ApiError for a request that is wrong without that too,
    where nothing was unknown."""
    unknown: dict[str, Any] = {}
    refusals: list[ApiError] = []
    while True:
        try:
            request, overrides = read(body, headers)
        except ApiError as error:
            path = error.param or ""
            place = _locate(body, path) if error.code == UNKNOWN else None
            if place is None or len(unknown) >= MOST_UNKNOWN:
                if not refusals:
                    raise
                return Reading(None, Overrides(), unknown, refusals, error)
            unknown[path] = place[0]
            refusals.append(error)
            body = without(body, place[1])
        else:
            return Reading(request, overrides, unknown, refusals)


def _locate(body: Any, path: str) -> tuple[Any, tuple[str | int, ...]] | None:
    """The value at a path as errors name it, and the steps to it. A name may have dots in it."""
    steps: list[str | int] = []
    rest = path
    while rest:
        if isinstance(body, dict) and rest.removeprefix(".") in body:
            name = rest.removeprefix(".")
            return body[name], (*steps, name)
        match = _STEP.match(rest)
        if match is None:
            return None
        number = match[1] or (match[2] if isinstance(body, list) else "")
        step: str | int = int(number) if number.isdecimal() else match[2]
        try:
            body = body[step]
        except (KeyError, IndexError, TypeError):
            return None
        steps.append(step)
        rest = rest[match.end() :]
    return None


def without(value: Any, steps: Sequence[str | int]) -> Any:
    """A copy without what the steps lead to; what is beside them is shared."""
    step, rest = steps[0], steps[1:]
    if isinstance(value, dict):
        if not rest:
            return {name: each for name, each in value.items() if name != step}
        return {**value, step: without(value[step], rest)}
    copy = list(value)
    copy[int(step)] = without(copy[int(step)], rest)
    return copy
