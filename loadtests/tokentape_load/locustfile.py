"""The file for `locust -f`: one user class for each contract, our options, report and exit code."""

import gc
import os
import sys
import time
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar

import gevent
from gevent.event import Event
from locust import (
    LoadTestShape,
    events,
    runners,
)  # first in its process: it patches ssl and sockets
from locust.rpc import Message
from locust.runners import MasterRunner, WorkerRunner

# isort: split
from rich.console import Console

from mock_openai.playback.cpu_scheduling import short_turns
from tokentape.check.mock_auth import token_for
from tokentape_load.metrics.collector import Collector
from tokentape_load.metrics.run_results import EXIT_CODES, Phase, Progress, Results, dump, dump_line
from tokentape_load.metrics.samples import Samples
from tokentape_load.reports.locust_tab import add_tab, announce
from tokentape_load.reports.terminal import print_report, progress_line
from tokentape_load.run.locust_process import TOKEN
from tokentape_load.run.results_builder import ended, progress_of, results_of, setup_of
from tokentape_load.run.run_config import RunConfig, load_config
from tokentape_load.run.run_state import RunPlan, RunState, schedules
from tokentape_load.run.self_monitor import OVER, watch_lag, watch_levels
from tokentape_load.run.user_names import class_name
from tokentape_load.users.contract_user import mix, user_class
from tokentape_load.workload.load_shape import Schedule, level_at
from tokentape_load.workload.targets import LOADABLE, served

_INTERRUPTED_S = 3
"""How long users may end their answers when the run is interrupted."""

_GARBAGE = 100_000
_TERMINAL_S, _LOG_S, _LINE_S, _TURNS_S = 0.5, 5.0, 1.0, 0.2
BENCH = RunState()
CLASSES = {key: user_class(contract, BENCH) for key, contract in LOADABLE.items()}
globals().update({class_name(LOADABLE[key]): made for key, made in CLASSES.items()})


class _Run:
    """The run of this process."""

    config = RunConfig(host="")
    began = datetime.now(UTC)
    samples: Samples | None = None
    reported = False
    """The last word was said."""
    quitting = False
    """The process is on its way out."""
    workers: ClassVar[set[str]] = set()
    """Those that were there at any time …"""
    over: ClassVar[set[str]] = set()
    """… and those that have told all that they saw."""


RUN = _Run()


def results(phase: Phase, *, interrupted: bool = False) -> Results:
    """The run as it stands."""
    setup = setup_of(RUN.config, RUN.began)
    return results_of(BENCH, RUN.config, setup, phase, interrupted=interrupted)


class Stairs(LoadTestShape):
    """The users of a shape over time, in a closed loop."""

    abstract = True

    def tick(self) -> tuple[int, float]:
        config = RUN.config
        # The end is not said here: Locust would not wait for what its workers still have to tell.
        level = level_at(config.stages, BENCH.elapsed_s) or config.stages[-1].level
        users = max(1, round(config.users * level))
        return users, config.spawn_rate or max(1.0, config.users / 2)


def _options(parser: Any) -> None:
    group = parser.add_argument_group("Tokentape")
    # As an option, so that a master hands it on to its workers.
    group.add_argument("--run-config", default="", metavar="JSON", help="What the run is to do")


def _init(environment: Any, runner: Any, **_: Any) -> None:
    _read_config(environment)
    environment.stop_timeout = max(environment.stop_timeout or 0, RUN.config.longest_answer_s)
    if RUN.config.shape != "steady" and RUN.config.rate is None:
        environment.shape_class = _STAIRS()
    if isinstance(runner, WorkerRunner):
        runners.WORKER_REPORT_INTERVAL = _LINE_S
        environment.events.report_to_master.add_listener(lambda data, **_: _send_book(runner, data))
    if isinstance(runner, MasterRunner):
        environment.events.worker_report.add_listener(_merge_book)
    if environment.web_ui is not None:
        add_tab(environment.web_ui, lambda: BENCH.collector)
        if RUN.config.web_port is not None and not RUN.config.progress_json:
            announce(environment.web_ui)


def _read_config(environment: Any) -> None:
    """Read what the run is to do; Locust alone, without `python -m tokentape_load`, does all that
    our own app speaks, or the classes that it is given."""
    options = environment.parsed_options
    written = options.run_config if options else ""
    if not written and isinstance(environment.runner, WorkerRunner):
        return  # its master will say
    if not written:
        keys = tuple(contract.key for contract in served(with_token=bool(os.environ.get(TOKEN))))
        RUN.config = RunConfig(host=environment.host or "", run_time_s=None, contracts=keys)
        if options and not options.user_classes and not options.class_picker:
            environment.user_classes[:] = [CLASSES[key] for key in keys]
        return
    RUN.config = load_config(written)
    for key in RUN.config.contracts:
        mix(CLASSES[key], dict(RUN.config.mix))


def _send_book(runner: WorkerRunner, data: dict[str, Any]) -> None:
    if runner.state == OVER:
        BENCH.settle()
        _close_samples()
    data["tokentape"] = BENCH.collector.drain().to_json()
    data["tokentape_over"] = runner.state == OVER


def _merge_book(client_id: str, data: dict[str, Any], **_: Any) -> None:
    if told := data.get("tokentape"):
        RUN.workers.add(client_id)
        BENCH.collector.merge(Collector.from_json(told))
        BENCH.touch()
    if data.get("tokentape_over"):
        RUN.over.add(client_id)


def _start(environment: Any, **_: Any) -> None:
    _read_config(environment)
    runner, config = environment.runner, RUN.config
    RUN.began = datetime.now(UTC)
    works = isinstance(runner, WorkerRunner)
    BENCH.begin(_plan(config, max(0, getattr(runner, "worker_index", 0)) if works else 0))
    if config.samples and not isinstance(runner, MasterRunner):
        suffix = f".{BENCH.plan.worker}" if works else ""
        RUN.samples = Samples(Path(f"{config.samples}{suffix}"))
        BENCH.on_result = RUN.samples.add
    if not works:
        RUN.reported = False
        RUN.workers.clear()
        RUN.over.clear()
        if isinstance(runner, MasterRunner):
            RUN.workers.update(client.id for client in runner.clients.all)
        for watching in (_end_in_time, *(() if config.quiet else (_show,))):
            gevent.spawn(watching, runner)
    if isinstance(runner, MasterRunner):
        return
    # A collection of garbage holds up every stream for milliseconds; references free most of it.
    short_turns()  # to be woken soon when others are busy too
    gc.collect()
    gc.freeze()
    gc.set_threshold(_GARBAGE, 50, 50)
    gevent.spawn(watch_lag, BENCH, runner)
    # One process looks at the server: two would count it twice.
    pids = config.server_pids if BENCH.plan.worker == 0 else ()
    gevent.spawn(watch_levels, BENCH, runner, pids)


def _plan(config: RunConfig, worker: int) -> RunPlan:
    contracts = [LOADABLE[key] for key in config.contracts]
    taken = {}
    if config.rate is not None:
        whole = Schedule(
            rate=config.rate, shape=config.stages, share=worker, shares=config.generators
        )
        taken = dict(schedules(contracts, config.rate, whole))
    return RunPlan(
        config=config,
        contracts=tuple(dict.fromkeys((*config.contracts, *LOADABLE))),
        mock_token=token_for(config.mock, os.environ),
        token=os.environ.get(TOKEN, ""),
        worker=worker,
        schedules=taken,
    )


def _show(runner: Any) -> None:
    """How it goes, until it is over: a line that is rewritten, lines in a log, or JSON."""
    live = sys.stderr.isatty()
    every_s = _LINE_S if RUN.config.progress_json else _TERMINAL_S if live else _LOG_S
    while runner.state != OVER:
        gevent.sleep(every_s)
        if RUN.reported:
            return
        phase: Phase = "finishing" if runner.state in ("stopping", "cleanup") else "running"
        progress = progress_of(BENCH, runner.user_count, phase)
        if RUN.config.progress_json:
            _emit(progress)
        elif live:
            sys.stderr.write(f"\r\x1b[K{progress_line(progress)}")
            sys.stderr.flush()
        else:
            sys.stderr.write(f"{progress_line(progress)}\n")
            sys.stderr.flush()
    if live and not RUN.config.progress_json:
        sys.stderr.write("\r\x1b[K")


def _emit(progress: Progress) -> None:
    with suppress(BrokenPipeError):  # nobody reads any more; the run goes on
        sys.stdout.buffer.write(dump_line(progress))
        sys.stdout.buffer.flush()


def _end_in_time(runner: Any) -> None:
    """End the run when its time is up, or every user has had all the turns asked for."""
    config = RUN.config
    if config.web_port is not None:
        return
    while runner.state != OVER:
        gevent.sleep(_TURNS_S)
        timed_out = config.run_time_s is not None and BENCH.elapsed_s >= config.run_time_s
        if timed_out or _all_asked(runner):
            _gather(runner, RUN.config.longest_answer_s)
            runner.quit()
            return


def _gather(runner: Any, within_s: float) -> None:
    """Let workers end their answers and tell of them; Locust gives half a second."""
    if not isinstance(runner, MasterRunner):
        return
    workers = {client.id for client in runner.clients.all}
    for worker in workers:
        runner.server.send_to_client(_MESSAGE("quit", None, worker))
    until_s = time.monotonic() + within_s
    while workers - RUN.over and time.monotonic() < until_s:
        gevent.sleep(_TURNS_S)


def _all_asked(runner: Any) -> bool:
    """Whether every user has had all the turns that were asked for."""
    turns = RUN.config.turns
    if turns is None or runner.state != "running":
        return False
    return BENCH.collector.turns >= turns * RUN.config.users


def _stopping(environment: Any, **_: Any) -> None:
    if not isinstance(environment.runner, MasterRunner):
        BENCH.count_unsent()


def _stopped(**_: Any) -> None:
    BENCH.settle()


def _quit(environment: Any, **_: Any) -> None:
    if RUN.quitting:
        # Told twice, as by a signal at the run's end: who was first ends the process.
        Event().wait()
    RUN.quitting = True
    works = isinstance(environment.runner, WorkerRunner)
    whole = works or _finish(environment)
    BENCH.settle()
    _close_samples()
    if works:
        return
    if whole and (lost := len(RUN.workers - RUN.over)):
        BENCH.collector.errors["a worker was lost, with what it had not told yet"] = lost
    _own_errors(environment.runner)
    found = results("over", interrupted=not whole)
    RUN.reported = True
    if RUN.config.results:
        Path(RUN.config.results).write_bytes(dump(found))
    if RUN.config.progress_json:
        _emit(ended(found))
    elif not RUN.config.quiet:
        print_report(found, Console())
    sys.stdout.flush()
    if found.judgement is not None:
        environment.process_exit_code = EXIT_CODES[found.judgement]


def _close_samples() -> None:
    samples, RUN.samples = RUN.samples, None
    if samples is None:
        return
    samples.close()
    if samples.lost:
        BENCH.collector.errors[f"the samples could not be written: {samples.lost}"] = 1


def _own_errors(runner: Any) -> None:
    """What went wrong in the users themselves: a run with holes in it proves nothing."""
    for error in runner.exceptions.values():
        last = str(error["traceback"]).strip().splitlines()[-1:] or [""]
        BENCH.collector.errors[f"{error['msg']} {last[0].strip()}"] = error["count"]


def _finish(environment: Any) -> bool:
    """An interrupted run is still running: let the answers that are nearly there come in.

    Whether it had all its time.
    """
    if environment.runner.state not in ("spawning", "running"):
        return True
    environment.stop_timeout = _INTERRUPTED_S
    _gather(environment.runner, _INTERRUPTED_S)
    environment.runner.stop()
    return False


_STAIRS: Any = Stairs
_MESSAGE: Any = Message
_EVENTS: Any = events  # Locust leaves these untyped
_EVENTS.init_command_line_parser.add_listener(_options)
_EVENTS.init.add_listener(_init)
_EVENTS.test_start.add_listener(_start)
_EVENTS.test_stopping.add_listener(_stopping)
_EVENTS.test_stop.add_listener(_stopped)
_EVENTS.quitting.add_listener(_quit)
