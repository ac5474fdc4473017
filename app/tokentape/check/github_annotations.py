"""GitHub annotations: the report of a check as workflow commands, which a step prints, and which
GitHub shows at the run and at the line of a recording. Pure.

https://docs.github.com/actions/reference/workflow-commands-for-github-actions
"""

from collections.abc import Iterator

from tokentape.check.report import Report
from tokentape.check.report_text import counted, means_and_mend
from tokentape.check.result import AnswerResult
from tokentape.check.sarif_report import line_of
from tokentape.contract.violations import Violation
from tokentape.printable import visible

SHOWN = 10
"""GitHub shows so many errors of a step, and so many warnings."""


def annotations(report: Report) -> Iterator[str]:
    """The lines to print."""
    wrong = [(one, each) for one in report.wrong for each in one.verdict.violations]
    for result, violation in wrong[: SHOWN - bool(report.stopped_short)]:
        yield _command("error", report, result, violation)
    unsure = [(one, each) for one in report.undecided for each in one.verdict.undecided]
    for result, doubt in unsure[:SHOWN]:
        yield _command("warning", report, result, doubt)
    if report.stopped_short:
        yield f"::error title=tokentape check::{_data(report.stopped_short)}"
    more = max(0, len(wrong) - SHOWN) + max(0, len(unsure) - SHOWN)
    if more:
        yield f"::notice title=tokentape check::and {counted(more, 'more violation')}"


def _command(level: str, report: Report, result: AnswerResult, violation: Violation) -> str:
    properties = {"title": f"{violation.kind} ({report.config.contract.key})"}
    if report.config.recorded:
        properties = {"file": report.config.file, **properties}
        if line := line_of(result, violation):
            properties["line"] = str(line)
    told = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    _, mend = means_and_mend(result, violation)
    words = f"{result.observation.called} at {report.config.address}: {violation.message}. {mend}"
    return f"::{level} {told}::{_data(words)}"


def _data(text: str) -> str:
    return visible(text).replace("%", "%25")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
