"""A run's results as one HTML file that needs nothing else: style and drawings are in it."""

from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template
from markupsafe import Markup

from tokentape.charts.chart import draw, style
from tokentape.charts.numbers import ABSENT, plain, signed
from tokentape_load.judging.failure_kinds import PHRASES
from tokentape_load.metrics.percentiles import ENOUGH, IN_REPORT
from tokentape_load.metrics.run_results import Results, Row, shown_ms
from tokentape_load.reports import charts, comparison
from tokentape_load.reports.comparison import Change
from tokentape_load.reports.summary import banner, capacity_in_words

HERE = Path(__file__).parent
SECONDS_MAX = 600
"""Rows of the table of seconds; a longer run shows every second, third, … of them."""
KEPT_SHOWN = 8
"""Limits that were met and stand open; of more, a reader asks for them."""


def html(results: Results, before: Results | None = None) -> str:
    """The whole file. `before` is an earlier run to compare with."""
    return _template().render(
        run=results,
        before=before,
        banner=banner(results),
        style=_style(),
        tiles=tiles(results),
        definitions={measure.name: measure.definition for measure in results.measures},
        changes=_by_subject(comparison.compare(before, results) if before else []),
        same_share=f"{comparison.SAME_SHARE:.0%}",
        distributions=[draw(chart) for chart in charts.distributions(results, before)],
        course=[draw(chart) for chart in charts.course(results)],
        loops=[draw(chart) for chart in charts.loops(results, before)],
        seconds=results.series[:: max(1, -(-len(results.series) // SECONDS_MAX))],
        percentiles=IN_REPORT,
        enough=ENOUGH,
        surroundings=surroundings(results),
    )


@cache
def _style() -> Markup:
    own = (HERE / "report.css").read_text(encoding="utf-8")
    return Markup(f"{style()}\n{own}")  # noqa: S704 - our own two files


def _by_subject(changes: Sequence[Change]) -> Mapping[str, list[Change]]:
    changes_by: dict[str, list[Change]] = {}
    for change in changes:
        changes_by.setdefault(change.subject, []).append(change)
    return changes_by


@cache
def _template() -> Template:
    environment = Environment(
        loader=FileSystemLoader(HERE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["figure"] = plain
    environment.filters["signed"] = signed
    environment.filters["options"] = options
    environment.globals["ms"] = ms
    environment.globals["KEPT_SHOWN"] = KEPT_SHOWN
    environment.globals["phrases"] = PHRASES
    environment.globals["capacity_in_words"] = capacity_in_words
    return environment.get_template("report.html")


def options(words: str) -> Markup:
    """A sentence whose options are not broken over lines."""
    return Markup(" ").join(
        Markup('<code class="option">{}</code>').format(word) if word.startswith("--") else word
        for word in words.split(" ")
    )


def ms(row: Row, measure: str, percent: float) -> str:
    """A percentile of a row; `ABSENT` without enough values."""
    values = row.figures.get(measure)
    return ABSENT if values is None else plain(shown_ms(values, percent))


def tiles(results: Results) -> list[Mapping[str, str]]:
    """The figures that are read first: name, value, unit and meaning."""
    first, gaps = (comparison.merged(results, name) for name in ("TTFT", "ICL"))
    bar = results.error_ms
    measured = {
        "TTFT p50": (shown_ms(first, 50), "TTFT"),
        "TTFT p99": (shown_ms(first, 99), "TTFT"),
        "ICL p99": (shown_ms(gaps, 99), "ICL"),
    }
    definitions = {measure.name: measure.definition for measure in results.measures}
    return [
        _tile("answers", f"{results.answered:,}", "", "judged, right or wrong"),
        _tile("wrong", f"{results.wrong:,}", "", "answers that broke a rule"),
        *(
            [
                _tile(
                    "undecided",
                    f"{results.undecided:,}",
                    f"({results.undecided_share:.1%})",
                    "answers that may have broken one: somebody was halted while they came",
                )
            ]
            if results.undecided
            else []
        ),
        _tile("goodput", plain(results.goodput), "1/s", "right and within every limit, a second"),
        *(
            _tile(name, plain(value), "ms", definitions.get(measure, ""))
            for name, (value, measure) in measured.items()
        ),
        _tile(
            "error bar",
            ABSENT if bar is None else f"± {plain(bar)}",
            "ms",
            "by how much the load users' own stamps were late in the calibration (p99)",
        ),
    ]


def _tile(name: str, value: str, unit: str, meaning: str) -> Mapping[str, str]:
    return {"name": name, "value": value, "unit": unit, "meaning": meaning}


def surroundings(results: Results) -> list[tuple[str, Any]]:
    """What a reader needs to run it again, where it is known."""
    setup = results.setup
    known: list[tuple[str, Any]] = [
        ("began", setup.began),
        ("server", setup.host),
        ("mock", setup.mock or "none: texts were not compared with a script"),
        ("shape", setup.shape),
        ("loop", f"{setup.loop}{f', {plain(setup.rate)} starts/s asked' if setup.rate else ''}"),
        ("users at most", setup.users),
        ("run time", f"{plain(setup.run_time_s)} s" if setup.run_time_s else None),
        ("took", f"{plain(results.seconds)} s"),
        ("contracts", ", ".join(setup.contracts)),
        ("journeys", ", ".join(setup.journeys)),
        ("seed", setup.seed),
        ("directive", setup.directive),
        ("faults planted", ", ".join(setup.faults)),
        ("in one answer of", setup.fault_every if setup.faults else None),
        ("load generators", setup.processes),
        ("machine", setup.machine),
        ("version", setup.version),
    ]
    return [(name, value) for name, value in known if value not in (None, "")]
