"""What was filled in on the check tab, as the config of a check. Pure."""

from collections.abc import Mapping, Sequence

from tokentape.check.config import TEXT_MAX, CheckConfig
from tokentape.check.contract_choice import CHOICES, choose
from tokentape.check.contract_file import parse_contract
from tokentape.check.could_not_run import CouldNotRun
from tokentape.check.read_config import read_config
from tokentape.contract.contract import Contract, Json
from tokentape.ui.allowed_targets import target
from tokentape.ui.form import with_labels, written_in
from tokentape.ui.mock_admin import Mock
from tokentape.ui.server_functions import UnfitInput, text_in

VIEWERS_MAX = 50
"""Viewers of all users together."""
FILE = "file"
"""The choice that stands for a contract file."""


def config_in(given: Mapping[str, Json], mock: Mock | None, targets: Sequence[str]) -> CheckConfig:
    """`mock` is this server's own, where it has one; `targets` are UI_TARGETS. Raises `UnfitInput`,
    which names the field as the page does."""
    own = mock if given.get("mock") is True else None
    written = written_in(given, CheckConfig)
    most = VIEWERS_MAX // written.get("viewers", 1)
    if written.get("users", 1) > most:
        raise UnfitInput(f"Users at once: a whole number from 1 to {most} is needed.")
    try:
        return read_config(
            url=_url(given, targets),
            contract=_contract(given),
            mock_url=own and own.url,
            mock_token=own and own.token,
            **written,
        )
    except CouldNotRun as reason:
        raise UnfitInput(with_labels(str(reason), CheckConfig)) from reason


def _url(given: Mapping[str, Json], targets: Sequence[str]) -> str:
    try:
        return target(text_in(given, "url", 2_000), targets)
    except UnfitInput as fault:
        raise UnfitInput(f"Address: {str(fault).removeprefix('url: ')}") from fault


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
    return choose(dialect, text_in(given, "transport", 100, "").strip() or None)
