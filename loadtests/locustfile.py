"""The file for `locust -f`: one user class for each contract, our options, report and exit code."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import gevent
from locust import events  # first in its process: it patches ssl and sockets for gevent
from locust.runners import MasterRunner, WorkerRunner

# isort: split
import orjson
from rich.console import Console

from app.contract.verdict import Expectation
from app.dialects.contracts import CONTRACTS
from loadtests.bench import Bench
from loadtests.book import Book
from loadtests.lag import watch_lag
from loadtests.progress import show_progress
from loadtests.question import Wording
from loadtests.report import Summary, as_json, print_report
from loadtests.thresholds import Thresholds, breaches
from loadtests.users.contract_user import user_class
from loadtests.users.names import class_name
from loadtests.viewers.open import TRANSPORTS

_LONGEST_ANSWER_S = 60
"""Users that are told to stop finish their answer first: one that is cut off proves nothing."""

_INTERRUPTED_S = 3
"""How long they have for it when the run is interrupted."""

BENCH = Bench()
globals().update(
    {
        class_name(contract): user_class(contract, BENCH)
        for contract in CONTRACTS.values()
        if contract.transport in TRANSPORTS
    }
)


def _options(parser: Any) -> None:
    group = parser.add_argument_group("Tokentape")
    add = group.add_argument
    add("--mock", default="", help="Root URL of the mock-openai that the server streams from")
    add("--seed", type=int, default=0, help="Fixes all questions, and so all answers")
    add("--directive", default="", help="Told to the mock: 'tokens=400 gap=5ms'")
    add("--fault", action="append", default=[], help="A fault to plant: duplicate@5")
    add("--fault-every", type=int, default=1, help="Plant it in one answer of so many")
    add("--max-ttft-ms", type=float, help="An answer whose first token comes later is wrong")
    add("--max-gap-ms", type=float, help="An answer with a longer gap is wrong")
    add("--report", default="", metavar="FILE", help="Write the report as JSON")


def _init(environment: Any, runner: Any, **_: Any) -> None:
    environment.stop_timeout = max(environment.stop_timeout or 0, _LONGEST_ANSWER_S)
    if isinstance(runner, WorkerRunner):
        environment.events.report_to_master.add_listener(_send_book)
    if isinstance(runner, MasterRunner):
        environment.events.worker_report.add_listener(_merge_book)


def _send_book(data: dict[str, Any], **_: Any) -> None:
    data["tokentape"] = BENCH.book.take().as_json()


def _merge_book(data: dict[str, Any], **_: Any) -> None:
    BENCH.book.merge(Book.from_json(data["tokentape"]))
    BENCH.touch()


def _start(environment: Any, **_: Any) -> None:
    options, runner = environment.parsed_options, environment.runner
    wording = Wording(
        seed=options.seed,
        directive=options.directive,
        faults=tuple(options.fault),
        fault_every=max(1, options.fault_every),
    )
    expectation = Expectation(
        outcome="completed",
        max_first_token_ms=options.max_ttft_ms,
        max_gap_ms=options.max_gap_ms,
    )
    BENCH.begin(wording, expectation, options.mock or None, getattr(runner, "worker_index", 0))
    gevent.spawn(watch_lag, BENCH, runner)
    if not isinstance(runner, WorkerRunner):
        gevent.spawn(show_progress, BENCH, runner)


def _quit(environment: Any, **_: Any) -> None:
    if isinstance(environment.runner, WorkerRunner):
        return
    _finish(environment)
    options = environment.parsed_options
    thresholds = Thresholds(min_planted=1 if options.fault else 0)
    summary = Summary(
        book=BENCH.book,
        seconds=BENCH.seconds,
        seed=options.seed,
        scripted=bool(options.mock),
        breaches=[*breaches(BENCH.book, thresholds), *_own_errors(environment.runner)],
    )
    print_report(summary, Console())
    if options.report:
        Path(options.report).write_bytes(orjson.dumps(as_json(summary), option=orjson.OPT_INDENT_2))
    sys.stdout.flush()
    if not summary.passed:
        environment.process_exit_code = 1


def _own_errors(runner: Any) -> Iterator[str]:
    """What went wrong in the users themselves: a run with holes in it proves nothing."""
    for error in runner.exceptions.values():
        last = str(error["traceback"]).strip().splitlines()[-1:] or [""]
        yield f"{error['count']} errors in the load users: {error['msg']} {last[0].strip()}"


def _finish(environment: Any) -> None:
    """An interrupted run is still running: let the answers that are nearly there come in."""
    if environment.runner.state in ("spawning", "running"):
        environment.stop_timeout = _INTERRUPTED_S
        environment.runner.stop()


_EVENTS: Any = events  # Locust leaves these untyped
_EVENTS.init_command_line_parser.add_listener(_options)
_EVENTS.init.add_listener(_init)
_EVENTS.test_start.add_listener(_start)
_EVENTS.quitting.add_listener(_quit)
