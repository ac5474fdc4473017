"""Locust in a process of its own, because gevent must patch that one before anything else,
and the results that it leaves."""

import os
import signal
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from tokentape.child_processes.guard import guarded
from tokentape_load.metrics.run_results import Results, load
from tokentape_load.run.run_config import RunConfig, dump_config
from tokentape_load.run.user_names import class_name
from tokentape_load.workload.targets import LOADABLE

TOKEN = "TOKENTAPE_LOAD_TOKEN"  # noqa: S105 - its name, not a token
"""The environment variable that holds the users' JSON web token: a command line is public."""

_ENDS = (signal.SIGINT, signal.SIGTERM)
LOCUSTFILE = Path(__file__).parents[1] / "locustfile.py"


def run(config: RunConfig, *, token: str = "", more: Sequence[str] = ()) -> Results | None:
    """One run, to its end; `None` when it left no results. `more` are Locust's own options."""
    with TemporaryDirectory(prefix="tokentape-load-") as folder:
        results = Path(folder, "results.json")
        # Locust's own summary, which is rounded, goes where nobody reads it.
        quietly = [f"--json-file={Path(folder, 'locust.json')}", "--only-summary"]
        command = locust_command(replace(config, results=str(results)), [*quietly, *more])
        _, ended = _wait(command, {TOKEN: token})
        if ended and config.quiet:
            raise KeyboardInterrupt  # it was a part of something longer, which ends as well
        return load(results.read_bytes()) if results.exists() else None


def locust_command(config: RunConfig, more: Sequence[str] = ()) -> list[str]:
    """How Locust is called for a run."""
    command = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--loglevel=ERROR"]
    command += [f"--host={config.host}", f"--run-config={dump_config(config)}"]
    command += [f"--users={config.users}"]
    command += [f"--spawn-rate={config.spawn_rate or max(1.0, config.users / 2):g}"]
    if config.web_port is None:
        command += ["--headless"]
    else:
        command += [f"--web-port={config.web_port}", "--web-host=127.0.0.1"]
    command += (
        [f"--processes={config.processes}"] if config.processes > 1 and not config.master else []
    )
    return [*command, *more, *(class_name(LOADABLE[key]) for key in config.contracts)]


def worker(more: Sequence[str]) -> int:
    """A worker of a master elsewhere, which says what to do."""
    command = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--worker"]
    command += ["--loglevel=ERROR", *more]
    return _wait(command, {})[0]


def _wait(command: Sequence[str], environment: Mapping[str, str]) -> tuple[int, bool]:
    """Locust's exit code, and whether it was told to end before its time.

    Ctrl-C and SIGTERM end the run, which then reports; a second one ends it at once.
    """
    process = subprocess.Popen(  # noqa: S603 - our own interpreter
        command,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        start_new_session=True,  # so that it hears of Ctrl-C from us alone, and once
    )
    signals: list[int] = []

    def end(number: int, _: object) -> None:
        signals.append(number)
        if process.poll() is None:
            process.send_signal(signal.SIGTERM if len(signals) == 1 else signal.SIGKILL)

    before = {number: signal.signal(number, end) for number in _ENDS}
    try:
        with guarded(process):
            try:
                return process.wait(), bool(signals)
            finally:
                if process.poll() is None:
                    process.kill()
                    process.wait()
    finally:
        for number, known in before.items():
            signal.signal(number, known)
