"""A report in words, as the page shows it. Pure."""

from dataclasses import asdict

from tokentape.check.config import CheckConfig
from tokentape.check.report import Report
from tokentape.check.report_text import (
    LABELS,
    WRONG_SHOWN,
    acceptance,
    came,
    conclusion,
    figures,
    heading,
    left_out,
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


def answer_of(result: AnswerResult) -> Json:
    """One answer in a line, told as soon as it is over."""
    latency = result.verdict.latency
    return {
        "called": result.observation.called.capitalize(),
        "right": result.right,
        "undecided": not result.right and not result.wrong,
        "events": len(result.observation.timeline),
        "outcome": result.verdict.outcome,
        "cuts": len(result.observation.cuts),
        "first_token_ms": None if result.observation.joined else _ms(latency.first_token_ns),
        "end_ms": _ms(latency.end_ns),
        "rules": list(
            dict.fromkeys(one.kind for one in result.verdict.violations or result.verdict.undecided)
        ),
    }


def report_of(report: Report) -> Json:
    """All that is shown when a check is over; the rest is in the downloads."""
    return {
        "labels": LABELS,
        "verdict": report.verdict,
        "conclusion": conclusion(report),
        "contract": report.config.contract.key,
        "url": report.config.address,
        "promised": promise(report.config.contract),
        "stopped_short": report.stopped_short and visible(in_fields(report.stopped_short)),
        "figures": [list(row) for row in figures(report)] if report.results else [],
        "wrong": [_wrong(one) for one in report.wrong[:WRONG_SHOWN]],
        "raw": _shown(raw(report.results[0])) if report.results and not report.wrong else [],
        "more_wrong": left_out(report)[0],
        "undecided": [_undecided(one) for one in report.undecided[:WRONG_SHOWN]],
        "more_undecided": left_out(report)[1],
    }


def in_fields(words: str) -> str:
    """What the command would say, in the names of the page's fields."""
    return with_labels(words, CheckConfig)


def _wrong(result: AnswerResult) -> Json:
    first, others = shown(result.verdict.violations)
    return {
        "heading": heading(result),
        "came": visible(came(result)),
        "violations": [_violation(result, one) for one in first],
        "more": others,
        "acceptance": visible(acceptance(result)),
        "raw": _shown(raw(result)),
    }


def _shown(lines: list[str]) -> list[str]:
    return [visible(line[:SHORT]) for line in lines]


def _undecided(result: AnswerResult) -> Json:
    return {
        "heading": heading(result),
        "doubts": [
            {
                "kind": doubt.kind,
                "index": doubt.index,
                "offset_ms": doubt.offset_ms,
                "message": visible(doubt.message),
            }
            for doubt in result.verdict.undecided
        ],
    }


def _violation(result: AnswerResult, violation: Violation) -> Json:
    means, mend = means_and_mend(result, violation)
    return {
        "kind": violation.kind,
        "index": violation.index,
        "offset_ms": violation.offset_ms,
        "message": visible(violation.message),
        "means": in_fields(means),
        "mend": in_fields(mend),
        "lines": [
            {**asdict(line), "what": visible(line.what[:SHORT]), "name": visible(line.name[:100])}
            for line in lines_around(result, violation)
        ],
    }


def _ms(ns: int | None) -> float | None:
    return None if ns is None else round(ns / 1e6, 1)
