"""What a request itself may choose: by `[[mock: …]]`, by X-Mock-* header, by model suffix.

All three fill the same `Overrides`; a directive wins over a header, a header over a suffix.
An unknown key or a bad value is a 400 that names it.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from mock_openai.errors import ApiError, nearest
from mock_openai.faults.fault import Fault
from mock_openai.faults.reading import read_fault_text
from mock_openai.plan.durations import duration_ns
from mock_openai.profiles import PROFILES

_DIRECTIVE = re.compile(r"\[\[mock:([^\[\]]*)\]\]")
_OPENING = "[[mock:"
MOST_TOKENS = 100_000
MOST_KEYS = 100  # of all directives of a request


@dataclass(frozen=True, slots=True)
class Overrides:
    """None where the request says nothing."""

    scenario: str | None = None
    seed: int | None = None
    speed: float | None = None
    tokens: int | None = None
    first_ns: int | None = None
    gap_ns: int | None = None
    hold: int | None = None
    faults: tuple[Fault, ...] = ()
    profile: str | None = None

    def under(self, stronger: "Overrides") -> "Overrides":
        """Self, with what `stronger` says in its place; faults of both strike."""
        if stronger is NO_OVERRIDES:
            return self
        if self is NO_OVERRIDES:
            return stronger
        given = {name: value for name in _SINGLE if (value := getattr(stronger, name)) is not None}
        return replace(self, **given, faults=self.faults + stronger.faults)


NO_OVERRIDES = Overrides()
_SINGLE = tuple(field.name for field in fields(Overrides) if field.name != "faults")


def _whole(low: int, high: int) -> Callable[[str], int]:
    def read(text: str) -> int:
        if not re.fullmatch(r"-?\d{1,19}", text) or not low <= int(text) <= high:
            raise ValueError(f"{text!r} is not a whole number from {low} to {high}")
        return int(text)

    return read


def _speed(text: str) -> float:
    try:
        speed = float(text)
    except ValueError:
        speed = 0.0
    if not 0.001 <= speed <= 1_000_000:
        raise ValueError(f"{text!r} is not a factor from 0.001 to 1000000")
    return speed


def _name(text: str) -> str:
    if not re.fullmatch(r"[\w.-]{1,100}", text):
        raise ValueError(f"{text!r} is not a scenario name")
    return text


def read_profile(text: str) -> str:
    """Raises ValueError."""
    if text not in PROFILES:
        raise ValueError(f"there is no profile {text!r}{nearest(text, PROFILES)}")
    return text


@dataclass(frozen=True, slots=True)
class DirectiveKey:
    """`field` is that of `Overrides`; `read` raises ValueError; `example` and `words` are for the
    docs and the OpenAPI page."""

    field: str
    read: Callable[[str], Any]
    example: str
    words: str


DIRECTIVE_KEYS: dict[str, DirectiveKey] = {
    "scenario": DirectiveKey(
        "scenario",
        _name,
        "slow-start",
        "the scenario that answers; also as a model suffix, `gpt-4o@slow-start`",
    ),
    "seed": DirectiveKey("seed", _whole(-(2**62), 2**62), "7", "a seed for this answer alone"),
    "speed": DirectiveKey("speed", _speed, "2", "divides all times"),
    "tokens": DirectiveKey("tokens", _whole(0, MOST_TOKENS), "400", "a text of that length"),
    "first": DirectiveKey("first_ns", duration_ns, "200ms", "time to the first token"),
    "gap": DirectiveKey("gap_ns", duration_ns, "20ms", "time between tokens"),
    "hold": DirectiveKey("hold", _whole(0, 10**9), "5", "a gate before that chunk"),
    "profile": DirectiveKey("profile", read_profile, "vllm", "the server to speak like"),
    "fault": DirectiveKey(
        "faults", read_fault_text, "stall@50:3s", "what goes wrong; several are allowed"
    ),
}
"""What stands in `[[mock: key=value]]`; the headers are X-Mock-<Key>."""
_HEADERS = {f"x-mock-{key}": key for key in DIRECTIVE_KEYS}
HEADER_NAMES = tuple(_HEADERS)


def _read(pairs: list[tuple[str, str]], place: str) -> Overrides:
    if len(pairs) > MOST_KEYS:
        message = f"{place}: more than {MOST_KEYS} keys"
        raise ApiError(400, message, pairs[0][0], "mock_directive")
    fields: dict[str, Any] = {}
    for key, text in pairs:
        if key not in DIRECTIVE_KEYS:
            message = f"{place}: unknown key '{key}'{nearest(key, DIRECTIVE_KEYS)}"
            raise ApiError(400, message, key, "mock_directive")
        name = DIRECTIVE_KEYS[key].field
        try:
            value = DIRECTIVE_KEYS[key].read(text)
        except ValueError as error:
            raise ApiError(400, f"{place}: {key}: {error}", key, "mock_directive") from error
        fields[name] = (*fields.get(name, ()), value) if name == "faults" else value
    return Overrides(**fields)


def read_directive(text: str) -> tuple[str, Overrides]:
    """The text without its directives, and what they say."""
    if _OPENING not in text:
        return text, NO_OVERRIDES
    clean = without_directives(text)
    pairs: list[tuple[str, str]] = []
    for word in " ".join(_DIRECTIVE.findall(text)).split():
        key, equals, value = word.partition("=")
        if not equals:
            raise ApiError(
                400, f"[[mock: …]]: write key=value, not '{word}'", key, "mock_directive"
            )
        pairs.append((key, value))
    if _OPENING in clean:
        raise ApiError(400, "[[mock: …]] is not closed by ]]", "messages", "mock_directive")
    return clean, _read(pairs, "[[mock: …]]")


def without_directives(text: str) -> str:
    """The text without its directives, whatever they say."""
    if _OPENING not in text:
        return text
    between: list[str] = []
    at = 0
    for match in _DIRECTIVE.finditer(text):
        between.append(text[at : match.start()].rstrip())
        at = match.end()
    return "".join([*between, text[at:]]).strip()


def read_headers(headers: Mapping[str, str]) -> Overrides:
    """From lower-case header names; `X-Mock-Fault: cut@12, stall@3:2s` gives several."""
    pairs: list[tuple[str, str]] = []
    for header, key in _HEADERS.items():
        if header not in headers:
            continue
        values = headers[header].split(",") if key == "fault" else [headers[header]]
        pairs.extend((key, value.strip()) for value in values)
    return _read(pairs, "X-Mock header") if pairs else NO_OVERRIDES


def read_model(model: str) -> tuple[str, Overrides]:
    """`gpt-4o@slow-start` is the model gpt-4o with the scenario slow-start."""
    name, at, scenario = model.partition("@")
    if not at:
        return model, NO_OVERRIDES
    return name, _read([("scenario", scenario)], "model suffix")
