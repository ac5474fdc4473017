"""Progress: one line that says how a run goes, rewritten on a terminal, now and then in a log."""

import sys
from typing import Any

import gevent

from loadtests.bench import Bench
from loadtests.lag import OVER
from loadtests.report import shown_ms

_TERMINAL_S, _LOG_S = 0.5, 5.0


def show_progress(bench: Bench, runner: Any) -> None:
    """Write to standard error until the run is over."""
    live = sys.stderr.isatty()
    while runner.state not in OVER:
        gevent.sleep(_TERMINAL_S if live else _LOG_S)
        line = progress_line(bench, runner.user_count)
        sys.stderr.write(f"\r\x1b[K{line}" if live else f"{line}\n")
        sys.stderr.flush()
    if live:
        sys.stderr.write("\r\x1b[K")


def progress_line(bench: Bench, users: int) -> str:
    book = bench.book
    firsts = [
        value
        for tally in book.tallies.values()
        if (value := shown_ms(tally.figures["TTFT"], 50)) is not None
    ]
    slowest = f"{max(firsts):.0f} ms" if firsts else "–"
    return (
        f"{bench.seconds:5.1f} s  {users} users  {book.answers} answers  {book.wrong} wrong"
        f"  slowest TTFT p50 {slowest}"
    )
