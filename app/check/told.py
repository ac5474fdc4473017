"""Told: a report for people, in 80 columns: what was promised, what came, where it broke."""

import json
from collections.abc import Iterator, Sequence
from itertools import groupby

from rich.console import Console
from rich.markup import escape
from rich.text import Text

from app.check.advice import ADVICE
from app.check.finding import Finding, around, spread_ms
from app.check.report import RIGHT, WRONG, Report
from app.contract.contract import Contract, Emit, Request
from app.contract.order import OPENED
from app.contract.timeline import Malformed, Seen
from app.contract.violation import Violation
from app.visible import visible

COLUMNS = 80
WRONG_SHOWN = 5
"""Wrong answers that are shown whole; the others are in --json."""

VIOLATIONS_SHOWN = 5
KINDS_SHOWN = 12


def tell(report: Report, console: Console) -> None:
    contract = report.wanted.contract
    console.print(f"[bold]{contract.key}[/] at {escape(report.wanted.url)}")
    _row(console, "promised", _promise(contract))
    for finding in report.wrong[:WRONG_SHOWN]:
        _tell_wrong(finding, console)
    if len(report.wrong) > WRONG_SHOWN:
        console.print(f"\n… and {len(report.wrong) - WRONG_SHOWN} more wrong answers (--json)")
    if report.findings:
        console.print()
        for name, figures in _figures(report):
            _row(console, name, figures)
    console.print()
    if report.stopped_short:
        console.print(f"[bold]Could not run:[/] {escape(visible(report.stopped_short))}")
    console.print(_conclusion(report))


def _row(console: Console, name: str, what: str) -> None:
    lines = Text(visible(what)).wrap(console, COLUMNS - 18)
    for number, line in enumerate(lines):
        line.rstrip()
        console.print(Text(f"  {name if number == 0 else '':<16}").append(line), soft_wrap=True)


def _promise(contract: Contract) -> str:
    match contract.start:
        case Request(method=method, path=path):
            asked = f"{method} {path}"
        case Emit(event=event):
            asked = f"{event} on {contract.namespace}"
    ends = [kind.name for kind in contract.kinds if kind.end]
    first = ", ".join(contract.order[OPENED])
    return f"{asked}; begins with {first}; ends once, with {' or '.join(ends)}"


def _tell_wrong(finding: Finding, console: Console) -> None:
    sight, verdict = finding.sight, finding.verdict
    console.print()
    console.print(
        f"[bold red]Answer {sight.turn}, viewer {sight.viewer}[/]"
        + (f" (cut {_count(len(sight.cuts), 'time')})" if sight.cuts else "")
    )
    _row(console, "came", _came(finding))
    for violation in verdict.violations[:VIOLATIONS_SHOWN]:
        _tell_violation(finding, violation, console)
    if len(verdict.violations) > VIOLATIONS_SHOWN:
        console.print(f"\n  … and {len(verdict.violations) - VIOLATIONS_SHOWN} more violations")


def _came(finding: Finding) -> str:
    runs = [
        (kind, len(list(same)))
        for kind, same in groupby(_name(seen) for seen in finding.sight.timeline)
    ]
    said = [kind if count == 1 else f"{kind} ×{count}" for kind, count in runs]
    if len(said) > KINDS_SHOWN:
        half = KINDS_SHOWN // 2
        said = [*said[:half], f"… {len(said) - 2 * half} more …", *said[-half:]]
    characters = len(finding.verdict.text)
    due = f" of {len(finding.due)}" if finding.due is not None else ""
    return f"{', '.join(said) or 'nothing'}; {characters}{due} characters of text"


def _name(seen: Seen) -> str:
    return seen.kind or (seen.event or "unknown")


def _tell_violation(finding: Finding, violation: Violation, console: Console) -> None:
    when = "" if violation.offset_ms is None else f" · {violation.offset_ms:.1f} ms"
    head = Text("\n  ✗ ", style="red").append(violation.kind, style="bold red")
    head.append(f" at event {violation.index}{when}", style="default")
    console.print(head)
    _block(console, Text(visible(violation.message)))
    for line in _frames(finding, violation):
        console.print(line, no_wrap=True, overflow="ellipsis", crop=True)
    advice = ADVICE[violation.kind]
    after_cut = any(cut < violation.index <= cut + 2 for cut in finding.sight.cuts)
    mend = advice.on_resume if after_cut and advice.on_resume else advice.mend
    _block(console, Text(advice.means, style="italic"))
    _block(console, Text("Mend: ", style="bold").append(mend, style="not bold"))


def _block(console: Console, text: Text) -> None:
    for line in text.wrap(console, COLUMNS - 4):
        line.rstrip()
        console.print(Text("    ").append(line), soft_wrap=True)


def _frames(finding: Finding, violation: Violation) -> Iterator[Text]:
    sight = finding.sight
    places = around(violation, sight.timeline)
    for index in places:
        seen = sight.timeline[index]
        mark = ">" if index == violation.index else " "
        offset = f"{(seen.at_ns - sight.started_ns) / 1e6:9.1f} ms"
        line = Text(f"    {mark} {index:>4} {offset}  ", style="" if mark == ">" else "dim")
        line.append(visible(f"{_name(seen)}  {_short(seen)}"))
        yield line
        if index in sight.cuts:
            yield Text("           ── connection cut here, and resumed ──", style="yellow")
    if violation.index >= len(sight.timeline):
        yield Text(f"    > {violation.index:>4}  (nothing more came)")


def _short(seen: Seen) -> str:
    payload = seen.payload
    if isinstance(payload, Malformed):
        return repr(payload.raw)
    if seen.text is not None:
        number = f"seq {seen.seq} " if seen.seq is not None else ""
        return f"{number}{json.dumps(seen.text, ensure_ascii=False)}"
    return json.dumps(payload, ensure_ascii=False, default=str)


def _figures(report: Report) -> Iterator[tuple[str, str]]:
    rows: Sequence[tuple[str, Sequence[int]]] = (
        ("first token", report.first_tokens_ns),
        ("gap", report.gaps_ns),
        ("added latency", report.added_ns),
        ("upstream closed", report.closed_ns),
    )
    events = sum(len(finding.sight.timeline) for finding in report.findings)
    cut = f", {_count(report.cuts, 'connection')} cut and resumed" if report.wanted.cutting else ""
    yield "looked at", f"{_count(len(report.findings), 'answer')}, {events:,} events{cut}"
    known = sum(finding.due is not None for finding in report.findings)
    compared = "every one" if known == len(report.findings) else f"{known}"
    yield (
        "text compared",
        f"{compared} with what was due" if known else "no: nobody said what is due",
    )
    for name, times in rows:
        if spread := spread_ms(times):
            told = f"p50 {spread['p50']:.1f} · p99 {spread['p99']:.1f} · max {spread['max']:.1f} ms"
            yield name, told + (" after the stop" if name == "upstream closed" else "")


def _conclusion(report: Report) -> Text:
    if report.exit_code == RIGHT:
        text = f"right: {_count(len(report.findings), 'answer')} kept the contract"
        return Text(text, style="bold green")
    if report.exit_code == WRONG:
        broke = f"{len(report.wrong)} of {_count(len(report.findings), 'answer')}"
        return Text(f"wrong: {broke} broke the contract", style="bold red")
    return Text("no verdict", style="bold yellow")


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" + ("" if number == 1 else "s")
