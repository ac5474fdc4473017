"""Terminal: a run's results in words and tables, 80 columns wide, for people and logs."""

from collections.abc import Iterator, Sequence

from rich.console import Console, ConsoleRenderable, Group
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from tokentape.charts.numbers import ABSENT, plain, signed
from tokentape.printable import visible
from tokentape_load.judging.failure_kinds import PHRASES
from tokentape_load.metrics.percentiles import ENOUGH, IN_TERMINAL
from tokentape_load.metrics.run_results import (
    Capacity,
    LimitResult,
    Progress,
    Results,
    Row,
    shown_ms,
)
from tokentape_load.reports.comparison import ALL, compare
from tokentape_load.reports.summary import banner, capacity_in_words

WIDTH = 80
REASONS_MAX = 12
"""Reasons and broken limits that are told; the others are counted."""
STYLES = {"right": "bold green", "wrong": "bold red", "doubtful": "bold yellow", "live": "bold"}


def print_report(results: Results, console: Console, before: Results | None = None) -> None:
    """What was seen, and the verdict last, where a reader of a log looks."""
    console.print(Group(*_parts(results, before)), width=WIDTH, highlight=False, soft_wrap=False)


def progress_line(progress: Progress) -> str:
    """One line that says how a run goes, under 80 columns."""
    latest = progress.latest
    parts = [f"{progress.at_s:5.0f} s", f"{progress.users} users", f"{progress.answered} answers"]
    parts.append(f"{progress.wrong} wrong")
    if progress.undecided:
        parts.append(f"{progress.undecided} undecided")
    if progress.unsent:
        parts.append(f"{progress.unsent} unsent")
    if latest is not None:
        parts.append(f"TTFT {plain(latest.ttft_p50_ms)} ms")
        parts.append(f"gap p99 {plain(latest.icl_p99_ms)} ms")
    if progress.phase != "running":
        parts[0] = f"{parts[0]} {progress.phase}"
    return "  ".join(parts)


def _parts(results: Results, before: Results | None) -> Iterator[ConsoleRenderable]:
    yield Text()
    yield _answers(results)
    for measure in results.measures:
        rows = [row for row in results.rows if _filled(row, measure.name)]
        if rows:
            yield Text()
            yield Text(visible(f"{measure.name}, ms: {measure.definition}"), style="bold")
            yield _percentiles(rows, measure.name)
    yield from _trust(results)
    if results.violations:
        yield Text("\nViolations", style="bold")
        yield from _violations(results.rows)
    if results.undecided:
        share = f"{results.undecided:,} answers, {results.undecided_share:.1%}"
        yield Text(f"\nUndecided: {share}", style="bold yellow")
        yield from _doubts(results.rows)
    if results.capacity:
        yield from _capacity(results.capacity, results.setup.processes)
    if before is not None:
        yield Text(f"\nCompared with the run of {visible(before.setup.began)}", style="bold")
        yield _changes(before, results)
    yield from _limits(results)
    yield from _verdict(results)


def _filled(row: Row, measure: str) -> bool:
    return measure in row.figures and row.figures[measure].count > 0


def _answers(results: Results) -> Table:
    table = _table("", "users", "answers", "/s", "wrong", "good", "unfin.")
    for row in results.rows:
        rate = plain(row.answered / results.seconds) if results.seconds > 0 else ABSENT
        wrong = Text(f"{row.wrong:,}", style="red" if row.wrong else "green")
        counts = (f"{row.users:,}", f"{row.answered:,}", rate)
        table.add_row(visible(row.key), *counts, wrong, f"{row.good:,}", f"{row.unfinished:,}")
    return table


def _percentiles(rows: Sequence[Row], measure: str) -> Table:
    table = _table("", "n", *(f"p{percent:g}" for percent in IN_TERMINAL), "max")
    for row in rows:
        values = row.figures[measure]
        known = [plain(shown_ms(values, percent)) for percent in IN_TERMINAL]
        highest = plain(None if values.highest is None else values.highest / 1e6)
        table.add_row(visible(row.key), f"{values.count:,}", *known, highest)
    return table


def _table(first: str, *rest: str) -> Table:
    table = Table(box=None, padding=(0, 1), header_style="dim")
    table.add_column(first, min_width=20, no_wrap=True, overflow="ellipsis")
    for heading in rest:
        table.add_column(heading, justify="right", min_width=7, no_wrap=True)
    return table


def _trust(results: Results) -> Iterator[Text]:
    shown = " and ".join(f"p{percent:g} from {least:,}" for percent, least in ENOUGH.items())
    yield Text(
        f"\nPercentiles are nearest-rank over every value, at most {results.resolution:.1%} above"
        f" the exact one; {shown} values on.",
        style="dim",
    )
    for each in results.calibration:
        yield Text(
            visible(
                f"Calibrated, {each.transport}, {each.streams} streams:"
                f" TTFT p50 {plain(each.ttft_p50_ms)} ({plain(each.planned_ttft_ms)}),"
                f" ICL p99 {plain(each.icl_p99_ms)} ({plain(each.planned_icl_ms)}) ms"
            ),
            style="dim",
        )
    if results.error_ms is not None:
        yield Text(
            f"Error bar: arrivals above may be stamped {plain(results.error_ms)} ms late (p99)."
        )
    if results.unsent:
        yield Text(f"{results.unsent:,} starts were due and could not be sent.", style="yellow")


def _violations(rows: Sequence[Row]) -> Iterator[ConsoleRenderable]:
    for row in rows:
        for kind, count in sorted(row.violations.items(), key=lambda pair: -pair[1]):
            line = f"  {row.key}  {kind} × {count:,}: {PHRASES.get(kind, kind)}"
            yield Text(visible(line), style="red")
            for example in row.examples.get(kind, ()):
                told = f"{example.place}: {example.message} {example.tag}"
                yield Padding(Text(visible(told)), (0, 0, 0, 4), expand=False)
        if row.planted:
            words = f"  {row.key}  {row.planted_found} of {row.planted} planted found"
            if row.planted_undecided:
                words += f", {row.planted_undecided} undecided"
            yield Text(visible(words))


def _doubts(rows: Sequence[Row]) -> Iterator[ConsoleRenderable]:
    for row in rows:
        if row.undecided:
            yield Text(visible(f"  {row.key} × {row.undecided:,}"), style="yellow")
        for kind, examples in row.doubts.items():
            for example in examples:
                told = f"{kind}? {example.place}: {example.message} {example.tag}"
                yield Padding(Text(visible(told)), (0, 0, 0, 4), expand=False)


def _capacity(capacity: Capacity, processes: int) -> Iterator[ConsoleRenderable]:
    yield Text("\nCapacity", style="bold")
    for step in capacity.steps:
        style = "green" if step.met else "red" if step.gave_out == "server" else "yellow"
        met = "met" if step.met else f"too much for the {step.gave_out or 'server'}"
        yield Text(visible(f"  {plain(step.load)} {capacity.unit}: {met}. {step.words}"), style)
    yield Text(f"  {capacity_in_words(capacity, processes)}", style="bold")


def _changes(before: Results, now: Results) -> Table:
    table = _table("", "before", "now", "change", "ratio", "")
    styles = {"better": "green", "worse": "red"}
    for change in (each for each in compare(before, now) if each.subject == ALL):
        ratio = ABSENT if change.ratio is None else f"{change.ratio:.2f} ×"
        table.add_row(
            f"{change.figure}, {change.unit}",
            plain(change.before),
            plain(change.now),
            signed(change.delta),
            ratio,
            Text(change.tone, style=styles.get(change.tone, "dim")),
        )
    return table


def _limits(results: Results) -> Iterator[ConsoleRenderable]:
    if not results.rulings:
        return
    yield Text("\nLimits", style="bold")
    for ruling in (each for each in results.rulings if not each.met):
        yield _formatted("broken", "red", f"{ruling.subject}: {ruling.words}")
    met: dict[tuple[str, float], list[LimitResult]] = {}
    for ruling in (each for each in results.rulings if each.met):
        met.setdefault((ruling.limit, ruling.due), []).append(ruling)
    for (limit, due), rulings in met.items():
        nearest = min(rulings, key=lambda one: abs((one.found or 0.0) - one.due))
        words = f"{nearest.subject}: {nearest.words}"
        if len(rulings) > 1:
            found = f"{plain(nearest.found)} in {nearest.subject}"
            words = f"{limit} {due:g}: by {len(rulings)} contracts; nearest {found}"
        yield _formatted("kept  ", "green", words)


def _formatted(mark: str, style: str, words: str) -> Padding:
    return Padding(Text.assemble((mark, style), visible(f"  {words}")), (0, 0, 0, 2), expand=False)


def _verdict(results: Results) -> Iterator[Text]:
    said = banner(results)
    style = STYLES[said.tone]
    yield Text()
    for reason in said.reasons[:REASONS_MAX]:
        yield Text(visible(reason), style=style)
    if len(said.reasons) > REASONS_MAX:
        yield Text(f"and {len(said.reasons) - REASONS_MAX} more reasons", style=style)
    yield Text(visible(f"{said.word.upper()}  {said.sentence}"), style=style)
