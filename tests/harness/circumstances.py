"""What a failing test prints beside its assertion: what to look at before it is called flaky.

Both clocks, the load average, where the processors' time went while it ran (the machine's stolen
time among it), and each timeline that the failing frames hold.
"""

import os
import time
from collections.abc import Generator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

STAT = Path("/proc/stat")
FIELDS = ("user", "nice", "system", "idle", "iowait", "irq", "softirq", "steal")
MOST_LINES = 200


@dataclass(frozen=True)
class Moment:
    """The clocks and counters of the machine at one time."""

    wall_s: float
    monotonic_s: float
    process_s: float
    load: tuple[float, float, float]
    ticks: dict[str, int]


def moment() -> Moment:
    return Moment(time.time(), time.monotonic(), time.process_time(), os.getloadavg(), _ticks())


def _ticks() -> dict[str, int]:
    """The processors' time by kind, in ticks; empty where there is no /proc."""
    if not STAT.exists():
        return {}
    with STAT.open() as lines:
        return dict(zip(FIELDS, map(int, lines.readline().split()[1:]), strict=False))


def between(began: Moment, ended: Moment) -> str:
    """The circumstances of what ran between the two, as lines."""
    spent = {kind: ended.ticks[kind] - began.ticks[kind] for kind in began.ticks}
    all_ticks = sum(spent.values()) or 1
    shares = ", ".join(f"{kind} {100 * part / all_ticks:.0f} %" for kind, part in spent.items())
    load = " ".join(f"{value:.1f}" for value in ended.load)
    start = datetime.fromtimestamp(began.wall_s, UTC).isoformat(timespec="milliseconds")
    return "\n".join(
        [
            f"wall clock       began {start}, took {ended.wall_s - began.wall_s:.3f} s",
            f"monotonic clock  began {began.monotonic_s:.3f} s, "
            f"took {ended.monotonic_s - began.monotonic_s:.3f} s, "
            f"of them on a processor here {ended.process_s - began.process_s:.3f} s",
            f"load average     {load} on {os.cpu_count()} processors "
            f"(when the test began {began.load[0]:.1f})",
            f"processors       {shares or 'unknown here'}",
        ]
    )


def timelines(excinfo: pytest.ExceptionInfo[BaseException]) -> Iterator[tuple[str, list[Any]]]:
    """What viewers saw, found by name in the frames that failed: each once, innermost last."""
    shown: set[int] = set()
    for entry in excinfo.traceback:
        for name, value in entry.locals.items():
            seen = value if name.endswith("timeline") else getattr(value, "timeline", None)
            if isinstance(seen, list | tuple) and seen and id(seen) not in shown:
                shown.add(id(seen))
                yield name, list(seen)


_began = pytest.StashKey[Moment]()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    item.stash[_began] = moment()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed and call.excinfo is not None and (began := item.stash.get(_began, None)):
        report.sections.append(("circumstances", between(began, moment())))
        for name, seen in timelines(call.excinfo):
            lines = [repr(one) for one in seen[:MOST_LINES]]
            left = len(seen) - len(lines)
            more = [f"… and {left} more"] if left else []
            report.sections.append((f"timeline: {name}", "\n".join([*lines, *more])))
    return report
