"""Capacity: the highest load that keeps the limits, by doubling and then halving the distance.

Bounded in runs, and each run in time. A load that fails is tried once more before it counts as too
high: one hiccup of the machine is not the server's limit.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass, replace

from loadtests.asked import Asked
from loadtests.limits import ALL, Limits
from loadtests.results import Capacity, Results, Step

RUNS_MAX = 24
NEAR = 0.05
"""The search ends when the lowest load that fails is so little above the highest that holds."""

DEFAULTS = Limits({ALL: {"ttft_p50_ms": 400.0, "icl_p99_ms": 100.0, "min_answers": 1.0}})
"""What is kept when nobody says what to keep: a chat that people call fluent."""

Run = Callable[[Asked], Results | None]


@dataclass(frozen=True, slots=True)
class Search:
    """Where a search stands. `low` held, `high` did not; `None` is not known yet. Pure."""

    low: float | None = None
    high: float | None = None

    def next(self, first: float, least: float) -> float | None:
        """The load to try, `None` when the search is over."""
        if self.high is None:
            return first if self.low is None else self.low * 2
        if self.low is None:
            return self.high / 2 if self.high > least else None
        if self.high - self.low <= max(least, NEAR * self.low):
            return None
        return (self.low + self.high) / 2

    def tried(self, load: float, held: bool) -> "Search":
        return replace(self, low=load) if held else replace(self, high=load)


def search(asked: Asked, run: Run) -> Results | None:
    """Try loads, from what was asked for on; the results of the highest that held, or of the last.

    `None` when nothing could be run.
    """
    unit = "users" if asked.rate is None else "starts/s"
    limits = asked.limits if asked.limits.scopes else DEFAULTS
    asked = replace(asked, limits=limits)
    least = float(len(asked.contracts)) if asked.rate is None else 0.1
    first = float(asked.users) if asked.rate is None else float(asked.rate)
    found = Search()
    steps: list[Step] = []
    best = last = None
    again = False
    load: float | None = first
    while load is not None and len(steps) < RUNS_MAX:
        load = float(max(least, round(load))) if asked.rate is None else load
        last = run(_at(asked, load, len(steps)))
        if last is None:
            return None
        held = last.judgement == "passed"
        why = "kept every limit" if held else "; ".join((*last.invalid, *last.reasons))
        steps.append(Step(load=load, met=held, words=why))
        sys.stderr.write(f"{load:8g} {unit}  {'held' if held else 'too much'}  {why[:160]}\n")
        if not held and not again:
            again = True
            continue
        again = False
        best = last if held else best
        found = found.tried(load, held)
        load = found.next(first, least)
    shown = best or last
    capacity = Capacity(
        unit="users" if asked.rate is None else "starts/s", highest=found.low, steps=tuple(steps)
    )
    return None if shown is None else replace(shown, capacity=capacity)


def _at(asked: Asked, load: float, number: int) -> Asked:
    """Another seed each time: a server that remembers answers is not tested by the same ones."""
    seed = asked.seed + number
    if asked.rate is None:
        return replace(asked, users=int(load), seed=seed)
    return replace(asked, rate=load, users=max(asked.users, int(load * 10)), seed=seed)
