"""`tokentape check`: its options become a config; the report is printed and saved."""

import asyncio
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from secrets import token_hex
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress as Bar
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

from tokentape.check.acceptance import accepted
from tokentape.check.config import CheckConfig
from tokentape.check.contract_choice import choose
from tokentape.check.contract_file import load_contract
from tokentape.check.could_not_run import CouldNotRun
from tokentape.check.github_annotations import annotations
from tokentape.check.mock_auth import token_for
from tokentape.check.read_config import resolve
from tokentape.check.recordings.check_recording import check_recording
from tokentape.check.report import COULD_NOT_RUN, Report
from tokentape.check.report_files import FORMS
from tokentape.check.runner import Progress, check
from tokentape.check.terminal_report import COLUMNS, print_report
from tokentape.contract.contract import Contract
from tokentape.contract.openai import CHAT
from tokentape.options.option import options_of, read_options
from tokentape.printable import visible_lines

_SAY_EVERY_S = 5.0
"""How often a log, which is no terminal, is told how far the check is."""


def run(**written: Any) -> int:
    """Check, print the report, and return the exit code: 0 right, 1 wrong, 2 could not run.

    `written` are options of `CheckConfig` as they were typed.
    """
    console = Console(width=COLUMNS, highlight=False, soft_wrap=False)
    errors = Console(stderr=True, width=COLUMNS, highlight=False)
    github = bool(written.get("github")) or os.environ.get("GITHUB_ACTIONS") == "true"
    try:
        with _unheeded(console) if github else nullcontext():
            report, files = _reported(written, console, errors)
    except CouldNotRun:
        return COULD_NOT_RUN
    except KeyboardInterrupt:
        errors.print("[bold]Interrupted:[/] there is no verdict.")
        return COULD_NOT_RUN
    if github:
        for line in annotations(report):
            console.print(line, markup=False, soft_wrap=True)
    try:
        _save(report, files)
    except OSError as error:
        errors.print(f"[bold]The report can't be saved:[/] {escape(visible_lines(str(error)))}")
        return report.exit_code or COULD_NOT_RUN
    return report.exit_code


def _reported(
    written: Mapping[str, Any], console: Console, errors: Console
) -> tuple[Report, Mapping[str, Path | None]]:
    """The report, which is printed, and the files for it. Raises `CouldNotRun`, which is told."""
    try:
        options = read_options(CheckConfig, written)
        files = {flag: options[name] for name, flag in _FILES.items()}
        writable(*files.items())
        file = _file(options)
        report = _check(options, errors) if file is None else _check_file(file, options)
    except CouldNotRun as reason:
        errors.print(f"[bold]Could not run:[/] {escape(visible_lines(str(reason)))}")
        raise
    print_report(report, console)
    return report, files


@contextmanager
def _unheeded(console: Console) -> Iterator[None]:
    """GitHub takes no line that is printed meanwhile for a command: a server's words may be any,
    such as one that stops all annotations.
    https://docs.github.com/actions/reference/workflow-commands-for-github-actions"""
    token = token_hex(16)
    console.print(f"::stop-commands::{token}", markup=False, soft_wrap=True)
    try:
        yield
    finally:
        console.print(f"::{token}::", markup=False, soft_wrap=True)


def writable(*options: tuple[str, Path | None]) -> None:
    """Before anything is asked: what can't be kept would be lost. Raises `CouldNotRun`."""
    for option, file in options:
        if file is not None and not file.absolute().parent.is_dir():
            raise CouldNotRun(f"{option} {file}: there is no folder {file.parent}.")


def _check(options: Mapping[str, Any], console: Console) -> Report:
    config = resolve(_config(options), os.environ)
    with _progress(config, console) as progress:
        return asyncio.run(check(config, progress))


def _file(options: Mapping[str, Any]) -> str | None:
    """The recording that is to be judged; `None` where a server is to be asked."""
    url: str = options["url"] or ""
    file: str | None = options["from_file"]
    if file is not None and url:
        raise CouldNotRun("Give an address, or --from FILE: one of them is judged.")
    if file is None and not url:
        raise CouldNotRun("Give the server's address, or what was recorded: --from FILE.")
    for flag in ("file_format", "entry") if file is None else ():
        if options[flag] is not None:
            name = options_of(CheckConfig)[flag].flag
            raise CouldNotRun(f"{name} is of a recording: --from FILE.")
    tape = not url.startswith(("http://", "https://")) and url.endswith(".jsonl")
    return str(url) if tape else file


def _check_file(file: str, options: Mapping[str, Any]) -> Report:
    contract = None
    if any(options[name] for name in ("dialect", "contract_file", "accept", "profile")):
        contract = _contract(options)
    return check_recording(file, options, contract, _expected(options["expect"]))


def config_of(**written: Any) -> CheckConfig:
    """The config of a check or a recording, from its options as they were typed.

    Raises `CouldNotRun` with what to type instead.
    """
    return resolve(_config(read_options(CheckConfig, written)), os.environ)


def _config(options: Mapping[str, Any]) -> CheckConfig:
    values = dict(options)
    if values["mock_url"] is not None and values["mock_token"] is None:
        values["mock_token"] = token_for(values["mock_url"], os.environ)
    values["expect"], values["line_end"] = _expected(values["expect"])
    return CheckConfig(contract=_contract(values), **values)


def _contract(options: Mapping[str, Any]) -> Contract:
    dialect, transport, file = (options[name] for name in ("dialect", "transport", "contract_file"))
    habits = options["accept"], options["profile"]
    if dialect is None and file is None and any(habits):
        dialect = CHAT.dialect  # no other has any
    if (dialect is None) == (file is None):
        raise CouldNotRun("Say what the server speaks: --dialect NAME, or --contract FILE.yaml.")
    if file is not None:
        contract = load_contract(file)
        if transport not in (None, contract.transport):
            raise CouldNotRun(f"{file} is about {contract.transport}: leave --transport.")
        return accepted(contract, *habits)
    return accepted(choose(dialect, transport), *habits)


def _expected(written: str | None) -> tuple[str | None, str]:
    """The text that is due, and the line break with which a file of it ends. Of a file every
    character counts as it is; a byte order mark is none of them."""
    if written is None or not written.startswith("@"):
        return written, ""
    try:
        text = Path(written[1:]).read_bytes().decode("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise CouldNotRun(f"--expect {written}: {error}") from error
    line_end = next((end for end in ("\r\n", "\n") if text.endswith(end)), "")
    return text.removesuffix(line_end), line_end


_FILES = {"json_file": "--json", "junit_file": "--junit", "sarif_file": "--sarif"}
"""Options that name a file for the report, and their flags."""


def _save(report: Report, files: Mapping[str, Path | None]) -> None:
    for flag, file in files.items():
        if file is not None:
            file.write_text(FORMS[flag.removeprefix("--")](report), encoding="utf-8")


@contextmanager
def _progress(config: CheckConfig, console: Console) -> Iterator[Progress]:
    if not console.is_terminal:
        yield _in_lines(config, console)
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Bar(*columns, console=console, transient=True) as bar:
        task = bar.add_task("connecting …")

        def show(turn: int, events: int) -> None:
            bar.update(task, description=_far(config, turn, events))

        yield show


def _in_lines(config: CheckConfig, console: Console) -> Progress:
    due = time.monotonic() + _SAY_EVERY_S

    def say(turn: int, events: int) -> None:
        nonlocal due
        if time.monotonic() >= due:
            due = time.monotonic() + _SAY_EVERY_S
            console.print(_far(config, turn, events))

    return say


def _far(config: CheckConfig, turn: int, events: int) -> str:
    return f"turn {turn} of {config.turns}, {events:,} events so far"
