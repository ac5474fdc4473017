"""The load generator's view of itself and of the server's processes, sampled in the run."""

import time
from pathlib import Path
from typing import Any

import gevent
import psutil

from tokentape_load.run.run_state import DOUBT_NS, RunState

_EVERY_S = 0.02
_SAMPLE_S = 1.0
_MB = 1_000_000
OVER = "stopped"
"""Locust's name for the state of a run that is no more; before it, users end their answers."""


def watch_lag(bench: RunState, runner: Any) -> None:
    """Sleep again and again, and note each oversleeping, until the run is over."""
    while runner.state != OVER:
        due_ns = time.monotonic_ns() + int(_EVERY_S * 1e9)
        gevent.sleep(_EVERY_S)
        now_ns = time.monotonic_ns()
        lag_ns = max(0, now_ns - due_ns)
        bench.collector.client_lag.add(lag_ns)
        cell = bench.collector.series.at(now_ns)
        cell.client_lag_ms = max(cell.client_lag_ms or 0.0, round(lag_ns / 1e6, 3))


def watch_levels(bench: RunState, runner: Any, server_pids: tuple[int, ...]) -> None:
    """Once a second: our CPU, the users and answers there are, and the server's CPU and memory."""
    servers = Servers(server_pids)
    cpu_s, at_s, waited_s = time.process_time(), time.monotonic(), _waited_s()
    while runner.state != OVER:
        gevent.sleep(_SAMPLE_S)
        used_s, now_s = time.process_time() - cpu_s, time.monotonic() - at_s
        cpu_s, at_s = cpu_s + used_s, at_s + now_s
        before_s, waited_s = waited_s, _waited_s()
        bench.settle(time.monotonic_ns() - DOUBT_NS)
        cell = bench.collector.series.at(time.monotonic_ns())
        cell.client_cpu = round(used_s / now_s, 3)
        if before_s is not None and waited_s is not None:
            cell.client_waited = round(max(0.0, waited_s - before_s) / now_s, 3)
        cell.client_busy = round(cell.client_cpu + (cell.client_waited or 0.0), 3)
        cell.users = runner.user_count
        cell.running = bench.running
        cell.server_cpu, cell.server_rss_mb = servers.sample()


def _waited_s() -> float | None:
    """How long this thread, which does all the work, could have run and had no core: the second
    field of Linux's schedstat (proc(5), sched-stats.rst). `None` elsewhere."""
    try:
        return int(Path("/proc/self/schedstat").read_bytes().split()[1]) / 1e9
    except (OSError, ValueError, IndexError):
        return None


class Servers:
    """The processes under test and their children, where they are on this host."""

    def __init__(self, pids: tuple[int, ...]) -> None:
        self._pids = pids
        self._known: dict[int, psutil.Process] = {}
        self.sample()

    def sample(self) -> tuple[float | None, float | None]:
        """Cores taken since the sample before, and memory in MB."""
        if not self._pids:
            return None, None
        cpu = rss = 0.0
        for pid in self._family():
            known = self._known.setdefault(pid, psutil.Process(pid))
            try:
                cpu += known.cpu_percent() / 100
                rss += known.memory_info().rss / _MB
            except psutil.NoSuchProcess:
                del self._known[pid]
        return (round(cpu, 3), round(rss, 1)) if self._known else (None, None)

    def _family(self) -> list[int]:
        pids: list[int] = []
        for pid in self._pids:
            try:
                process = psutil.Process(pid)
                pids += [pid, *(child.pid for child in process.children(recursive=True))]
            except psutil.NoSuchProcess:
                continue
        return pids
