"""Form: what was filled in on the page, as the check that it asks for. Pure."""

from collections.abc import Mapping, Sequence
from typing import Any

from tokentape.check.check_input import CheckInput, wanted_of
from tokentape.check.config import CheckConfig, CouldNotRun
from tokentape.check.contract_choice import CHOICES, choose
from tokentape.check.contract_file import parse_contract
from tokentape.contract.contract import Contract, Json
from tokentape.ui.allowed_targets import target
from tokentape.ui.check.report_view import in_fields
from tokentape.ui.mock_admin import Mock
from tokentape.ui.server_functions import UnfitInput, text_in, whole_in

TEXT_MAX = 200_000
EXTRAS_MAX = 20_000
"""Characters of all headers together, and of all parameters."""
TURNS_MAX, VIEWERS_MAX, CUTS_MAX = 1_000, 50, 100
FILE = "file"
"""The choice that stands for a contract file."""


LABELS = {
    "url": "Address",
    "dialect": "Dialect",
    "transport": "Transport",
    "token": "Token or key",
    "turns": "Answers",
    "viewers": "Viewers of each answer",
    "users": "Users at once",
    "cuts": "Cuts at random",
    "cut_at": "Cut after events",
    "seed": "Seed of the places",
    "expect": "Text that has to come",
    "max_ttft_ms": "First token within",
    "max_gap_ms": "Longest gap",
    "message": "Question",
    "model": "Model to ask for",
    "headers": "Headers",
    "query": "Query",
    "silence_s": "Longest silence",
    "longest_s": "Longest answer",
    "file_text": "Contract file",
}
"""What the page calls its fields."""


def wanted_in(given: Mapping[str, Json], mock: Mock | None, targets: Sequence[str]) -> CheckConfig:
    """`mock` is this server's own, where it has one; `targets` are UI_TARGETS. Raises `UnfitInput`,
    which names the field as the page does."""
    try:
        return _wanted(given, mock if given.get("mock") is True else None, targets)
    except CouldNotRun as reason:
        raise UnfitInput(in_fields(str(reason))) from reason
    except UnfitInput as fault:
        name, colon, what = str(fault).partition(":")
        raise UnfitInput(f"{LABELS.get(name, name)}{colon}{what}") from fault


def _wanted(given: Mapping[str, Json], mock: Mock | None, targets: Sequence[str]) -> CheckConfig:
    return wanted_of(
        CheckInput(
            url=_url(given, targets),
            contract=_contract(given),
            token=_optional(given, "token", 10_000),
            headers=_lines(given, "headers"),
            query=_lines(given, "query"),
            model=_optional(given, "model", 200),
            message=_optional(given, "message", 32_000),
            turns=whole_in(given, "turns", 1, TURNS_MAX, 1),
            viewers=(viewers := whole_in(given, "viewers", 1, VIEWERS_MAX, 1)),
            users=whole_in(given, "users", 1, VIEWERS_MAX // viewers, 1),
            cut_at=(text_in(given, "cut_at", 1_000, ""),),
            cuts=whole_in(given, "cuts", 0, CUTS_MAX, 0),
            stop=given.get("stop") is True,
            expect=_optional(given, "expect", TEXT_MAX, strip=False),
            max_ttft_ms=_number(given, "max_ttft_ms", 0, 3_600_000),
            max_gap_ms=_number(given, "max_gap_ms", 0, 3_600_000),
            silence_s=_number(given, "silence_s", 0.1, 120) or 30.0,
            longest_s=_number(given, "longest_s", 0.1, 900) or 300.0,
            seed=whole_in(given, "seed", -(2**53), 2**53, 0),
            mock=mock.url if mock else None,
            mock_token=mock.token if mock else None,
        )
    )


def _url(given: Mapping[str, Json], targets: Sequence[str]) -> str:
    try:
        return target(text_in(given, "url", 2_000), targets)
    except UnfitInput as fault:
        raise UnfitInput(f"url: {str(fault).removeprefix('url: ')}") from fault


def choices() -> list[Json]:
    """What can be chosen: each dialect with the transports that it is spoken over."""
    return [
        {
            "dialect": dialect,
            "transports": [one.transport for one in contracts],
            "needs_token": any(one.needs_token for one in contracts),
        }
        for dialect, contracts in CHOICES.items()
    ]


def _contract(given: Mapping[str, Json]) -> Contract:
    dialect = text_in(given, "dialect", 100)
    if dialect == FILE:
        name = text_in(given, "file_name", 300, "") or "the contract file"
        text = text_in(given, "file_text", TEXT_MAX, "")
        if not text.strip():
            raise UnfitInput("Contract file: choose one.")
        return parse_contract(text, name)
    return choose(dialect, _optional(given, "transport", 100))


def _optional(given: Mapping[str, Json], name: str, most: int, *, strip: bool = True) -> str | None:
    text = text_in(given, name, most, "")
    return (text.strip() if strip else text) or None


def _lines(given: Mapping[str, Json], name: str) -> tuple[str, ...]:
    text = text_in(given, name, EXTRAS_MAX, "")
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def _number(given: Mapping[str, Json], name: str, low: float, high: float) -> float | None:
    value: Any = given.get(name)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
        raise UnfitInput(f"{name}: a number from {low:g} to {high:,g} is needed.")
    return float(value)
