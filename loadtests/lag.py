"""Lag: how late the load generator itself wakes, which is an error in every time that it stamps."""

import time

import gevent

from loadtests.bench import Bench

_EVERY_S = 0.02


def watch_lag(bench: Bench) -> None:
    """Sleep again and again, and note each oversleeping (ns); runs until it is killed."""
    while True:
        due_ns = time.monotonic_ns() + int(_EVERY_S * 1e9)
        gevent.sleep(_EVERY_S)
        bench.book.client_lag.add(max(0, time.monotonic_ns() - due_ns))
