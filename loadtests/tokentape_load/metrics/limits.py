"""Limits: what a run must keep to pass, read from YAML, and a ruling on each. Pure.

A file maps `all`, a dialect or a contract to limits; the narrower scope wins, name by name.
"""

import math
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from tokentape.contract.contract import Json
from tokentape.contract.nearest import nearest
from tokentape.yaml_lines import YamlFault, read_yaml
from tokentape_load.judging.answer_result import AnswerResult
from tokentape_load.judging.failure_kinds import ERRORS
from tokentape_load.metrics.histogram import Histogram
from tokentape_load.metrics.measures import MEASURES
from tokentape_load.metrics.percentiles import ENOUGH
from tokentape_load.metrics.run_results import LimitResult, Row, shown_ms
from tokentape_load.workload.targets import DIALECTS, LOADABLE

ALL = "all"

_MEASURES = {measure.key: measure for measure in MEASURES}
_FIGURE = re.compile(r"([a-z][a-z0-9_]*?)_(p[1-9][0-9]?(?:\.[0-9])?|max)_ms")
_MOST = 10**9
_COUNTS: Mapping[str, str] = {
    "violations": "violations of order, content or time, at most",
    "error_share": "share of answers (0 to 1) that were refused, unreachable or failed, at most",
    "min_answers": "answers, at least",
    "goodput": "good answers a second, at least",
}
_DEFAULTS: Mapping[str, float] = {"violations": 0, "error_share": 0, "min_answers": 1}

ANSWER: Mapping[str, str] = {
    "answer_ttft_ms": "first text",
    "answer_gap_ms": "longest gap between texts",
    "answer_itl_ms": "mean gap between texts",
    "answer_e2e_ms": "close of the stream",
}
"""Limits of a single answer, which decide whether it is a good one."""

_EXAMPLES = ("ttft_p50_ms", "ttft_p99_ms", "icl_p99_ms", "added_p99_ms", "e2e_close_max_ms")
KNOWN = (*_COUNTS, *_EXAMPLES, *ANSWER)


_Ruled: TypeAlias = Callable[[float | None, int, bool, str], LimitResult]


class LimitsFault(Exception):
    """What is wrong with a limits file, and in which field."""


@dataclass(frozen=True, slots=True)
class Limits:
    """By scope (`all`, dialect or contract), then by name; `Limits()` has the defaults: no
    violation, no error, one answer or more."""

    scopes: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def of(self, contract: str) -> Mapping[str, float]:
        """All that holds for a contract."""
        dialect = contract.partition("/")[0]
        given = [self.scopes.get(scope, {}) for scope in (ALL, dialect, contract)]
        return {**_DEFAULTS, **given[0], **given[1], **given[2]}

    def good(self, result: AnswerResult) -> bool:
        """Whether there was an answer, right and within the limits of a single one."""
        if not result.right or result.doubtful or result.close_ns is None:
            return False
        limits = self.of(result.contract)
        return all(
            value_ns is not None and value_ns / 1e6 <= limits[name]
            for name, value_ns in _of_answer(result)
            if name in limits
        )


DEFAULTS = Limits()


def _of_answer(result: AnswerResult) -> Iterator[tuple[str, int | None]]:
    latency = result.latency
    gaps = [length for _, length in result.gaps_ns]
    yield "answer_ttft_ms", latency.first_token_ns
    # An answer of one piece has no gap, and so none that is too long.
    yield "answer_gap_ms", max(gaps, default=0)
    yield "answer_itl_ms", latency.per_token_ns or 0
    yield "answer_e2e_ms", result.close_ns


def read_limits(written: str) -> Limits:
    """Raises `LimitsFault`, which names the field and what would be right there."""
    try:
        told = read_yaml(written).value
    except YamlFault as fault:
        place = f" (line {fault.line})" if fault.line is not None else ""
        raise LimitsFault(f"{fault}{place}") from fault
    if not isinstance(told, Mapping) or not told:
        raise LimitsFault(
            "a limits file maps 'all', a dialect or a contract to limits:"
            " {all: {violations: 0, ttft_p99_ms: 500}}"
        )
    return Limits({_scope(scope): _limits(scope, given) for scope, given in told.items()})


def _scope(scope: Json) -> str:
    scopes = (ALL, *DIALECTS, *LOADABLE)
    if scope in scopes:
        return str(scope)
    raise LimitsFault(f"{scope}: there is no such dialect or contract.{nearest(scope, scopes)}")


def _limits(scope: Json, given: Json) -> Mapping[str, float]:
    if not isinstance(given, Mapping):
        raise LimitsFault(f"{scope}: limits are names with numbers, such as ttft_p99_ms: 500")
    return {str(name): _value(f"{scope}.{name}", name, value) for name, value in given.items()}


def _value(place: str, name: Json, value: Json) -> float:
    if not _known(name):
        raise LimitsFault(f"{place}: there is no such limit.{nearest(name, KNOWN)}")
    nan = isinstance(value, float) and math.isnan(value)
    if isinstance(value, bool) or not isinstance(value, int | float) or nan:
        raise LimitsFault(f"{place}: {value!r} is not a number")
    if value < 0:
        raise LimitsFault(f"{place}: it is less than 0")
    if value > _MOST:
        raise LimitsFault(f"{place}: it is more than {_MOST:,}, which limits nothing")
    if name in ("violations", "min_answers") and value != int(value):
        raise LimitsFault(f"{place}: {value:g} is not a whole number")
    if name == "error_share" and value > 1:
        raise LimitsFault(f"{place}: {value:g} is more than 1, which is all answers")
    if name == "min_answers" and value < 1:
        raise LimitsFault(f"{place}: a run without answers can't pass: 1 or more")
    return float(value)


def _known(name: Json) -> bool:
    if name in _COUNTS or name in ANSWER:
        return True
    found = _FIGURE.fullmatch(str(name))
    return found is not None and found[1] in _MEASURES


def rulings(limits: Limits, rows: Sequence[Row], seconds: float) -> tuple[LimitResult, ...]:
    """A ruling on each limit of each contract that had users or was asked anything."""
    contracts = sorted({row.contract for row in rows if row.users or row.started})
    return tuple(
        _ruling(contract, name, due, [row for row in rows if row.contract == contract], seconds)
        for contract in contracts
        for name, due in limits.of(contract).items()
        if name not in ANSWER
    )


def _ruling(
    contract: str, name: str, due: float, rows: Sequence[Row], seconds: float
) -> LimitResult:
    answered = sum(row.answered for row in rows)
    kinds = [(kind, count) for row in rows for kind, count in row.violations.items()]

    def ruled(value: float | None, n: int, met: bool, words: str) -> LimitResult:
        return LimitResult(
            subject=contract, limit=name, due=due, found=value, n=n, met=met, words=words
        )

    if name == "min_answers":
        answers = sum(row.answers for row in rows)
        words = f"{answers} answers, at least {due:g} are due"
        return ruled(answers, answers, answers >= due, words)
    if name == "violations":
        count = sum(count for kind, count in kinds if kind not in ERRORS)
        found = "1 violation" if count == 1 else f"{count} violations"
        words = f"{found} in {answered} answers, at most {due:g} are allowed"
        return ruled(count, answered, count <= due, words + _kinds(kinds, errors=False))
    if name == "error_share":
        count = sum(count for kind, count in kinds if kind in ERRORS)
        share = min(1.0, count / answered) if answered else None
        words = f"{count} of {answered} answers were errors, at most {due:.1%} are allowed"
        return ruled(share, answered, (share or 0) <= due, words + _kinds(kinds, errors=True))
    if name == "goodput":
        rate = sum(row.good for row in rows) / seconds if seconds > 0 else 0.0
        words = f"{rate:.2f} good answers a second, at least {due:g} are due"
        return ruled(rate, answered, rate >= due, words)
    return _figure(name, due, rows, ruled)


def _kinds(kinds: Sequence[tuple[str, int]], *, errors: bool) -> str:
    counts: dict[str, int] = {}
    for kind, count in kinds:
        if (kind in ERRORS) is errors:
            counts[kind] = counts.get(kind, 0) + count
    return f" ({', '.join(f'{kind} {n}' for kind, n in counts.items())})" if counts else ""


def _figure(name: str, due: float, rows: Sequence[Row], ruled: _Ruled) -> LimitResult:
    counts = _FIGURE.fullmatch(name)
    if counts is None:
        raise ValueError(name)
    measure, place = _MEASURES[counts[1]], counts[2]
    pooled = Histogram()
    # A stopped answer's times are the stop's.
    for row in rows:
        if (row.journey != "stop" or len(rows) == 1) and measure.name in row.figures:
            pooled.merge(row.figures[measure.name])
    percent = 100.0 if place == "max" else float(place[1:])
    value_ms = shown_ms(pooled, percent)
    label = f"{measure.name} {place}"
    if value_ms is None:
        needed = int(ENOUGH.get(percent, 1))
        words = f"{label}: {pooled.count} values, {needed} or more are needed to tell"
        return ruled(None, pooled.count, False, words)
    words = f"{label} is {value_ms:.1f} ms, the limit is {due:g} ms"
    return ruled(value_ms, pooled.count, value_ms <= due, words)
