"""Runs the comparison and prints it; the contestants take turns, and medians are told."""

import argparse
import sys
from contextlib import nullcontext
from statistics import median

from rich.console import Console
from rich.table import Table

from mock_openai.certify.cpu_pinning import Strain, listening_here
from mock_openai.certify.requests import StreamPattern
from tests.bench.mock import lateness, memory, speed
from tests.bench.mock.servers import CORES, installed_aimock

PARTS = ("lateness", "speed", "memory")


def main() -> int:
    options = _options()
    console = Console(width=None if sys.stdout.isatty() else 100, highlight=False)
    before = Strain.now()
    with listening_here(CORES) as preferred:
        console.print(f"{CORES}; right of way over other processes: {preferred or 'none'}")
        for part in options.only or PARTS:
            {"lateness": _lateness, "speed": _speed, "memory": _memory}[part](console, options)
    after = Strain.now()
    if before and after:
        console.print(
            f"load average {before.load:.1f} → {after.load:.1f}; "
            f"time taken by the host {after.steal_s - before.steal_s:.1f} s. "
            "What else ran only makes these figures worse."
        )
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench.mock", description=__doc__)
    parser.add_argument("--only", action="append", choices=PARTS)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--streams", type=int, default=1_000)
    parser.add_argument(
        "--tokens", type=int, default=200, help="chunks of each stream, 50 a second"
    )
    parser.add_argument("--seconds", type=float, default=4.0, help="of each run without delay")
    parser.add_argument("--requests", type=int, default=100_000, help="of the memory run")
    parser.add_argument(
        "--quick", action="store_true", help="does it run? tells nothing; without aimock"
    )
    options = parser.parse_args()
    if options.quick:
        vars(options).update(rounds=1, streams=8, tokens=10, seconds=0.2, requests=400)
    return options


def _ms(values: list[int]) -> str:
    return f"{median(values) / 1e6:.2f}"


def _lateness(console: Console, options: argparse.Namespace) -> None:
    pattern = StreamPattern(options.tokens)
    for title, spread_ms in (
        ("requests spread over the first gap (headline)", pattern.gap_ms),
        ("all requests at one instant", 0.0),
    ):
        runs: dict[str, list[lateness.Lateness]] = {}
        for _ in range(options.rounds):
            for one in lateness.CONTESTANTS:
                found = lateness.run(one, pattern, options.streams, spread_ms)
                runs.setdefault(one.name, []).append(found)
        table = Table(
            title=f"{options.streams:,} streams, {1e3 / pattern.gap_ms:g} chunks/s each, {title}",
            caption=f"lateness in ms, arrival against the schedule; medians of {options.rounds} "
            "rounds; waits: from sending a request to its start (p99)",
            title_justify="left",
            caption_justify="left",
        )
        table.add_column("server", no_wrap=True)
        for column in ("p50", "p90", "p99", "p99.9", "max", "waits", "whole", "CPU", "MB"):
            table.add_column(column, justify="right")
        for name, ran in runs.items():
            table.add_row(
                name,
                _ms([run.frames.p50 for run in ran]),
                _ms([run.frames.p90 for run in ran]),
                _ms([run.frames.p99 for run in ran]),
                _ms([run.frames.p999 for run in ran]),
                _ms([run.frames.max for run in ran]),
                _ms([run.wait.p99 for run in ran]),
                f"{sum(r.whole for r in ran) / sum(r.streams for r in ran):.0%}",
                f"{median(run.cpu for run in ran):.0%}",
                f"{median(run.rss for run in ran) / 1e6:.0f}",
            )
        console.print(table)


def _speed(console: Console, options: argparse.Namespace) -> None:
    with nullcontext() if options.quick else installed_aimock() as command:
        if command is None and not options.quick:
            console.print("aimock: not here (npm is needed, and the package from its registry)")
        runs: dict[str, list[float]] = {}
        for _ in range(options.rounds):
            for one in speed.contestants(command):
                runs.setdefault(one.name, []).append(speed.run(one, options.seconds).per_s)
    table = Table(
        title=f"Without delay: {speed.CHUNKS} chunks of {speed.CHUNK_CHARS} characters, "
        f"{speed.CONNECTIONS} connections",
        title_justify="left",
    )
    table.add_column("server", no_wrap=True)
    table.add_column("streams/s", justify="right")
    table.add_column("of the rounds", justify="right")
    table.add_column("of aimock's", justify="right")
    for name, rates in runs.items():
        # Each against the same requests, in the same run.
        other = runs.get(f"aimock:{name.partition(':')[2]}")
        table.add_row(
            name,
            f"{median(rates):,.0f}",
            " ".join(f"{rate:,.0f}" for rate in sorted(rates)),
            f"{median(rates) / median(other):.1f}×" if other else "–",
        )
    console.print(table)


def _memory(console: Console, options: argparse.Namespace) -> None:
    table = Table("the mock's memory", title_justify="left")
    table.add_column("MB", justify="right")
    for when, resident in memory.run(options.streams, options.requests, 4):
        table.add_row(when, f"{resident / 1e6:.0f}")
    console.print(table)


if __name__ == "__main__":
    sys.exit(main())
