"""The report's charts: a run's distributions, its course over time, its loops. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict

from tokentape.charts.chart import Chart, Line, Mark
from tokentape.charts.load_charts import GAPS, REPORT_SHEETS, TTFT
from tokentape.charts.numbers import ms_tick, plain
from tokentape.charts.over_time import over_time
from tokentape.charts.scale import logarithmic, tail
from tokentape_load.metrics.histogram import Histogram
from tokentape_load.metrics.percentiles import ENOUGH
from tokentape_load.metrics.run_results import Results, shown_ms
from tokentape_load.reports.comparison import contracts_of, merged, pairs

DISTRIBUTED = ("TTFT", "ICL", "added")
"""Measures whose distribution is drawn."""
LIMITED = {TTFT: "ttft_p99_ms", GAPS: "icl_p99_ms"}
"""Limits that are drawn across the course of a figure, as the limits file spells them."""


def distribution(
    title: str, named: Sequence[tuple[str, Histogram]], before: Sequence[tuple[str, Histogram]] = ()
) -> Chart | None:
    """Percentiles over time on a log axis; an earlier run's in the same colours, dashed."""
    filled = [(name, values) for name, values in named if values.count]
    earlier = [(name, values) for name, values in before if values.count]
    if not filled:
        return None
    every = [values for _, values in (*filled, *earlier)]
    most = max(values.count for values in every)
    top = 99.9 if most >= ENOUGH[99.9] else 99.0
    colours = {name: number for number, (name, _) in enumerate(filled)}
    lines = [Line(name, list(_curve(values, top)), colours[name]) for name, values in filled]
    lines += [
        Line(f"{name}, earlier run", list(_curve(values, top)), colours[name], "dashed")
        for name, values in earlier
        if name in colours
    ]
    return Chart(
        title=title,
        description=" ".join(_description(name, values) for name, values in filled),
        x=logarithmic(
            min(values.lowest or 0 for values in every) / 1e6 or 0.01,
            max(_reach(values, top) for values in every),
            ms_tick,
        ),
        y=tail(top),
        y_name="share of values at most so long",
        lines=lines,
    )


def distributions(results: Results, before: Results | None = None) -> Iterator[Chart]:
    """One chart a measure, one line a contract."""
    definitions = {measure.name: measure.definition for measure in results.measures}
    for measure in (name for name in DISTRIBUTED if name in definitions):
        lines, earlier = (
            [(key, merged(run, measure, key)) for key in contracts_of(run)] if run else []
            for run in (results, before)
        )
        chart = distribution(f"{measure}: {definitions[measure]}", lines, earlier)
        if chart is not None:
            yield chart


def course(results: Results) -> Iterator[Chart]:
    """Second by second: latencies, answers, the server and the load generator."""
    moments = [asdict(moment) for moment in results.series]
    for sheet in REPORT_SHEETS:
        chart = over_time(sheet, moments, _limits(results, LIMITED.get(sheet)))
        if any(up is not None for line in chart.lines for _, up in line.points):
            yield chart


def _limits(results: Results, limit: str | None) -> list[Mark]:
    strictest = min((each.due for each in results.rulings if each.limit == limit), default=None)
    return [] if strictest is None else [Mark(f"p99 limit {plain(strictest)} ms", strictest)]


def _curve(values: Histogram, top: float) -> Iterator[tuple[float, float]]:
    """A value stands in the middle of its step; the curve ends where there are too few values."""
    passed = 0
    for value, reached in values.steps():
        percent = 100 * (passed + reached) / 2 / values.count
        passed = reached
        yield max(value / 1e6, 0.001), min(percent, top)
        if percent >= top:
            return


def _reach(values: Histogram, top: float) -> float:
    return (values.percentile(top) or 0) / 1e6


def _description(name: str, values: Histogram) -> str:
    known = [(percent, shown_ms(values, percent)) for percent in (50.0, 99.0)]
    figures = ", ".join(f"p{percent:g} {plain(ms)} ms" for percent, ms in known if ms is not None)
    return f"{name}: {figures} of {values.count:,} values."


def loops(results: Results, before: Results | None = None) -> Iterator[Chart]:
    """From the send beside from when the start was due: what a closed loop hides. An earlier run
    in the other loop is drawn as its users saw it."""
    if results.setup.loop != "open":
        return
    for service, intended in pairs(results):
        lines = [
            (f"from when it was due ({intended.name})", merged(results, intended.name)),
            (f"from the send ({service.name})", merged(results, service.name)),
        ]
        if before is not None and before.setup.loop == "closed":
            lines.append(
                (f"closed loop, earlier run ({service.name})", merged(before, service.name))
            )
        chart = distribution(f"{service.name}, open and closed", lines)
        if chart is not None:
            yield chart
