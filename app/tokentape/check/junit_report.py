"""The report of a check as JUnit: one case for each answer and viewer. Pure."""

from collections.abc import Iterator

from tokentape.check.report import Report
from tokentape.check.result import AnswerResult
from tokentape.junit import Case, Trouble
from tokentape.junit import junit as written


def junit(report: Report) -> str:
    """The report as JUnit XML: a suite with a test case for each answer, as CI systems read it."""
    contract = report.wanted.contract.key
    return written(
        f"tokentape check {contract}",
        _cases(contract, report),
        began=report.began,
        seconds=report.seconds,
    )


def _cases(contract: str, report: Report) -> Iterator[Case]:
    for finding in report.findings:
        sight, end_ns = finding.sight, finding.verdict.latency.end_ns
        yield Case(
            contract,
            sight.called,
            _trouble(finding),
            None if end_ns is None else end_ns / 1e9,
        )
    if report.stopped_short or not report.findings:
        reason = report.stopped_short or "there was no answer"
        yield Case(contract, "the check itself", Trouble("error", reason))


def _trouble(finding: AnswerResult) -> Trouble | None:
    if finding.right:
        return None
    if not finding.wrong:
        first, *_ = finding.verdict.undecided
        details = "\n".join(str(doubt) for doubt in finding.verdict.undecided)
        return Trouble("skipped", f"undecided: {first}", None, details)
    first, *_ = finding.verdict.violations
    details = "\n".join(str(violation) for violation in finding.verdict.violations)
    return Trouble("failure", str(first), first.kind, details)
