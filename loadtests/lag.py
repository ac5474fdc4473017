"""Lag: how late the load generator itself wakes, which is an error in every time that it stamps."""

import time
from typing import Any

import gevent

from loadtests.bench import Bench

_EVERY_S = 0.02
OVER = frozenset({"stopped", "cleanup"})
"""Locust's names for the states of a run that is no more."""


def watch_lag(bench: Bench, runner: Any) -> None:
    """Sleep again and again, and note each oversleeping (ns), until the run is over."""
    while runner.state not in OVER:
        due_ns = time.monotonic_ns() + int(_EVERY_S * 1e9)
        gevent.sleep(_EVERY_S)
        bench.book.client_lag.add(max(0, time.monotonic_ns() - due_ns))
