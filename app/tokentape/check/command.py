"""`tokentape check`: what was typed becomes what is wanted; the report is told, saved, and its
exit code given."""

import asyncio
import json
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress as Bar
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

from tokentape.check.check_input import CheckFields, CheckInput, wanted_of
from tokentape.check.config import CheckConfig, CouldNotRun
from tokentape.check.contract_choice import choose
from tokentape.check.contract_file import load_contract
from tokentape.check.junit_report import junit
from tokentape.check.mock_auth import token_for
from tokentape.check.report import COULD_NOT_RUN, Report, report_as_told
from tokentape.check.result import find
from tokentape.check.runner import Progress, check
from tokentape.check.tape_file import read as read_tape
from tokentape.check.terminal_report import COLUMNS, tell
from tokentape.contract.contract import Contract

_SAY_EVERY_S = 5.0
"""How often a log, which is no terminal, is told how far the check is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckArguments(CheckFields):
    """The options of the command, as they were typed: `expect` may name a file."""

    dialect: str | None = None
    transport: str | None = None
    contract: Path | None = None
    json_file: Path | None = None
    junit_file: Path | None = None


def run(typed: CheckArguments) -> int:
    """Check, tell, and return the exit code: 0 right, 1 wrong, 2 could not run."""
    console = Console(width=COLUMNS, highlight=False, soft_wrap=False)
    errors = Console(stderr=True, width=COLUMNS, highlight=False)
    try:
        writable(("--json", typed.json_file), ("--junit", typed.junit_file))
        report = _judged(typed) if _is_tape(typed.url) else _checked(wanted_from(typed), errors)
    except CouldNotRun as reason:
        errors.print(f"[bold]Could not run:[/] {escape(str(reason))}")
        return COULD_NOT_RUN
    except KeyboardInterrupt:
        errors.print("[bold]Interrupted:[/] there is no verdict.")
        return COULD_NOT_RUN
    tell(report, console)
    try:
        _save(report, typed)
    except OSError as error:
        errors.print(f"[bold]The report can't be saved:[/] {escape(str(error))}")
        return report.exit_code or COULD_NOT_RUN
    return report.exit_code


def writable(*options: tuple[str, Path | None]) -> None:
    """Before anything is asked: what can't be kept would be lost. Raises `CouldNotRun`."""
    for option, file in options:
        if file is not None and not file.absolute().parent.is_dir():
            raise CouldNotRun(f"{option} {file}: there is no folder {file.parent}.")


def _checked(wanted: CheckConfig, console: Console) -> Report:
    with _progress(wanted, console) as progress:
        return asyncio.run(check(wanted, progress))


def _is_tape(url: str) -> bool:
    return not url.startswith(("http://", "https://")) and url.endswith(".jsonl")


def _judged(typed: CheckArguments) -> Report:
    """Of a tape: nothing is asked of any server. Raises `CouldNotRun`."""
    several = typed.turns > 1 or typed.viewers > 1 or typed.users > 1
    if typed.headers or typed.query:
        raise CouldNotRun(
            f"{typed.url} is a tape: nothing is sent, leave --header and --query out."
        )
    if several or typed.cut_at or typed.cuts or typed.stop:
        raise CouldNotRun(
            f"{typed.url} is a tape of one answer: leave --turns, --viewers, --users, cuts and"
            " --stop out."
        )
    try:
        text = Path(typed.url).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CouldNotRun(f"{typed.url} can't be read: {error}") from error
    sight, url = read_tape(text, typed.url)
    contract = sight.contract if typed.contract is None else load_contract(typed.contract)
    if contract != sight.contract:
        sight, _ = read_tape(text, typed.url, contract)
    expect, line_end = _expected(typed.expect)
    wanted = CheckConfig(
        url=f"{typed.url} (of {url})",
        contract=contract,
        expect=expect,
        line_end=line_end,
        max_first_token_ms=typed.max_ttft_ms,
        max_gap_ms=typed.max_gap_ms,
    )
    return Report(wanted=wanted, findings=(find(wanted, sight, None),))


def wanted_from(typed: CheckArguments) -> CheckConfig:
    """Raises `CouldNotRun` with what to type instead."""
    return wanted_of(asked_from(typed), os.environ)


def asked_from(typed: CheckArguments) -> CheckInput:
    """Raises `CouldNotRun`."""
    said = {field.name: getattr(typed, field.name) for field in fields(CheckFields)}
    if typed.mock is not None and typed.mock_token is None:
        said["mock_token"] = token_for(typed.mock, os.environ)
    said["expect"], said["line_end"] = _expected(typed.expect)
    return CheckInput(**{**said, "contract": _contract(typed)})


def _contract(typed: CheckArguments) -> Contract:
    if (typed.dialect is None) == (typed.contract is None):
        raise CouldNotRun("Say what the server speaks: --dialect NAME, or --contract FILE.yaml.")
    if typed.contract is not None:
        contract = load_contract(typed.contract)
        if typed.transport not in (None, contract.transport):
            raise CouldNotRun(f"{typed.contract} is about {contract.transport}: leave --transport.")
        return contract
    return choose(typed.dialect or "", typed.transport)


def _expected(typed: str | None) -> tuple[str | None, str]:
    """The text that is due, and the line break with which a file of it ends. Of a file every
    character counts as it is; a byte order mark is none of them."""
    if typed is None or not typed.startswith("@"):
        return typed, ""
    try:
        text = Path(typed[1:]).read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise CouldNotRun(f"--expect {typed}: {error}") from error
    line_end = next((end for end in ("\r\n", "\n") if text.endswith(end)), "")
    return text.removesuffix(line_end), line_end


def _save(report: Report, typed: CheckArguments) -> None:
    if typed.json_file is not None:
        told: Any = report_as_told(report)
        text = json.dumps(told, ensure_ascii=False, indent=2) + "\n"
        typed.json_file.write_text(text, encoding="utf-8")
    if typed.junit_file is not None:
        typed.junit_file.write_text(junit(report), encoding="utf-8")


@contextmanager
def _progress(wanted: CheckConfig, console: Console) -> Iterator[Progress]:
    if not console.is_terminal:
        yield _in_lines(wanted, console)
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task("connecting …")

        def show(turn: int, events: int) -> None:
            bar.update(task, description=_far(wanted, turn, events))

        yield show


def _in_lines(wanted: CheckConfig, console: Console) -> Progress:
    due = time.monotonic() + _SAY_EVERY_S

    def say(turn: int, events: int) -> None:
        nonlocal due
        if time.monotonic() >= due:
            due = time.monotonic() + _SAY_EVERY_S
            console.print(_far(wanted, turn, events))

    return say


def _far(wanted: CheckConfig, turn: int, events: int) -> str:
    return f"turn {turn} of {wanted.turns}, {events:,} events so far"
