"""`tokentape load`, or `python -m tokentape_load`: a load run with its own servers, or against
yours, its reports, and an exit code."""

import base64
import os
import signal
import socket
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import orjson
from rich.console import Console

from tokentape.check.mock_auth import token_for
from tokentape.options.option import OptionFault
from tokentape_load.child_processes.server_freeze import frozen
from tokentape_load.child_processes.servers import NotReady, Stack, own_stack
from tokentape_load.judging.connection_errors import words_of
from tokentape_load.judging.mock_journal import Journal
from tokentape_load.metrics.run_results import (
    EXIT_CODES,
    FAILED,
    INTERRUPTED,
    NOT_RUN,
    Phase,
    Progress,
    Results,
    Unreadable,
    dump,
    dump_line,
    load,
)
from tokentape_load.reports.html_report import html
from tokentape_load.reports.junit import to_junit
from tokentape_load.reports.terminal import print_report
from tokentape_load.run.calibration import calibrate
from tokentape_load.run.capacity_search import search
from tokentape_load.run.locust_process import TOKEN, run, worker
from tokentape_load.run.options import locust_options, parser, read_config
from tokentape_load.run.results_builder import ended
from tokentape_load.run.run_config import RunConfig
from tokentape_load.workload.targets import LOADABLE, served

_CONNECT_S = 10.0


def main(arguments: Sequence[str] | None = None, prog: str = "tokentape load") -> int:
    """See `EXIT_CODES`; `NOT_RUN` when there was no run to judge."""
    made = parser(prog)
    written = vars(made.parse_args(arguments))
    try:
        config = read_config(written)
        before = _earlier(config.compare)
        _writable(config)
    except OptionFault as fault:
        made.error(str(fault))
    if config.worker:
        _note(f"Waiting for the master at {config.master_host}:{config.master_port}")
        return worker(locust_options(config))
    _note_left_out(config)
    # What was started is stopped on the way out, also when we are told to go.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        with _stack(config) as stack:
            results = _run(config, stack)
        if results is None and config.web_port is None:
            return _fail("the load generator was ended before it could report: nothing is known")
        if results is None:
            return 0
        return _report(results, config, before)
    except NotReady as error:
        return _fail(str(error))
    except OSError as error:
        return _fail(f"the report could not be written: {error}")
    except KeyboardInterrupt:
        _fail("interrupted before there was anything to report")
        return INTERRUPTED


def _note_left_out(config: RunConfig) -> None:
    left = [each.key for each in served() if each.key not in config.contracts]
    if left and not config.dialects:
        _note(f"Left out, since a token is asked for there: {', '.join(left)} (see --token)")


def _run(config: RunConfig, stack: Stack) -> Results | None:
    token = config.token or os.environ.get(TOKEN, "") or stack.token
    config = replace(
        config,
        host=stack.host,
        mock=stack.mock,
        sub=config.sub or stack.sub or _sub(token),
        # Ours is of one user, and rooms want several: only who can't do without has it.
        tokens_everywhere=token != stack.token,
        server_pids=config.server_pids or stack.pids,
    )
    if config.web_port is None and config.calibrate and not config.order_only:
        _emit(config, "calibrating")
        config = replace(config, calibration=calibrate(config.users, config.seed))
    more = locust_options(config)
    if config.master:
        port, count = config.master_bind_port, config.expect_workers
        _note(f"Waiting for {count} of: tokentape load --worker --master-port {port}")
    if config.capacity:
        found = search(config, lambda one: run(replace(one, quiet=True), token=token, more=more))
        if found is not None and config.progress_json:
            sys.stdout.buffer.write(dump_line(ended(found)))
        return found
    with frozen(config.server_pids, config.freeze):
        return run(config, token=token, more=more)


def _report(results: Results, config: RunConfig, before: Results | None) -> int:
    """The terminal's report was printed by the run itself, while its figures were fresh."""
    if config.json_file:
        config.json_file.write_bytes(dump(results))
    if config.html_file:
        config.html_file.write_text(html(results, before), "utf-8")
    if config.junit_file:
        config.junit_file.write_text(to_junit(results), "utf-8")
    if not config.progress_json and (before or results.capacity):
        print_report(results, Console(), before)
    if results.interrupted:
        return INTERRUPTED
    return FAILED if results.judgement is None else EXIT_CODES[results.judgement]


@contextmanager
def _stack(config: RunConfig) -> Iterator[Stack]:
    if config.host:
        if config.web_port is None and not config.master:  # workers may be where it can be reached
            _answering(config.host)
        if config.mock:
            _open(config.mock)
        yield Stack(config.host, config.mock)
        return
    _emit(config, "starting")
    with own_stack(config.seed) as stack:
        wants = any(LOADABLE[key].needs_token for key in config.contracts)
        yield stack if wants else replace(stack, token="", sub=None)


def _answering(host: str) -> None:
    """Raises `NotReady` where nobody listens, which would make each answer wrong."""
    root = urlsplit(host)
    port = root.port or (443 if root.scheme == "https" else 80)
    try:
        socket.create_connection((root.hostname or "", port), timeout=_CONNECT_S).close()
    except OSError as error:
        raise NotReady(f"--host {host}: nobody answers there: {words_of(error)}") from error


def _open(mock: str) -> None:
    """Raises `NotReady` where its evidence is not for us, which would make each answer wrong."""
    journal = Journal(mock, token_for(mock, os.environ))
    try:
        if refusal := journal.refusal():
            raise NotReady(f"--mock {mock}: {refusal}")
    finally:
        journal.close()


def _emit(config: RunConfig, phase: Phase) -> None:
    if config.progress_json:
        with suppress(BrokenPipeError):
            sys.stdout.buffer.write(dump_line(Progress(phase=phase)))
            sys.stdout.buffer.flush()


def _earlier(path: Path | None) -> Results | None:
    if path is None:
        return None
    try:
        return load(path.read_bytes())
    except OSError as error:
        raise OptionFault(f"--compare {path}: {error.strerror}") from error
    except Unreadable as error:
        words = f"no results of `tokentape load --json`: {error}"
        raise OptionFault(f"--compare {path}: {words}") from error


def _writable(config: RunConfig) -> None:
    """A report that can't be written is better known before the run than after it."""
    for flag, path in (
        ("--json", config.json_file),
        ("--html", config.html_file),
        ("--junit", config.junit_file),
        ("--samples", config.samples),
    ):
        if path is not None:
            _try_to_write(f"{flag} {path}", path)


def _try_to_write(option: str, path: Path) -> None:
    if not path.resolve().parent.is_dir():
        raise OptionFault(f"{option}: there is no folder {path.resolve().parent}")
    there = path.exists()
    try:
        path.open("ab").close()
        if not there:
            path.unlink()
    except OSError as error:
        raise OptionFault(f"{option}: it can't be written: {error.strerror}") from error


def _sub(token: str) -> str | None:
    """Who a JSON web token says that its bearer is; not verified: the server does that."""
    try:
        claims = token.split(".")[1]
        told = orjson.loads(base64.urlsafe_b64decode(f"{claims}{'=' * (-len(claims) % 4)}"))
        return str(told["sub"])
    except (IndexError, ValueError, KeyError, TypeError):
        return None


def _fail(words: str) -> int:
    _note(words)
    return NOT_RUN


def _note(words: str) -> None:
    print(words, file=sys.stderr)  # noqa: T201 - this is a command line
