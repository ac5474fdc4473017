"""Validity: whether the load generator itself was the bottleneck, whose times are then worth
nothing. Pure; each reason is a sentence."""

from collections.abc import Iterator, Sequence

from tokentape_load.metrics.histogram import Histogram
from tokentape_load.metrics.run_results import Calibrated, Moment, Results, shown_ms

LAG_P99_MS = 20.0
"""What the loop may be late: as much as a usual gap between two texts."""

STUCK_MOST = 0.05
"""The share of the time that the loop may have been stuck for longer than that at once."""

CPU_MOST = 0.95
"""Of one core, which is all that one Python process can have …"""

CPU_SHARE = 0.2
"""… in so large a part of the run, and in `CPU_SECONDS` of it: then it was the load generator that
could do no more."""

CPU_SECONDS = 3

WAITED_MOST = 0.25
"""The share of the run in which it may have had work and no core to do it on."""

ACHIEVED_LEAST = 0.95
"""Of the starts that an open loop's schedule had."""

UNDECIDED_MOST = 0.05
"""The share of answers of which it may be undecided whether they are right."""

ERROR_P50_MS = 10.0
"""What the stamps of a calibration may be late."""


def reasons(
    *,
    lag: Histogram,
    series: Sequence[Moment],
    interval_s: float,
    calibration: Sequence[Calibrated] = (),
    sent: int = 0,
    unsent: int = 0,
    users: int = 0,
    users_asked: int = 0,
    generators: int = 1,
    answers: int = 0,
    undecided: int = 0,
) -> tuple[str, ...]:
    """Why a run is invalid; empty when its times can be believed.

    `undecided` are those of its `answers` that may be wrong. `sent` and `unsent` are an open loop's
    starts; `users` the most there were at once;
    `generators` how many processes made the load, whose lags are in `lag`.
    """
    return (
        *_lag(lag, len(series) * interval_s * generators),
        *_cpu(series, interval_s),
        *_waited(series, interval_s),
        *_achieved(sent, unsent),
        *_users(users, users_asked),
        *_calibration(calibration),
        *_undecided(undecided, answers),
    )


def of_generator(results: Results) -> tuple[str, ...]:
    """Why the load generator itself gave out. Starts that could not be sent are not its fault: all
    users were waiting for the server."""
    setup, users = results.setup, sum(row.users for row in results.rows)
    filled = setup.loop == "closed" and setup.shape.startswith("steady")
    return reasons(
        lag=results.client_lag,
        series=results.series,
        interval_s=results.interval_s,
        calibration=results.calibration,
        users=users,
        users_asked=setup.users if filled else 0,
        generators=max(1, setup.processes),
    )


def _lag(lag: Histogram, seconds: float) -> Iterator[str]:
    stuck_s = sum(top * n for top, n in _counts(lag) if top / 1e6 > LAG_P99_MS) / 1e9
    if seconds and stuck_s > STUCK_MOST * seconds:
        yield (
            f"the load generator's own loop was stuck for {stuck_s:.1f} of {seconds:.0f} s, in"
            f" halts of more than {LAG_P99_MS:g} ms: it was short of CPU"
        )
        return
    worst_ms = shown_ms(lag, 99)
    if worst_ms is not None and worst_ms > LAG_P99_MS:
        yield (
            f"the load generator's own loop woke up to {worst_ms:.0f} ms late (p99), at most"
            f" {LAG_P99_MS:g} ms are believable: it was short of CPU"
        )


def _counts(values: Histogram) -> Iterator[tuple[int, int]]:
    """Each bucket's value and how often it was seen."""
    before = 0
    for top, until in values.steps():
        yield top, until - before
        before = until


def _cpu(series: Sequence[Moment], interval_s: float) -> Iterator[str]:
    busy = [(one.client_cpu, one.client_busy) for one in series if one.client_cpu is not None]
    took = sum((cpu or 0.0) >= CPU_MOST for cpu, _ in busy)
    full = sum(max(cpu or 0.0, both or 0.0) >= CPU_MOST for cpu, both in busy)
    if full and full >= CPU_SHARE * len(busy) and full * interval_s >= CPU_SECONDS:
        words = "took a whole CPU core" if took == full else "took its CPU core or waited for it"
        yield (
            f"a load generator {words} for {full * interval_s:.0f} of"
            f" {len(busy) * interval_s:.0f} s: use more of them (--processes)"
        )


def _waited(series: Sequence[Moment], interval_s: float) -> Iterator[str]:
    known = [moment.client_waited for moment in series if moment.client_waited is not None]
    if sum(known) > WAITED_MOST * len(known):
        yield (
            f"a load generator had work and no core to do it on for {sum(known) * interval_s:.1f}"
            f" of {len(known) * interval_s:.0f} s: others took the CPU"
        )


def _achieved(sent: int, unsent: int) -> Iterator[str]:
    due = sent + unsent
    if unsent and sent < ACHIEVED_LEAST * due:
        yield (
            f"{unsent} of {due} starts could not be sent, because all users were waiting for"
            " answers: the load was not the one asked for (more --users, or a lower --rate)"
        )


def _users(users: int, due: int) -> Iterator[str]:
    if users < due:
        yield f"only {users} of {due} users had started when the run was over"


def _calibration(calibration: Sequence[Calibrated]) -> Iterator[str]:
    for one in calibration:
        if one.error_p50_ms is None:
            yield f"calibration over {one.transport}: nothing came of the known times"
        elif one.error_p50_ms > ERROR_P50_MS:
            yield (
                f"calibration over {one.transport}: known times were seen {one.error_p50_ms:.1f} ms"
                f" late (p50), at most {ERROR_P50_MS:g} ms are believable"
            )


def _undecided(undecided: int, answers: int) -> Iterator[str]:
    if undecided > UNDECIDED_MOST * answers:
        yield (
            f"{undecided} of {answers} answers are undecided ({undecided / answers:.1%}), at most"
            f" {UNDECIDED_MOST:.0%} may be: somebody was halted while they came"
        )
