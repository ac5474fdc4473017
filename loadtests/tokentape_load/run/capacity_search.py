"""The highest load that keeps the limits, by doubling and then halving the distance.

Bounded in runs, and each run in time. Near the limit one try says little, since a machine has
hiccups: there a load is tried until two tries agree. Who gave out is told, server or client.
"""

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from tokentape_load.metrics.limits import ALL, Limits
from tokentape_load.metrics.run_results import Capacity, Results, Side, Step, Unit
from tokentape_load.metrics.validity import of_generator
from tokentape_load.run.run_config import RunConfig

RUNS_MAX = 24
NEAR = 0.05
"""The search ends when the lowest load that fails is so little above the highest that holds."""

DEFAULTS = Limits({ALL: {"ttft_p50_ms": 400.0, "icl_p99_ms": 100.0, "min_answers": 1.0}})
"""What is kept when nobody says what to keep: a chat that people call fluent."""

_AGREE = 2
_UNITS: Mapping[bool, Unit] = {True: "users", False: "starts/s"}

Run = Callable[[RunConfig], Results | None]


@dataclass(frozen=True, slots=True)
class Search:
    """Where a search stands. `low` held, `high` did not; `None` is not known yet. Pure."""

    low: float | None = None
    high: float | None = None
    gave_out: Side | None = None
    """Who could do no more at `high`."""

    def next(self, first: float, least: float) -> float | None:
        """The load to try, `None` when the search is over."""
        if self.high is None:
            return first if self.low is None else self.low * 2
        if self.low is None:
            return self.high / 2 if self.high > least else None
        if self.high - self.low <= max(least, NEAR * self.low):
            return None
        return (self.low + self.high) / 2

    def tried(self, load: float, held: bool, gave_out: Side = "server") -> "Search":
        if held:
            return replace(self, low=load)
        return replace(self, high=load, gave_out=gave_out)


def search(config: RunConfig, run: Run) -> Results | None:
    """Try loads, beginning at the config's; the results of the highest that held, or of the last.

    `None` when nothing could be run.
    """
    limits = config.limits if config.limits.scopes else DEFAULTS
    config = replace(config, limits=limits)
    least = float(len(config.contracts)) if config.rate is None else 0.1
    load: float | None = float(config.users) if config.rate is None else float(config.rate)
    first = load or least
    found = Search()
    steps: list[Step] = []
    best = kept = last = None
    tries: list[Step] = []
    interrupted = False
    while load is not None and len(steps) < RUNS_MAX:
        load = float(max(least, round(load))) if config.rate is None else load
        try:
            last = run(_at(config, load, len(steps)))
        except KeyboardInterrupt:
            if last is None:
                raise
            interrupted = True  # what is known by now is told
            break
        if last is None:
            return None
        step = _step(load, last)
        steps.append(step)
        tries.append(step)
        _print_step(step, _UNITS[config.rate is None])
        kept = last if step.met else kept
        held = decided(tries, near=found.high is not None)
        if held is None:
            continue
        sides = {each.gave_out for each in tries}
        found = found.tried(load, held, "server" if "server" in sides else "client")
        best = kept if held else best
        tries = []
        load = found.next(first, least)
    shown = best or last
    if shown is None:
        return None
    capacity = Capacity(
        unit=_UNITS[config.rate is None],
        highest=found.low,
        steps=tuple(steps),
        gave_out=found.gave_out,
        answers_per_s=shown.answered / shown.seconds if found.low and shown.seconds else None,
    )
    return replace(shown, capacity=capacity, interrupted=interrupted)


def decided(tries: Sequence[Step], *, near: bool) -> bool | None:
    """Whether a load held, `None` when that takes another try. Far from the limit a load that held
    once holds; near it two tries of at most three have to agree, as they have to on what failed."""
    met = sum(step.met for step in tries)
    if met and (not near or met == _AGREE):
        return True
    return False if len(tries) - met == _AGREE else None


def _step(load: float, results: Results) -> Step:
    if results.judgement == "passed":
        return Step(load=load, met=True, words="kept every limit")
    mine = of_generator(results) if results.judgement == "invalid" else ()
    return Step(
        load=load,
        met=False,
        words="; ".join(
            (*mine, *results.reasons) if mine else (*results.reasons, *results.invalid)
        ),
        gave_out="client" if mine else "server",
    )


def _print_step(step: Step, unit: str) -> None:
    said = "held" if step.met else f"too much for the {step.gave_out}"
    sys.stderr.write(f"{step.load:8g} {unit}  {said}  {step.words[:160]}\n")
    sys.stderr.flush()


def _at(config: RunConfig, load: float, number: int) -> RunConfig:
    """Another seed each time: a server that remembers answers is not tested by the same ones."""
    seed = config.seed + number
    if config.rate is None:
        return replace(config, users=int(load), seed=seed)
    return replace(config, rate=load, users=max(config.users, int(load * 10)), seed=seed)
