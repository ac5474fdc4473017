"""What may be wished for, and the command that it becomes."""

import os
from pathlib import Path

import pytest
import yaml

from tokentape.contract.contract import Json
from tokentape.ui.load.form import (
    JOURNEYS,
    SECONDS_MAX,
    USERS_MAX,
    Here,
    LoadForm,
    limits_of,
    options_of,
    token_of,
    wish_of,
)
from tokentape.ui.mock_admin import Mock
from tokentape.ui.server_functions import UnfitInput
from tokentape_load.metrics.limits import read_limits
from tokentape_load.run.options import asked_of, parser
from tokentape_load.workload.journeys import JOURNEYS as COMMANDS_JOURNEYS

MOCK = Mock("http://127.0.0.1:9100", "the-mocks")
HERE = Here("http://127.0.0.1:8000", MOCK, os.getpid())
LEAST: dict[str, Json] = {"users": 5, "seconds": 10}
FULL = LoadForm(
    target="here",
    users=30,
    seconds=60,
    dialects=("ai-chat", "inference"),
    journeys=("chat", "room"),
    rate=2.5,
    ttft_p99_ms=900,
    icl_p99_ms=60.5,
    min_answers=100,
    fault="stall@20:2s",
    fault_every=50,
)


def test_a_form_as_it_stands_asks_for_a_server_of_its_own() -> None:
    assert wish_of(LEAST) == LoadForm(users=5, seconds=10)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"users": 0}, "users"),
        ({"users": USERS_MAX + 1}, "users"),
        ({"users": "20"}, "users"),
        ({"users": True}, "users"),
        ({"seconds": SECONDS_MAX + 1}, "seconds"),
        ({"seconds": 1.5}, "seconds"),
        ({"target": "http://elsewhere.example"}, "target"),
        ({"dialects": ["ai-chat", "--host=http://elsewhere.example"]}, "dialects"),
        ({"dialects": "ai-chat"}, "dialects"),
        ({"dialects": [["ai-chat"]]}, "dialects"),
        ({"journeys": ["walk"]}, "journeys"),
        ({"journeys": "chat"}, "journeys"),
        ({"rate": -1}, "rate"),
        ({"rate": float("nan")}, "rate"),
        ({"rate": "fast"}, "rate"),
        ({"ttft_p99_ms": 0}, "ttft_p99_ms"),
        ({"min_answers": 0}, "min_answers"),
        ({"fault": "duplicate@5 --html=/etc/passwd"}, "fault"),
        ({"fault": "--host=x"}, "fault"),
        ({"fault": "x" * 101}, "fault"),
        ({"fault": None}, "fault"),
        ({"fault_every": 0}, "fault_every"),
    ],
    ids=str,
)
def test_what_is_out_of_bounds_is_refused_by_its_field(given: dict[str, Json], field: str) -> None:
    with pytest.raises(UnfitInput, match=f"^{field}: "):
        wish_of({**LEAST, **given})


@pytest.mark.parametrize("wish", [LoadForm(), FULL, LoadForm(fault="duplicate@5", fault_every=3)])
def test_the_command_line_understands_every_wish(wish: LoadForm, tmp_path: Path) -> None:
    (tmp_path / "limits.yaml").write_text(limits_of(wish))
    options = options_of(wish, HERE, tmp_path, None)
    asked = asked_of(parser("tokentape load").parse_args(options))
    assert (asked.users, asked.run_time_s) == (wish.users, wish.seconds)
    assert (asked.rate, asked.progress_json) == (wish.rate, True)
    assert asked.faults == ((wish.fault,) if wish.fault else ())
    assert asked.server_pids == ((os.getpid(),) if wish.target == "here" else ())
    assert asked.host == (HERE.url if wish.target == "here" else "")
    dialects = {contract.partition("/")[0] for contract in asked.contracts}
    assert not wish.dialects or dialects == set(wish.dialects)
    assert asked.limits == read_limits(limits_of(wish))
    assert not wish.journeys or {name for name, _ in asked.mix} == set(wish.journeys)


def test_journeys_are_those_that_the_command_has() -> None:
    assert {each.name: each.words for each in COMMANDS_JOURNEYS.values()} == JOURNEYS


def test_a_token_is_no_part_of_what_is_kept_or_told() -> None:
    given: dict[str, Json] = {**LEAST, "target": "here", "token": " secret "}
    assert token_of(given) == "secret"
    assert "secret" not in repr(wish_of(given))
    assert "secret" not in "".join(options_of(wish_of(given), HERE, Path("/x"), None))
    for wrong in ("se\ncret", "sécret", 5, "x" * 10_001):
        with pytest.raises(UnfitInput, match=r"^token: "):
            token_of({"token": wrong})


def test_limits_that_nobody_set_are_not_in_the_file() -> None:
    assert yaml.safe_load(limits_of(LoadForm())) == {
        "all": {"violations": 0, "error_share": 0, "min_answers": 1}
    }
    assert yaml.safe_load(limits_of(FULL))["all"]["icl_p99_ms"] == 60.5


def test_an_earlier_run_is_compared_with() -> None:
    assert "--compare=/x/before.json" in options_of(
        LoadForm(), HERE, Path("/x"), Path("/x/before.json")
    )
    assert "--no-calibration" in options_of(LoadForm(calibrate=False), HERE, Path("/x"), None)
