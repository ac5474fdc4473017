"""Halts processes again and again, as a garbage collection, a full disk or a neighbour on
the same machine does; how the open loop shows what the closed one hides."""

import os
import signal
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Freeze:
    """So many seconds at the end of each `every_s`; the first time after a whole distance."""

    for_s: float
    every_s: float


@contextmanager
def frozen(pids: Sequence[int], freeze: Freeze | None) -> Iterator[None]:
    """Halt these processes while the block runs; they go on after it, whatever happens."""
    if freeze is None or not pids:
        yield
        return
    over = threading.Event()
    thread = threading.Thread(target=_halt, args=(pids, freeze, over), daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


def _halt(pids: Sequence[int], freeze: Freeze, over: threading.Event) -> None:
    begun_s, count = time.monotonic(), 0
    try:
        while True:
            count += 1
            due_s = begun_s + count * freeze.every_s
            if over.wait(max(0.0, due_s - freeze.for_s - time.monotonic())):
                return
            _signal(pids, signal.SIGSTOP)
            over.wait(max(0.0, due_s - time.monotonic()))
            _signal(pids, signal.SIGCONT)
    finally:
        _signal(pids, signal.SIGCONT)


def _signal(pids: Sequence[int], number: signal.Signals) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, number)
