"""A request with parameters that OpenAI does not know: read without them, which are told. Pure."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any, NamedTuple

from mock_openai.endpoints.checks import unknown_collected
from mock_openai.errors import ApiError
from mock_openai.request.overrides import Overrides
from mock_openai.request.parsed_request import ParsedRequest

MOST_UNKNOWN = 100
_STEP = re.compile(r"\[(\d{1,6})\]|\.?([^.\[\]]+)")

Way = tuple[str | int, ...]
"""The steps to a value."""
Read = Callable[[dict[str, Any], Mapping[str, str]], tuple[ParsedRequest, Overrides]]


class Reading(NamedTuple):
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
    with unknown_collected(MOST_UNKNOWN) as refusals:
        try:
            request, overrides = read(body, headers)
        except ApiError:
            if not refusals:
                raise
    if not refusals:
        return Reading(request, overrides, {}, ())
    unknown: dict[str, Any] = {}
    ways: list[Way] = []
    for error in refusals:
        path = error.param or ""
        place = _locate(body, path)
        if place is None and not unknown:
            raise error
        if place is None:
            return Reading(None, Overrides(), unknown, refusals[: len(ways)], error)
        unknown[path] = place[0]
        ways.append(place[1])
    try:
        request, overrides = read(without(body, ways), headers)
    except ApiError as error:
        return Reading(None, Overrides(), unknown, refusals, error)
    return Reading(request, overrides, unknown, refusals)


def _locate(body: Any, path: str) -> tuple[Any, Way] | None:
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


def without(value: Any, ways: Sequence[Way]) -> Any:
    """A copy without the fields that the ways lead to; what is beside them is shared."""
    gone = {way[0] for way in ways if len(way) == 1}
    deeper: dict[str | int, list[Way]] = {}
    for way in ways:
        if len(way) > 1:
            deeper.setdefault(way[0], []).append(way[1:])
    copy: Any = list(value)
    if isinstance(value, dict):
        copy = {name: each for name, each in value.items() if name not in gone}
    for step, rest in deeper.items():
        copy[step] = without(copy[step], rest)
    return copy
