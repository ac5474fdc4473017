"""A run's figures beside those of an earlier one. Pure.

A figure is called better or worse only beyond what measuring itself may move it.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tokentape_load.metrics.histogram import Histogram
from tokentape_load.metrics.percentiles import IN_COMPARISON
from tokentape_load.metrics.run_results import Definition, Results, shown_ms

Tone = Literal["better", "worse", "same", "unknown"]

ALL = "all"
"""The subject of a figure that pools every answer."""
SAME_SHARE = 0.05
"""Two runs of the same thing differ by as much."""
COMPARED = ("TTFT", "TTFT intended", "ICL", "ITL", "E2E close", "E2E intended", "added")
"""The measures that are worth comparing, where a run has them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One figure in both runs."""

    figure: str
    subject: str
    unit: str
    before: float | None
    now: float | None
    tone: Tone

    @property
    def delta(self) -> float | None:
        if self.before is None or self.now is None:
            return None
        return self.now - self.before

    @property
    def ratio(self) -> float | None:
        if self.before is None or self.now is None or self.before == 0:
            return None
        return self.now / self.before


def merged(results: Results, measure: str, contract: str | None = None) -> Histogram:
    """One measure of all rows, or of one contract's, pooled."""
    pooled = Histogram()
    for row in results.rows:
        if contract in (None, row.contract) and measure in row.figures:
            pooled.merge(row.figures[measure])
    return pooled


def contracts_of(results: Results) -> list[str]:
    return list(dict.fromkeys(row.contract for row in results.rows))


def compare(before: Results, now: Results) -> list[Change]:
    """All figures that either run has: of all answers first, then of each contract."""
    error_ms = (before.error_ms or 0) + (now.error_ms or 0)
    return [*_overall(before, now), *_latencies(before, now, error_ms)]


def _overall(before: Results, now: Results) -> Iterator[Change]:
    yield _change("goodput", ALL, "1/s", before.goodput, now.goodput, more_is_better=True)
    shares = [100 * run.wrong / run.answered if run.answered else None for run in (before, now)]
    yield _change("wrong answers", ALL, "%", *shares)
    yield _change("server CPU", ALL, "cores", *(_mean_cpu(run) for run in (before, now)))
    yield _change("server memory", ALL, "MB", *(_peak_memory(run) for run in (before, now)))


def _latencies(before: Results, now: Results, error_ms: float) -> Iterator[Change]:
    known = {measure.name for run in (before, now) for measure in run.measures}
    both = [key for key in contracts_of(now) if key in contracts_of(before)]
    for contract in (None, *both):
        for measure in (name for name in COMPARED if name in known):
            values = [merged(run, measure, contract) for run in (before, now)]
            for percent in IN_COMPARISON:
                found = [shown_ms(each, percent) for each in values]
                if found != [None, None]:
                    figure = f"{measure} p{percent:g}"
                    yield _change(figure, contract or ALL, "ms", *found, error=error_ms)


def _change(
    figure: str,
    subject: str,
    unit: str,
    before: float | None,
    now: float | None,
    *,
    error: float = 0.0,
    more_is_better: bool = False,
) -> Change:
    tone: Tone = "unknown"
    if before is not None and now is not None:
        moved = now - before
        if abs(moved) <= max(error, SAME_SHARE * abs(before)):
            tone = "same"
        else:
            tone = "better" if (moved > 0) == more_is_better else "worse"
    return Change(figure=figure, subject=subject, unit=unit, before=before, now=now, tone=tone)


def _mean_cpu(results: Results) -> float | None:
    known = [moment.server_cpu for moment in results.series if moment.server_cpu is not None]
    return sum(known) / len(known) if known else None


def _peak_memory(results: Results) -> float | None:
    return max(
        (m.server_rss_mb for m in results.series if m.server_rss_mb is not None), default=None
    )


def pairs(results: Results) -> list[tuple[Definition, Definition]]:
    """Measures that are there from the send and from when the start was due."""
    named = {measure.name: measure for measure in results.measures}
    return [
        (named[service], named[intended])
        for service, intended in INTENDED.items()
        if service in named and intended in named
    ]


INTENDED = {"TTFT": "TTFT intended", "E2E close": "E2E intended"}
"""From the send, and the same from when the start was due."""
