"""A load generator that has too little CPU does not call the server slow: its run is invalid.

Throttled as a container's CPU quota does it: some milliseconds of each period, then halted.
"""

import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import psutil

from tokentape.child_processes.guard import running
from tokentape_load.child_processes.servers import Server, metronome
from tokentape_load.metrics.run_results import INVALID, Results, load, load_line
from tokentape_load.proofs.proof import Evidence, Shown

RUNS_S, HALTS_S = 0.02, 0.08
"""A fifth of a core, in the periods of 100 ms that are usual."""


def prove(users: int = 60, seconds: int = 6) -> Evidence:
    """The same run with CPU enough, throttled, and pinned beside others who want the same core."""
    with metronome() as server:
        code, results = throttled_run(server, users, seconds, throttle=False)
        yield _shown("with CPU enough", code, results, invalid=False)
        code, results = throttled_run(server, users, seconds, throttle=True)
        yield _shown("throttled to a fifth of a core", code, results, invalid=True)
        with _Crowd():
            code, results = throttled_run(server, users, seconds, throttle=False, pin=True)
        yield _shown("pinned to a core that eight others want", code, results, invalid=True)


def throttled_run(
    server: Server, users: int, seconds: int, *, throttle: bool, pin: bool = False
) -> tuple[int, Results | None]:
    """The exit code and the results of a run that is throttled as soon as it goes."""
    with TemporaryDirectory(prefix="tokentape-load-") as folder:
        out = Path(folder, "results.json")
        command = [sys.executable, "-m", "tokentape_load", f"--host={server.url}"]
        command += [f"--mock={server.url}", "--dialects=metronome", f"--users={users}"]
        command += [f"--run-time={seconds}s", "--no-calibration", "--progress-json"]
        command += [f"--json={out}", "--journeys=chat"]
        throttling: threading.Thread | None = None
        with subprocess.Popen(  # noqa: S603 - our own interpreter
            command, stdout=subprocess.PIPE, preexec_fn=_pin if pin else None
        ) as process:
            for line in process.stdout or ():
                running = load_line(line).phase == "running"
                if throttle and running and throttling is None:
                    throttling = threading.Thread(target=_throttle, args=(process.pid,))
                    throttling.start()
            code = process.wait()
        if throttling is not None:
            throttling.join()
        return code, load(out.read_bytes()) if out.exists() else None


def _throttle(pid: int) -> None:
    """Until the process is gone; at its end it is let go on, to report."""
    with suppress(psutil.Error):
        load_makers = psutil.Process(pid).children(recursive=True)
        until_s = time.monotonic() + 60
        while any(one.is_running() for one in load_makers) and time.monotonic() < until_s:
            _all(load_makers, psutil.Process.suspend)
            time.sleep(HALTS_S)
            _all(load_makers, psutil.Process.resume)
            time.sleep(RUNS_S)


def _all(processes: Sequence[psutil.Process], act: Callable[[psutil.Process], None]) -> None:
    for process in processes:
        with suppress(psutil.Error):
            act(process)


def _pin() -> None:
    os.sched_setaffinity(0, {0})


class _Crowd:
    """Eight processes that want all of core 0, each in a session of its own: Linux weighs sessions
    against each other, and to share a core with one is no hunger."""

    def __enter__(self) -> None:
        busy = [sys.executable, "-c", "while True: pass"]
        with ExitStack() as undo:
            for _ in range(8):
                undo.enter_context(running(busy, in_child=_pin))
            self._over = undo.pop_all()

    def __exit__(self, *_: object) -> None:
        self._over.close()


def _shown(name: str, code: int, results: Results | None, *, invalid: bool) -> Shown:
    told = "no results" if results is None else f"{results.judgement}: {results.invalid}"
    return Shown(f"{name}: exit code {code}, {told}", right=(code == INVALID) is invalid)
