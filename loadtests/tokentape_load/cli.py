"""`tokentape load`, or `python -m tokentape_load`: a load run with its own servers, or against
yours, its reports, and an exit code."""

import base64
import os
import signal
import socket
import sys
from argparse import Namespace
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import orjson
from rich.console import Console

from tokentape.check.mock_auth import token_for
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
from tokentape_load.reports.junit import junit
from tokentape_load.reports.terminal import print_report
from tokentape_load.run.calibration import calibrate
from tokentape_load.run.capacity_search import search
from tokentape_load.run.locust_process import TOKEN, run, worker
from tokentape_load.run.options import OptionFault, asked_of, locust_options, parser
from tokentape_load.run.results_builder import ended
from tokentape_load.run.run_config import RunConfig
from tokentape_load.workload.targets import LOADABLE, served

_CONNECT_S = 10.0


def main(arguments: Sequence[str] | None = None, prog: str = "tokentape load") -> int:
    """See `EXIT_CODES`; `NOT_RUN` when there was no run to judge."""
    made = parser(prog)
    options = made.parse_args(arguments)
    if options.worker:
        _note(f"Waiting for the master at {options.master_host}:{options.master_port}")
        return worker(locust_options(options))
    try:
        asked = asked_of(options)
        before = _earlier(options.compare)
        _writable(options)
        _tell_left_out(asked, options)
    except OptionFault as fault:
        made.error(str(fault))
    # What was started is stopped on the way out, also when we are told to go.
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    try:
        with _stack(asked, options) as stack:
            results = _run(asked, options, stack)
        if results is None and options.web is None:
            return _fail("the load generator was ended before it could report: nothing is known")
        if results is None:
            return 0
        return _report(results, options, before)
    except NotReady as error:
        return _fail(str(error))
    except OSError as error:
        return _fail(f"the report could not be written: {error}")
    except KeyboardInterrupt:
        _fail("interrupted before there was anything to report")
        return INTERRUPTED


def _tell_left_out(asked: RunConfig, options: Namespace) -> None:
    left = [each.key for each in served() if each.key not in asked.contracts]
    if left and not options.dialects:
        _note(f"Left out, since a token is asked for there: {', '.join(left)} (see --token)")


def _run(asked: RunConfig, options: Namespace, stack: Stack) -> Results | None:
    token = options.token or os.environ.get(TOKEN, "") or stack.token
    asked = replace(
        asked,
        host=stack.host,
        mock=stack.mock,
        sub=asked.sub or stack.sub or _sub(token),
        # Ours is of one user, and rooms want several: only who can't do without has it.
        tokens_everywhere=token != stack.token,
        server_pids=asked.server_pids or stack.pids,
    )
    if options.web is None and not (options.no_calibration or options.order_only):
        _tell(options, "calibrating")
        asked = replace(asked, calibration=calibrate(asked.users, asked.seed))
    more = locust_options(options)
    if options.master:
        port, count = options.master_bind_port, options.expect_workers
        _note(f"Waiting for {count} of: tokentape load --worker --master-port {port}")
    if options.capacity:
        found = search(asked, lambda one: run(replace(one, quiet=True), token=token, more=more))
        if found is not None and options.progress_json:
            sys.stdout.buffer.write(dump_line(ended(found)))
        return found
    with frozen(asked.server_pids, asked.freeze):
        return run(asked, token=token, more=more)


def _report(results: Results, options: Namespace, before: Results | None) -> int:
    """The terminal's report was printed by the run itself, while its figures were fresh."""
    if options.json:
        options.json.write_bytes(dump(results))
    if options.html:
        options.html.write_text(html(results, before), "utf-8")
    if options.junit:
        options.junit.write_text(junit(results), "utf-8")
    if not options.progress_json and (before or results.capacity):
        print_report(results, Console(), before)
    if results.interrupted:
        return INTERRUPTED
    return FAILED if results.judgement is None else EXIT_CODES[results.judgement]


@contextmanager
def _stack(asked: RunConfig, options: Namespace) -> Iterator[Stack]:
    if asked.host:
        if options.web is None and not options.master:  # workers may be where it can be reached
            _answering(asked.host)
        if asked.mock:
            _open(asked.mock)
        yield Stack(asked.host, asked.mock)
        return
    _tell(options, "starting")
    with own_stack(asked.seed) as stack:
        wants = any(LOADABLE[key].needs_token for key in asked.contracts)
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


def _tell(options: Namespace, phase: Phase) -> None:
    if options.progress_json:
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


def _writable(options: Namespace) -> None:
    """A report that can't be written is better known before the run than after it."""
    for name in ("json", "html", "junit", "samples"):
        path: Path | None = getattr(options, name)
        if path is not None:
            _try_to_write(f"--{name} {path}", path)


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
