"""Telling: a report in words, as the page shows it. Pure."""

from dataclasses import asdict

from tokentape.check.config import CheckConfig
from tokentape.check.report import Report
from tokentape.check.report_text import (
    WRONG_SHOWN,
    came,
    conclusion,
    figures,
    lines_around,
    means_and_mend,
    promise,
    raw,
    shown,
)
from tokentape.check.result import AnswerResult
from tokentape.contract.contract import Json
from tokentape.contract.violations import Violation
from tokentape.printable import visible
from tokentape.ui.form import with_labels

SHORT = 400
"""Characters of a frame that are shown."""


def answer_of(finding: AnswerResult) -> Json:
    """One answer in a line, told as soon as it is over."""
    latency = finding.verdict.latency
    return {
        "called": finding.sight.called.capitalize(),
        "right": finding.right,
        "undecided": not finding.right and not finding.wrong,
        "events": len(finding.sight.timeline),
        "outcome": finding.verdict.outcome,
        "cuts": len(finding.sight.cuts),
        "first_token_ms": None if finding.sight.joined else _ms(latency.first_token_ns),
        "end_ms": _ms(latency.end_ns),
        "rules": list(
            dict.fromkeys(
                one.kind for one in finding.verdict.violations or finding.verdict.undecided
            )
        ),
    }


def report_of(report: Report) -> Json:
    """All that is shown when a check is over; the rest is in the downloads."""
    return {
        "verdict": report.verdict,
        "conclusion": conclusion(report),
        "contract": report.wanted.contract.key,
        "url": report.wanted.address,
        "promised": promise(report.wanted.contract),
        "stopped_short": report.stopped_short and visible(in_fields(report.stopped_short)),
        "figures": [list(row) for row in figures(report)] if report.findings else [],
        "wrong": [_wrong(one) for one in report.wrong[:WRONG_SHOWN]],
        "raw": _shown(raw(report.findings[0])) if report.findings and not report.wrong else [],
        "more_wrong": max(0, len(report.wrong) - WRONG_SHOWN),
        "undecided": [_undecided(one) for one in report.undecided[:WRONG_SHOWN]],
        "more_undecided": max(0, len(report.undecided) - WRONG_SHOWN),
    }


def in_fields(words: str) -> str:
    """What the command would say, in the names of the page's fields."""
    return with_labels(words, CheckConfig)


def _wrong(finding: AnswerResult) -> Json:
    first, others = shown(finding.verdict.violations)
    return {
        "called": finding.sight.called.capitalize(),
        "cuts": len(finding.sight.cuts),
        "came": visible(came(finding)),
        "violations": [_violation(finding, one) for one in first],
        "more": others,
        "raw": _shown(raw(finding)),
    }


def _shown(lines: list[str]) -> list[str]:
    return [visible(line[:SHORT]) for line in lines]


def _undecided(finding: AnswerResult) -> Json:
    return {
        "called": finding.sight.called.capitalize(),
        "doubts": [
            {
                "kind": doubt.kind,
                "index": doubt.index,
                "offset_ms": doubt.offset_ms,
                "message": visible(doubt.message),
            }
            for doubt in finding.verdict.undecided
        ],
    }


def _violation(finding: AnswerResult, violation: Violation) -> Json:
    means, mend = means_and_mend(finding, violation)
    return {
        "kind": violation.kind,
        "index": violation.index,
        "offset_ms": violation.offset_ms,
        "message": visible(violation.message),
        "means": in_fields(means),
        "mend": in_fields(mend),
        "lines": [
            {**asdict(line), "what": visible(line.what[:SHORT]), "name": visible(line.name[:100])}
            for line in lines_around(finding, violation)
        ],
    }


def _ms(ns: int | None) -> float | None:
    return None if ns is None else round(ns / 1e6, 1)
