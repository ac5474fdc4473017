"""The report of a check as JUnit: one case for each answer and viewer. Pure."""

from collections.abc import Iterator

from tokentape.check.report import Report
from tokentape.check.report_text import acceptance
from tokentape.check.result import AnswerResult
from tokentape.junit import Case, Trouble
from tokentape.junit import junit as written


def to_junit(report: Report) -> str:
    """The report as JUnit XML: a suite with a test case for each answer, as CI systems read it."""
    contract = report.config.contract.key
    return written(
        f"tokentape check {contract}",
        _cases(contract, report),
        began=report.began,
        seconds=report.seconds,
    )


def _cases(contract: str, report: Report) -> Iterator[Case]:
    for result in report.results:
        observation, end_ns = result.observation, result.verdict.latency.end_ns
        yield Case(
            contract,
            observation.called,
            _trouble(result),
            None if end_ns is None else end_ns / 1e9,
        )
    if report.stopped_short or not report.results:
        reason = report.stopped_short or "there was no answer"
        yield Case(contract, "the check itself", Trouble("error", reason))


def _trouble(result: AnswerResult) -> Trouble | None:
    if result.right:
        return None
    if not result.wrong:
        first, *_ = result.verdict.undecided
        details = "\n".join(str(doubt) for doubt in result.verdict.undecided)
        return Trouble("skipped", f"undecided: {first}", None, details)
    first, *_ = result.verdict.violations
    details = "\n".join(str(violation) for violation in result.verdict.violations)
    if words := acceptance(result):
        details += f"\n{words}"
    return Trouble("failure", str(first), first.kind, details)
