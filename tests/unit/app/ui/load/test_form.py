"""What may be formed for, and the command that it becomes."""

import os
from pathlib import Path

import pytest
import yaml

from tokentape.contract.contract import Json
from tokentape.load_options import JOURNEYS
from tokentape.ui.load.form import (
    Here,
    LoadForm,
    form_in,
    limits_of,
    options_for,
)
from tokentape.ui.mock_admin import Mock
from tokentape.ui.server_functions import UnfitInput
from tokentape_load.metrics.limits import read_limits
from tokentape_load.run.options import parser, read_config
from tokentape_load.workload.journeys import JOURNEYS as COMMANDS_JOURNEYS

MOCK = Mock("http://127.0.0.1:9100", "the-mocks")
HERE = Here("http://127.0.0.1:8000", MOCK, os.getpid())
LEAST: dict[str, Json] = {"users": 5, "run_time_s": 10}
FULL = LoadForm(
    target="here",
    users=30,
    run_time_s=60.0,
    dialects=("ai-chat", "inference"),
    journeys=("chat", "room"),
    rate=2.5,
    ttft_p99_ms=900,
    icl_p99_ms=60.5,
    min_answers=100,
    faults=("stall@20:2s",),
    fault_every=50,
)


def test_a_form_as_it_stands_asks_for_a_server_of_its_own() -> None:
    assert form_in(LEAST) == LoadForm(users=5, run_time_s=10.0)


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"users": 0}, "Users at once"),
        ({"users": 501}, "Users at once"),
        ({"users": "20"}, "Users at once"),
        ({"users": True}, "Users at once"),
        ({"run_time_s": 601}, "Duration"),
        ({"run_time_s": 1.5}, "Duration"),
        ({"target": "http://elsewhere.example"}, "target"),
        ({"dialects": ["ai-chat", "--host=http://elsewhere.example"]}, "Dialects"),
        ({"dialects": "ai-chat"}, "Dialects"),
        ({"dialects": [["ai-chat"]]}, "Dialects"),
        ({"journeys": ["walk"]}, "Journeys"),
        ({"journeys": "chat"}, "Journeys"),
        ({"rate": -1}, "Starts a second"),
        ({"rate": float("nan")}, "Starts a second"),
        ({"rate": "fast"}, "Starts a second"),
        ({"ttft_p99_ms": 0}, "TTFT p99"),
        ({"min_answers": 0}, "Answers at least"),
        ({"faults": "duplicate@5 --html=/etc/passwd"}, "Fault to plant"),
        ({"faults": "--host=x"}, "Fault to plant"),
        ({"faults": "x" * 101}, "Fault to plant"),
        ({"faults": None}, "Fault to plant"),
        ({"fault_every": 0}, "in one answer of"),
    ],
    ids=str,
)
def test_what_is_out_of_bounds_is_refused_by_its_field(given: dict[str, Json], field: str) -> None:
    with pytest.raises(UnfitInput, match=f"^{field}: "):
        form_in({**LEAST, **given})


@pytest.mark.parametrize(
    "form", [LoadForm(), FULL, LoadForm(faults=("duplicate@5",), fault_every=3)]
)
def test_the_command_line_understands_every_form(form: LoadForm, tmp_path: Path) -> None:
    (tmp_path / "limits.yaml").write_text(limits_of(form))
    options = options_for(form, HERE, tmp_path, None)
    config = read_config(vars(parser("tokentape load").parse_args(options)))
    assert (config.users, config.run_time_s) == (form.users, form.run_time_s)
    assert (config.rate, config.progress_json) == (form.rate, True)
    assert config.faults == form.faults
    assert config.server_pids == ((os.getpid(),) if form.target == "here" else ())
    assert config.host == (HERE.url if form.target == "here" else "")
    dialects = {contract.partition("/")[0] for contract in config.contracts}
    assert not form.dialects or dialects == set(form.dialects)
    assert config.limits == read_limits(limits_of(form))
    assert not form.journeys or {name for name, _ in config.mix} == set(form.journeys)


def test_journeys_are_those_that_the_command_has() -> None:
    assert {each.name: each.words for each in COMMANDS_JOURNEYS.values()} == JOURNEYS


def test_a_token_is_no_part_of_what_is_kept_or_told() -> None:
    given: dict[str, Json] = {**LEAST, "target": "here", "token": " secret "}
    assert form_in(given).token == "secret"
    assert "secret" not in repr(form_in(given))
    assert "secret" not in "".join(options_for(form_in(given), HERE, Path("/x"), None))
    for wrong in ("se\ncret", "sécret", 5, "x" * 10_001):
        with pytest.raises(UnfitInput, match=r"^Token: "):
            form_in({**given, "token": wrong})


def test_limits_that_nobody_set_are_not_in_the_file() -> None:
    assert yaml.safe_load(limits_of(LoadForm())) == {
        "all": {"violations": 0, "error_share": 0, "min_answers": 1}
    }
    assert yaml.safe_load(limits_of(FULL))["all"]["icl_p99_ms"] == 60.5


def test_an_earlier_run_is_compared_with() -> None:
    assert "--compare=/x/before.json" in options_for(
        LoadForm(), HERE, Path("/x"), Path("/x/before.json")
    )
    assert "--no-calibration" in options_for(LoadForm(calibrate=False), HERE, Path("/x"), None)
