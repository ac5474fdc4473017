"""A report for people, in 80 columns: what was promised, what came, where it broke."""

from collections.abc import Iterator

from rich.console import Console
from rich.markup import escape
from rich.text import Text

from tokentape.check import raw_view
from tokentape.check.report import RIGHT, WRONG, Report
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
from tokentape.contract.violations import Violation
from tokentape.printable import visible

COLUMNS = 80
_STYLES = {RIGHT: "bold green", WRONG: "bold red"}


def print_report(report: Report, console: Console) -> None:
    """Print a report, `COLUMNS` wide; what came from the server is made visible first."""
    contract = report.config.contract
    place = visible(f" at {report.config.address}")
    console.print(Text(visible(contract.key), style="bold").append(place, style="not bold"))
    _row(console, LABELS["promised"], promise(contract))
    for result in report.wrong[:WRONG_SHOWN]:
        _tell_wrong(result, console)
    more_wrong, more_undecided = left_out(report)
    if more_wrong:
        console.print(f"\n… {more_wrong}")
    if report.stopped_short and not report.wrong and report.results:
        _tell_raw(report.results[0], console)
    for result in report.undecided[:WRONG_SHOWN]:
        _tell_undecided(result, console)
    if more_undecided:
        console.print(f"\n… {more_undecided}")
    if report.results:
        console.print()
        for name, what in figures(report):
            _row(console, name, what)
    for answer in report.raw:
        console.print()
        for told in raw_view.lines(answer):
            console.print(told, markup=False, soft_wrap=True)
    console.print()
    if report.stopped_short:
        reason = escape(visible(report.stopped_short))
        console.print(f"[bold]{LABELS['stopped_short']}:[/] {reason}")
    console.print(Text(conclusion(report), style=_STYLES.get(report.exit_code, "bold yellow")))


def _row(console: Console, name: str, what: str) -> None:
    lines = Text(visible(what)).wrap(console, COLUMNS - 18)
    for number, line in enumerate(lines):
        line.rstrip()
        console.print(Text(f"  {name if number == 0 else '':<16}").append(line), soft_wrap=True)


def _tell_wrong(result: AnswerResult, console: Console) -> None:
    console.print(f"\n[bold red]{heading(result)}[/]")
    _row(console, LABELS["came"], came(result))
    first, others = shown(result.verdict.violations)
    for violation in first:
        _tell_violation(result, violation, console)
    if others:
        console.print()
        _block(console, Text(f"… {others}"))
    if words := acceptance(result):
        console.print()
        _block(console, Text(f"{LABELS['accept']}: ", style="bold").append(words, style="not bold"))
    _tell_raw(result, console)


def _tell_raw(result: AnswerResult, console: Console) -> None:
    """Where no event was recognised, people look themselves."""
    lines = raw(result)
    if lines:
        console.print()
        _block(console, Text(f"{LABELS['raw']}:", style="bold"))
    for line in lines:
        told = Text(f"    | {visible(line)}".rstrip())
        console.print(told, no_wrap=True, overflow="ellipsis", crop=True)


def _tell_undecided(result: AnswerResult, console: Console) -> None:
    console.print(f"\n[bold yellow]{heading(result)}[/]")
    for doubt in result.verdict.undecided:
        head = Text("\n  ? ", style="yellow").append(doubt.kind, style="bold yellow")
        console.print(head.append(_place(doubt), style="default"))
        _block(console, Text(visible(doubt.message)))


def _tell_violation(result: AnswerResult, violation: Violation, console: Console) -> None:
    head = Text("\n  ✗ ", style="red").append(violation.kind, style="bold red")
    console.print(head.append(_place(violation), style="default"))
    _block(console, Text(visible(violation.message)))
    for line in _frames(result, violation):
        console.print(line, no_wrap=True, overflow="ellipsis", crop=True)
    means, mend = means_and_mend(result, violation)
    _block(console, Text(means, style="italic"))
    _block(console, Text(f"{LABELS['mend']}: ", style="bold").append(mend, style="not bold"))


def _place(violation: Violation) -> str:
    when = "" if violation.offset_ms is None else f" · {violation.offset_ms:.1f} ms"
    return f" {LABELS['at_event']} {violation.index}{when}"


def _block(console: Console, text: Text) -> None:
    for line in text.wrap(console, COLUMNS - 4):
        line.rstrip()
        console.print(Text("    ").append(line), soft_wrap=True)


def _frames(result: AnswerResult, violation: Violation) -> Iterator[Text]:
    for line in lines_around(result, violation):
        mark = ">" if line.marked else " "
        if not line.name:
            yield Text(f"    {mark} {line.index:>4}  {line.what}")
            continue
        at = "" if line.offset_ms is None else f"{line.offset_ms:9.1f} ms"
        told = Text(f"    {mark} {line.index:>4} {at}  ", style="" if line.marked else "dim")
        told.append(visible(f"{line.name}  {line.what}"))
        yield told
        if line.cut_after:
            yield Text(f"           ── {LABELS['cut']} ──", style="yellow")
