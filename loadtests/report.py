"""Report: a run's book in words and tables, 80 columns wide, and as JSON. Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console, ConsoleRenderable, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from app.contract.contract import Json
from loadtests.book import Book
from loadtests.histogram import RESOLUTION, Histogram
from loadtests.measures import MEASURES

WIDTH = 80
PERCENTILES = (50.0, 99.0)
_ENOUGH = {99.0: 100}
"""How many values a percentile needs before it is shown: below that it is only the largest."""
_LAG_WARNING_MS = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """A run that is over."""

    book: Book
    seconds: float
    seed: int
    scripted: bool
    """Whether texts were compared with what a mock was scripted to say."""
    breaches: Sequence[str]

    @property
    def passed(self) -> bool:
        return not self.breaches


def shown_ms(histogram: Histogram, percent: float) -> float | None:
    """A percentile in milliseconds, `None` while there are too few values for it."""
    if histogram.count < _ENOUGH.get(percent, 1):
        return None
    value = histogram.percentile(percent)
    return None if value is None else value / 1e6


def print_report(summary: Summary, console: Console) -> None:
    console.print(Group(*_parts(summary)), width=WIDTH, highlight=False, soft_wrap=False)


def _parts(summary: Summary) -> Iterator[ConsoleRenderable]:
    book = summary.book
    yield Text()
    yield _answers(summary)
    for measure in MEASURES:
        figures = {key: tally.figures[measure.name] for key, tally in sorted(book.tallies.items())}
        if any(histogram.count for histogram in figures.values()):
            yield Text(f"\n{measure.name}, ms: {measure.definition}", style="bold")
            yield _percentiles(figures)
    yield Text(
        f"\nPercentiles are nearest-rank over every value, at most {RESOLUTION:.1%} above the exact"
        f" one;\np99 is shown from {_ENOUGH[99.0]} values on.",
        style="dim",
    )
    yield from _lag(book.client_lag)
    if book.failures:
        yield Text("\nFailures", style="bold")
        yield from _failures(book)
    yield from _verdict(summary)


def _answers(summary: Summary) -> Table:
    table = _table("", "users", "answers", "/s", "wrong", "unfinished")
    for key, tally in sorted(summary.book.tallies.items()):
        rate = tally.answers / summary.seconds if summary.seconds > 0 else 0.0
        wrong = Text(str(tally.wrong), style="red" if tally.wrong else "green")
        table.add_row(
            key, str(tally.users), str(tally.answers), f"{rate:.1f}", wrong, str(tally.unfinished)
        )
    return table


def _percentiles(figures: dict[str, Histogram]) -> Table:
    table = _table("", "n", *(f"p{percent:g}" for percent in PERCENTILES), "max")
    for key, histogram in figures.items():
        highest = None if histogram.highest is None else histogram.highest / 1e6
        values = [*(shown_ms(histogram, percent) for percent in PERCENTILES), highest]
        table.add_row(key, str(histogram.count), *(_ms(value) for value in values))
    return table


def _table(first: str, *rest: str) -> Table:
    table = Table(box=None, padding=(0, 1), header_style="dim")
    table.add_column(first, min_width=24, no_wrap=True)
    for heading in rest:
        table.add_column(heading, justify="right", min_width=8, no_wrap=True)
    return table


def _ms(value: float | None) -> str:
    return "–" if value is None else f"{value:.1f}"


def _lag(lag: Histogram) -> Iterator[Text]:
    worst = shown_ms(lag, 99)
    if worst is None:
        return
    words = f"The load generator itself woke up to {worst:.1f} ms late (p99)"
    if worst > _LAG_WARNING_MS:
        yield Text(f"{words}: it was short of CPU, don't trust these times.", style="yellow")
    else:
        yield Text(f"{words}; every time above includes that.", style="dim")


def _failures(book: Book) -> Iterator[ConsoleRenderable]:
    for key, tally in sorted(book.tallies.items()):
        for kind, count in tally.failures.most_common():
            yield Text(f"  {key}  {kind} × {count}", style="red")
            for example in tally.examples.get(kind, ()):
                yield Padding(Text(example), (0, 0, 0, 4), expand=False)
        if tally.planted:
            yield Text(f"  {key}  {tally.planted_found} of {tally.planted} planted faults seen")


def _verdict(summary: Summary) -> Iterator[Text]:
    book = summary.book
    compared = (
        "each text compared with its script" if summary.scripted else "no script to compare with"
    )
    yield Text()
    for breach in summary.breaches:
        yield Text(f"FAILED  {breach}", style="bold red")
    if summary.passed:
        yield Text(
            f"PASSED  {book.answers} answers in {summary.seconds:.1f} s, {compared},"
            f" {book.failures} failures",
            style="bold green",
        )


def as_json(summary: Summary) -> Json:
    """Everything, histograms included, so that a later run can be compared with this one."""
    return {
        "passed": summary.passed,
        "breaches": list(summary.breaches),
        "seconds": round(summary.seconds, 3),
        "seed": summary.seed,
        "scripted": summary.scripted,
        "definitions": {measure.name: measure.definition for measure in MEASURES},
        "resolution": RESOLUTION,
        "contracts": {
            key: {
                "percentiles_ms": {
                    name: {
                        "n": histogram.count,
                        **{f"p{p:g}": shown_ms(histogram, p) for p in PERCENTILES},
                        "max": None if histogram.highest is None else histogram.highest / 1e6,
                    }
                    for name, histogram in tally.figures.items()
                },
                **tally.as_json(),
            }
            for key, tally in sorted(summary.book.tallies.items())
        },
        "client_lag": summary.book.client_lag.as_json(),
    }
