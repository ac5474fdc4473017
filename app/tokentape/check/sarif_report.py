"""The report of a check as SARIF 2.1.0, which code scanning and editors read: a rule for each kind
of violation, a result for each violation. Pure.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html
"""

from collections.abc import Iterator, Mapping
from datetime import UTC, timedelta
from importlib.metadata import version
from typing import Any
from urllib.parse import quote

from tokentape.check.report import UNDECIDED, WRONG, Report
from tokentape.check.report_text import means_and_mend
from tokentape.check.result import AnswerResult
from tokentape.contract.contract import Json
from tokentape.contract.violations import VIOLATIONS, Violation, ViolationInfo, ViolationKind

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_NUMBERS: Mapping[ViolationKind, int] = {kind: number for number, kind in enumerate(VIOLATIONS)}


def to_sarif(report: Report) -> Mapping[str, Json]:
    """The report as a SARIF log with one run."""
    driver = {
        "name": "tokentape",
        "version": version("tokentape"),
        "rules": [_rule(kind, info) for kind, info in VIOLATIONS.items()],
    }
    return {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": driver},
                "automationDetails": {"id": f"tokentape check/{report.config.contract.key}"},
                "invocations": [_invocation(report)],
                "results": list(_results(report)),
                "columnKind": "unicodeCodePoints",
            }
        ],
    }


def _rule(kind: ViolationKind, info: ViolationInfo) -> Mapping[str, Json]:
    after_cut = f" After a cut: {info.on_resume}" if info.on_resume else ""
    return {
        "id": kind,
        "name": "".join(word.capitalize() for word in kind.split("_")),
        "shortDescription": {"text": f"{info.phrase[0].upper()}{info.phrase[1:]}."},
        "fullDescription": {"text": info.means},
        "help": {
            "text": f"{info.means} {info.mend}{after_cut}",
            "markdown": f"{info.means}\n\n**Mend:** {info.mend}{after_cut}",
        },
        "defaultConfiguration": {"level": "error"},
        "properties": {"tags": [info.group]},
    }


def _invocation(report: Report) -> Mapping[str, Json]:
    done = report.exit_code in (WRONG, UNDECIDED) or not report.stopped_short
    invocation: dict[str, Any] = {"executionSuccessful": done, "exitCode": report.exit_code}
    if report.began is not None:
        began = report.began.astimezone(UTC)
        ended = began + timedelta(seconds=report.seconds or 0.0)
        invocation["startTimeUtc"] = _utc(began)
        invocation["endTimeUtc"] = _utc(ended)
    if report.stopped_short:
        note = {"level": "error", "message": {"text": report.stopped_short}}
        invocation["toolExecutionNotifications"] = [note]
    return invocation


def _utc(moment: Any) -> str:
    return f"{moment.replace(tzinfo=None).isoformat('T', 'milliseconds')}Z"


def _results(report: Report) -> Iterator[Mapping[str, Json]]:
    for result in report.results:
        for violation in result.verdict.violations:
            yield _result(report, result, violation, {"kind": "fail", "level": "error"})
        for doubt in result.verdict.undecided:
            # Of what is no failure the standard has no level.
            yield _result(report, result, doubt, {"kind": "open", "level": "none"})


def _result(
    report: Report, answer: AnswerResult, violation: Violation, kind: Mapping[str, str]
) -> Mapping[str, Json]:
    _, mend = means_and_mend(answer, violation)
    called = answer.observation.called
    properties: dict[str, Json] = {"event": violation.index}
    if violation.offset_ms is not None:
        properties["offset_ms"] = violation.offset_ms
    if violation.about:
        properties["cause"] = violation.about
    place = f"{called}, event {violation.index}"
    return {
        "ruleId": violation.kind,
        "ruleIndex": _NUMBERS[violation.kind],
        **kind,
        "message": {"text": f"{called}: {violation.message}. {mend}"},
        "locations": [
            {
                "physicalLocation": _place(report, answer, violation),
                "logicalLocations": [{"name": called, "fullyQualifiedName": place}],
            }
        ],
        "properties": properties,
    }


def _place(report: Report, answer: AnswerResult, violation: Violation) -> Mapping[str, Json]:
    """The line of a recording; of a server its address."""
    config = report.config
    if not config.recorded:
        return {"artifactLocation": {"uri": quote(config.address, safe="/:?&=#%[]@*+,;~")}}
    place: dict[str, Json] = {"artifactLocation": {"uri": quote(config.file)}}
    if line := line_of(answer, violation):
        place["region"] = {"startLine": line}
    return place


def line_of(answer: AnswerResult, violation: Violation) -> int | None:
    """The line of its file at which a violation stands; behind the last event that one's."""
    lines = answer.observation.lines
    return lines[min(violation.index, len(lines) - 1)] if lines else None
