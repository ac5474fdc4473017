"""SARIF as code scanning reads it, and GitHub's annotations: right, wrong and undecided reports."""

import json
import re
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from tests.unit.app.check.recordings.files import CONTRACT, WIRE, WORDS, sse
from tokentape.check.command import run
from tokentape.check.config import CheckConfig
from tokentape.check.github_annotations import SHOWN, annotations
from tokentape.check.observation import Observation
from tokentape.check.report import Report
from tokentape.check.result import judge_answer
from tokentape.check.sarif_report import to_sarif
from tokentape.contract.contract import Json
from tokentape.contract.timeline import see
from tokentape.contract.violations import VIOLATION_KINDS, VIOLATIONS

TEXT = {"type": "string", "minLength": 1}


def closed(required: str, **properties: Json) -> dict[str, Json]:
    return {
        "type": "object",
        "required": required.split(),
        "properties": properties,
        "additionalProperties": False,
    }


def listed(items: Json, least: int = 0) -> dict[str, Json]:
    return {"type": "array", "items": items, "minItems": least}


MESSAGE = closed("text", text=TEXT, markdown=TEXT)
LEVEL = {"enum": ["none", "note", "warning", "error"]}
UTC_TIME = {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$"}
PHYSICAL = closed(
    "artifactLocation",
    artifactLocation=closed("uri", uri={"type": "string", "pattern": r"^[!#-;=?-\[\]_a-z~%]+$"}),
    region=closed("startLine", startLine={"type": "integer", "minimum": 1}),
)
RULE = closed(
    "id shortDescription fullDescription help",
    id=TEXT,
    name={"type": "string", "pattern": "^[A-Z][A-Za-z]+$"},
    shortDescription={**MESSAGE, "properties": {"text": {"type": "string", "maxLength": 1024}}},
    fullDescription={**MESSAGE, "properties": {"text": {"type": "string", "maxLength": 1024}}},
    help=MESSAGE,
    defaultConfiguration=closed("level", level=LEVEL),
    properties=closed("tags", tags=listed(TEXT)),
)
RESULT = {
    **closed(
        "ruleId ruleIndex kind level message locations",
        ruleId={"enum": list(VIOLATION_KINDS)},
        ruleIndex={"type": "integer", "minimum": 0, "maximum": len(VIOLATION_KINDS) - 1},
        kind={"enum": ["fail", "open"]},
        level=LEVEL,
        message=MESSAGE,
        locations=listed(
            closed(
                "physicalLocation",
                physicalLocation=PHYSICAL,
                logicalLocations=listed(
                    closed("fullyQualifiedName", name=TEXT, fullyQualifiedName=TEXT), 1
                ),
            ),
            1,
        ),
        properties={"type": "object"},
    ),
    # 3.27.10: what is no failure has no level.
    "if": {"properties": {"kind": {"const": "open"}}},
    "then": {"properties": {"level": {"const": "none"}}},
}
INVOCATION = closed(
    "executionSuccessful exitCode",
    executionSuccessful={"type": "boolean"},
    exitCode={"type": "integer"},
    startTimeUtc=UTC_TIME,
    endTimeUtc=UTC_TIME,
    toolExecutionNotifications=listed(closed("message", message=MESSAGE, level=LEVEL), 1),
)
RUN = closed(
    "tool results invocations",
    tool=closed(
        "driver",
        driver=closed("name rules", name=TEXT, version=TEXT, rules=listed(RULE, 1)),
    ),
    automationDetails=closed("id", id=TEXT),
    invocations=listed(INVOCATION, 1),
    results=listed(RESULT),
    columnKind={"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
)
ESSENTIALS = {
    "$schema": "https://json-schema.org/draft/2020-12/schema",
    **closed(
        "$schema version runs",
        **{"$schema": TEXT, "version": {"const": "2.1.0"}, "runs": listed(RUN, 1)},
    ),
}
"""What the standard's own schema wants of the objects that we write, and nothing that we don't."""


def misfits(log: Json) -> list[str]:
    validator = Draft202012Validator(ESSENTIALS)
    return [f"{one.json_path}: {one.message}" for one in validator.iter_errors(log)]


def report_of(*wires: Any, **wanted: Any) -> Report:
    url = "http://127.0.0.1:8000/v1?key=***"
    config = CheckConfig(url=url, contract=CONTRACT, expect="".join(WORDS), order_only=True)
    config = replace(config, **wanted)
    results = []
    for turn, wire in enumerate(wires, 1):
        timeline = tuple(
            see(CONTRACT, event, payload, at_ns=number * 10**6, read=number)
            for number, (event, payload) in enumerate(wire)
        )
        seen = Observation(
            turn=turn, viewer=1, contract=CONTRACT, timeline=timeline, started_ns=0,
            times="unknown" if wanted.get("recorded") else "known",
            recorded=wanted.get("recorded", False),
        )  # fmt: skip
        results.append(judge_answer(config, seen, None))
    return Report(config=config, results=tuple(results), began=datetime(2026, 11, 30, tzinfo=UTC))


LOST = [*WIRE[:3], *WIRE[4:]]


def results_of(log: Json) -> list[Json]:
    found: list[Json] = log["runs"][0]["results"]
    return found


def test_each_kind_of_violation_is_a_rule_with_help() -> None:
    log = json.loads(json.dumps(to_sarif(report_of(WIRE))))
    assert misfits(log) == []
    assert results_of(log) == []
    rules = log["runs"][0]["tool"]["driver"]["rules"]
    assert [rule["id"] for rule in rules] == list(VIOLATION_KINDS)
    for rule in rules:
        info = VIOLATIONS[rule["id"]]
        assert rule["help"]["text"].startswith(f"{info.means} {info.mend}")
        assert rule["properties"]["tags"] == [info.group]


def test_violation_is_a_result_at_the_server_s_address() -> None:
    log = to_sarif(report_of(WIRE, LOST))
    assert misfits(log) == []
    (result,) = results_of(log)
    rules = log["runs"][0]["tool"]["driver"]["rules"]
    assert (result["ruleId"], result["level"]) == ("text_lost", "error")
    assert rules[result["ruleIndex"]]["id"] == "text_lost"
    assert result["message"]["text"].startswith("answer 2, viewer 1: ")
    (place,) = result["locations"]
    uri = place["physicalLocation"]["artifactLocation"]["uri"]
    assert uri == "http://127.0.0.1:8000/v1?key=***"
    assert place["logicalLocations"][0]["fullyQualifiedName"] == "answer 2, viewer 1, event 3"
    (invocation,) = log["runs"][0]["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (True, 1)
    assert invocation["startTimeUtc"] == "2026-11-30T00:00:00.000Z"


def test_what_is_undecided_is_open_and_no_error() -> None:
    report = report_of(WIRE, recorded=True, file="a b.log", max_ttft_ms=1.0)
    log = to_sarif(report)
    assert misfits(log) == []
    (result,) = results_of(log)
    assert (result["kind"], result["level"], report.exit_code) == ("open", "none", 3)
    assert result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"] == "a%20b.log"
    (line,) = annotations(report)
    assert line.startswith("::warning file=a b.log,title=first_token_late (openai/sse)::answer 1")


def test_check_that_could_not_run_is_no_success() -> None:
    report = replace(report_of(), stopped_short="No answer: 100 % refused\nby its server")
    log = to_sarif(report)
    assert misfits(log) == []
    (invocation,) = log["runs"][0]["invocations"]
    assert (invocation["executionSuccessful"], invocation["exitCode"]) == (False, 2)
    assert invocation["toolExecutionNotifications"][0]["message"]["text"] == report.stopped_short
    assert list(annotations(report)) == [
        r"::error title=tokentape check::No answer: 100 %25 refused\nby its server"
    ]


def test_essentials_refuse_what_is_not_in_the_standard() -> None:
    log = json.loads(json.dumps(to_sarif(report_of(LOST))))
    for place, value in (
        (("tool",), {}),
        (("results", 0, "level"), "fatal"),
        (("results", 0, "severity"), "high"),
        (("results", 0, "message"), {}),
    ):
        broken = json.loads(json.dumps(log))
        *outer, last = place
        inside = broken["runs"][0]
        for key in outer:
            inside = inside[key]
        inside[last] = value
        assert misfits(broken), place


EVIL = "100 %: a,b\r\n::error::mine\x1b[31m\u2028"


def test_nothing_that_a_server_says_is_a_command_of_its_own() -> None:
    wire = [*WIRE[:2], ("", {"error": {"message": EVIL}})]
    lines = list(annotations(report_of(wire)))
    assert lines
    for line in lines:
        assert line.isprintable()
        assert re.match(r"::error title=\w+ \(openai/sse\)::answer 1, viewer 1 at http", line)
        assert "%" not in line.replace("%25", "").replace("%3A", "").replace("%2C", "")


def test_many_violations_are_no_more_than_github_shows() -> None:
    report = report_of(*[LOST] * (SHOWN + 5))
    lines = list(annotations(report))
    assert [line.startswith("::error ") for line in lines] == [True] * SHOWN + [False]
    assert lines[-1] == "::notice title=tokentape check::and 5 more violations"


def heeded(out: str) -> list[str]:
    """The commands that GitHub's runner takes of what is printed: lines that begin with `::`, also
    behind spaces, and of its older form whatever stands behind `##[`."""
    commands, stopped = [], ""
    for line in out.splitlines():
        bare = line.strip()
        if stopped:
            stopped = "" if bare == f"::{stopped}::" else stopped
        elif bare.startswith("::stop-commands::"):
            stopped = bare.rpartition("::")[2]
        elif bare.startswith("::") or "##[" in bare:
            commands.append(bare)
    assert not stopped, "what comes after is heeded again"
    return commands


def test_words_of_a_server_are_no_commands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = tmp_path / "answer.log"
    words = " ".join(["::stop-commands::it"] * 20) + " ##[add-mask]tokentape"
    file.write_bytes(sse([("", {"error": {"message": words, "code": words}})]))
    given = {"from_file": str(file), "dialect": "openai", "github": True}
    tokens = []
    for _ in range(2):
        assert run(**given) == 1
        out = capsys.readouterr().out
        assert re.search(r"\n +::stop-commands::it", out), "it would be one"
        assert {line.partition(" ")[0] for line in heeded(out)} == {"::error"}
        tokens.append(out.splitlines()[0])
    assert tokens[0] != tokens[1], "nobody can know it before"
    file.write_bytes(b"")
    assert run(**given) == 2
    assert heeded(capsys.readouterr().out) == []


@pytest.mark.parametrize("how", ["flag", "workflow", "neither"])
def test_command_prints_annotations_and_saves_sarif(
    tmp_path: Path, how: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("GITHUB_ACTIONS", "true" if how == "workflow" else "")
    file, sarif = tmp_path / "answer.log", tmp_path / "r.sarif"
    file.write_bytes(sse(LOST, "\r\n", "so far"))
    given = {"from_file": str(file), "dialect": "openai", "expect": "".join(WORDS)}
    assert run(**given, sarif_file=sarif, github=how == "flag") == 1
    out = capsys.readouterr().out
    told = heeded(out)
    if how == "neither":
        assert "::" not in out.replace(str(file), "")
    else:
        (line,) = told
        place = f"file={file},title=text_lost (openai/sse),line=10"
        assert line.startswith(f"::error {place}::answer 1")
    log = json.loads(sarif.read_text())
    assert misfits(log) == []
    (result,) = results_of(log)
    physical = result["locations"][0]["physicalLocation"]
    assert physical == {"artifactLocation": {"uri": str(file)}, "region": {"startLine": 10}}
