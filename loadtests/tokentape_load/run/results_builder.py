"""A bench as results, while a run goes on and when it is over. Pure but for the bench."""

import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from os import cpu_count

from tokentape_load.judging.failure_kinds import TIMING
from tokentape_load.metrics import validity
from tokentape_load.metrics.limits import rulings
from tokentape_load.metrics.measures import DEFINITIONS
from tokentape_load.metrics.run_results import (
    Judgement,
    LimitResult,
    Phase,
    Progress,
    Results,
    Row,
    Setup,
)
from tokentape_load.run.run_config import RunConfig
from tokentape_load.run.run_state import RunState


def setup_of(config: RunConfig, began: datetime) -> Setup:
    return Setup(
        began=began.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        host=config.host,
        mock=config.mock or None,
        shape=config.words,
        loop="closed" if config.rate is None else "open",
        rate=config.rate,
        users=config.users,
        run_time_s=config.run_time_s,
        contracts=config.contracts,
        journeys=tuple(name for name, _ in config.mix),
        seed=config.seed,
        directive=config.directive,
        faults=config.faults,
        fault_every=config.fault_every,
        processes=config.generators,
        machine=f"{platform.system()} {platform.release()}, {cpu_count()} CPUs,"
        f" Python {platform.python_version()}",
        version=version("tokentape"),
    )


def results_of(
    bench: RunState, config: RunConfig, setup: Setup, phase: Phase, *, interrupted: bool = False
) -> Results:
    """All that is known now; with the judgement once the run is over."""
    book, seconds = bench.collector, bench.seconds
    rows, moments = book.rows(), book.series.moments()
    over = phase == "over"
    ruled = rulings(config.limits, rows, seconds)
    reasons = tuple(breaches(config, rows, ruled, book.errors)) if over else ()
    if over and not interrupted and (cut_off := sum(row.unfinished for row in rows)):
        reasons += (_without_end(cut_off, config.longest_answer_s),)
    invalid = (
        validity.reasons(
            lag=book.client_lag,
            series=moments,
            interval_s=float(book.series.interval_s),
            calibration=config.calibration,
            sent=book.started,
            unsent=book.unsent,
            users=sum(book.users.values()),
            users_asked=config.users if config.shape == "steady" else 0,
            generators=config.generators,
            answers=book.answered,
            undecided=book.undecided,
        )
        if over
        else ()
    )
    return Results(
        setup=setup,
        phase=phase,
        seconds=round(seconds, 3),
        rows=rows,
        measures=DEFINITIONS,
        judgement=_judgement(rows, reasons, () if config.order_only else invalid) if over else None,
        reasons=reasons,
        interrupted=interrupted,
        invalid=invalid,
        rulings=ruled if over else (),
        unsent=book.unsent,
        interval_s=float(book.series.interval_s),
        series=moments,
        client_lag=book.client_lag.copy(),
        calibration=config.calibration,
    )


def breaches(
    config: RunConfig, rows: Sequence[Row], ruled: Sequence[LimitResult], errors: dict[str, int]
) -> list[str]:
    """Why a run fails; empty when it passes."""
    if not sum(row.answers for row in rows):
        return ["no answer was seen: an empty run proves nothing"]
    found = [f"{ruling.subject}: {ruling.words}" for ruling in ruled if not ruling.met]
    planted = sum(row.planted for row in rows)
    if config.faults and not planted:
        found.append("faults were asked for and none was planted: nothing was proved")
    for row in rows:
        unseen = row.planted - row.planted_found - row.planted_undecided
        if unseen:
            found.append(f"{row.key}: {unseen} of {row.planted} planted faults went unseen")
    for words, count in errors.items():
        found.append(f"{count} {'error' if count == 1 else 'errors'} in the load users: {words}")
    return found


def _without_end(count: int, after_s: float) -> str:
    who = "1 answer" if count == 1 else f"{count} answers"
    return (
        f"{who} had not ended {after_s:g} s after the time was up, and can't be judged: for longer"
        " ones give a longer --silence"
    )


def _judgement(rows: Sequence[Row], reasons: Sequence[str], invalid: Sequence[str]) -> Judgement:
    """A wrong order or text is wrong whoever was slow, and so is what was planted; other times are
    only as good as the clock."""
    wrong = any(
        row.planted_found or any(kind not in TIMING for kind in row.violations) for row in rows
    )
    if invalid and not (reasons and wrong):
        return "invalid"
    return "failed" if reasons else "passed"


def progress_of(bench: RunState, users: int, phase: Phase) -> Progress:
    """A line's worth of a run that goes on."""
    book = bench.collector
    kinds: dict[str, int] = {}
    for counters in book.counters.values():
        for kind, count in counters.failures.items():
            kinds[kind] = kinds.get(kind, 0) + count
    return Progress(
        phase=phase,
        at_s=round(bench.elapsed_s, 1),
        users=users,
        started=book.started,
        answered=book.answered,
        wrong=book.wrong,
        undecided=book.undecided,
        unsent=book.unsent,
        violations=kinds,
        latest=book.series.latest(),
    )


def ended(results: Results) -> Progress:
    """The last line."""
    return Progress(
        phase="over",
        at_s=results.seconds,
        started=sum(row.started for row in results.rows),
        answered=results.answered,
        wrong=results.wrong,
        undecided=results.undecided,
        unsent=results.unsent,
        violations={
            kind: sum(row.violations.get(kind, 0) for row in results.rows)
            for kind in sorted({kind for row in results.rows for kind in row.violations})
        },
        latest=results.series[-1] if results.series else None,
        judgement=results.judgement,
        reasons=results.reasons,
        invalid=results.invalid,
    )
