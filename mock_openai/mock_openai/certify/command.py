"""`mock-openai certify`: climbs the ladder, and says how far the mock's times can be trusted."""

import platform
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import orjson
from rich.console import Console
from rich.table import Table

from mock_openai.certify.cpu_pinning import Strain, listening_here, two_cores
from mock_openai.certify.ladder import QUICK_STEPS, STEPS, Bound, Rung, climb, trusted
from mock_openai.certify.plot import lines, svg
from mock_openai.certify.requests import StreamPattern

GAP_MS = 20.0


def certify(
    *, quick: bool, most: int, bound: Bound, svg_file: Path | None, json_file: Path | None
) -> bool:
    """False when not even a single stream is on time."""
    console, aside = Console(highlight=False), Console(stderr=True, highlight=False)
    cores = two_cores()
    steps = [n for n in (QUICK_STEPS if quick else STEPS) if n <= most] or [most]
    pattern = StreamPattern(tokens=50 if quick else 150, gap_ms=GAP_MS)
    before = Strain.now()
    rungs: list[Rung] = []
    with listening_here(cores) as preferred, aside.status("") as status:

        def progress(streams: int, ended: int) -> None:
            status.update(f"{streams:,} streams: {ended:,} have ended")

        for rung in climb(tuple(steps), pattern, cores, bound, progress):
            rungs.append(rung)
            if not aside.is_terminal:
                late = rung.arrived
                aside.print(f"{rung.streams:,} streams: p99 {late.p99 / 1e6:.2f} ms late")
    best = trusted(rungs, bound)
    strain = _strain(before, Strain.now())
    console.print(f"{cores}; right of way over other processes: {preferred or 'none'}")
    console.print(strain)
    console.print(_table(rungs, bound))
    console.print("\n".join(lines(rungs, bound)), markup=False)
    console.print(f"\n{verdict(rungs, bound)}", markup=False)
    if svg_file is not None:
        title = f"How late the mock's frames arrive, {1e3 / GAP_MS:g} a second in each stream"
        svg_file.write_text(svg(rungs, bound, title), encoding="utf-8")
    if json_file is not None:
        result = _to_json(rungs, bound, best, f"{cores}; {strain}")
        json_file.write_bytes(orjson.dumps(result, option=orjson.OPT_INDENT_2) + b"\n")
    return best is not None


def verdict(rungs: Sequence[Rung], bound: Bound) -> str:
    """In words, for the end of the table."""
    best = trusted(rungs, bound)
    limits = f"p50 within {bound.p50 / 1e6:g} ms, p99 within {bound.p99 / 1e6:g} ms"
    if best is None:
        return f"Not to be trusted here ({limits}).{_beyond(rungs[0])}"
    late = best.arrived
    text = (
        f"To be trusted up to {best.streams:,} streams of {1e3 / GAP_MS:g} frames/s "
        f"({best.frames_per_s:,.0f} frames/s): p50 {late.p50 / 1e6:.2f} ms, "
        f"p99 {late.p99 / 1e6:.2f} ms late ({limits})."
    )
    beyond = [rung for rung in rungs if rung.streams > best.streams]
    return text + (_beyond(beyond[0]) if beyond else " More was not tried.")


def _beyond(rung: Rung) -> str:
    """What went wrong at the first load that did not hold."""
    lost = rung.streams - rung.whole
    broken = f", and {lost:,} did not come whole" if lost else ""
    return f" At {rung.streams:,} it is p99 {rung.arrived.p99 / 1e6:.1f} ms{broken}."


def _judged(rung: Rung, best: Rung | None, bound: Bound) -> str:
    if best is not None and rung.streams <= best.streams:
        return "yes"
    return "no: less failed" if bound.holds(rung) else "no"


def _table(rungs: Sequence[Rung], bound: Bound) -> Table:
    table = Table(
        caption="ms after a frame was due: written by the server / arrived at a client",
        caption_justify="left",
        padding=(0, 0),
    )
    for name in (
        "streams",
        "written p50",
        "p99",
        "arrived p50",
        "p99",
        "max",
        "whole",
        "CPU",
        "MB",
    ):
        table.add_column(name, justify="right")
    table.add_column("trusted")
    best = trusted(rungs, bound)
    for rung in rungs:
        late, written = rung.arrived, rung.written
        table.add_row(
            f"{rung.streams:,}",
            *(f"{written[name] / 1e6:.2f}" if name in written else "" for name in ("p50", "p99")),
            *(f"{ns / 1e6:.2f}" for ns in (late.p50, late.p99, late.max)),
            f"{rung.whole / rung.streams:.0%}",
            f"{rung.cpu:.0%}",
            f"{rung.rss / 1e6:.0f}",
            _judged(rung, best, bound),
        )
    return table


def _strain(before: Strain | None, after: Strain | None) -> str:
    if before is None or after is None:
        return "what else ran is not known here"
    stolen_s = after.steal_s - before.steal_s
    return f"load average {after.load:.1f}, time taken by the host {stolen_s:.1f} s"


def _to_json(
    rungs: Sequence[Rung], bound: Bound, best: Rung | None, machine: str
) -> dict[str, Any]:
    return {
        "python": platform.python_version(),
        "system": platform.platform(),
        "machine": machine,
        "frames_per_s_and_stream": 1e3 / GAP_MS,
        "bound_ns": asdict(bound),
        "trusted_streams": best.streams if best else 0,
        "verdict": verdict(rungs, bound),
        "rungs": [asdict(rung) for rung in rungs],
    }
