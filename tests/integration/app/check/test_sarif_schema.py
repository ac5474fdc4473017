"""What we write as SARIF is held against the official schema of SARIF 2.1.0, from an npm package of
one of the standard's editors: `make clients`."""

import json
from dataclasses import replace
from typing import Any

import pytest
from jsonschema import Draft4Validator

from tests.integration.app.contract.clients import FOLDER, require_node
from tests.unit.app.check.recordings.files import WIRE
from tests.unit.app.check.test_sarif_and_github import EVIL, LOST, report_of
from tokentape.check.report import Report
from tokentape.check.report_files import FORMS

FILE = "node_modules/@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json"
FAILED = [*WIRE[:2], ("", {"error": {"message": EVIL}})]
UNDECIDED = {"recorded": True, "file": "a b.log", "max_ttft_ms": 1.0}


@pytest.fixture(scope="module")
def official() -> Draft4Validator:
    require_node()
    schema = json.loads((FOLDER / FILE).read_text())
    return Draft4Validator(schema, format_checker=Draft4Validator.FORMAT_CHECKER)


def misfits(official: Draft4Validator, log: Any) -> list[str]:
    return [f"{one.json_path}: {one.message}" for one in official.iter_errors(log)]


@pytest.mark.parametrize(
    ("report", "results"),
    [
        (report_of(WIRE), 0),
        (report_of(WIRE, LOST), 1),
        (report_of(FAILED, LOST), 2),
        (report_of(WIRE, **UNDECIDED), 1),
        (replace(report_of(), stopped_short="No answer: 100 % refused\nby its server"), 0),
    ],
    ids=["right", "wrong", "hostile", "undecided", "could not run"],
)
def test_reports_are_sarif(official: Draft4Validator, report: Report, results: int) -> None:
    log = json.loads(FORMS["sarif"](report))
    assert misfits(official, log) == []
    assert len(log["runs"][0]["results"]) == results


def test_schema_refuses_what_is_no_sarif(official: Draft4Validator) -> None:
    log = json.loads(FORMS["sarif"](report_of(LOST)))
    log["runs"][0]["results"][0] |= {"level": "fatal", "severity": "high"}
    log["runs"][0]["invocations"][0]["startTimeUtc"] = 5
    assert len(misfits(official, log)) == 3
