"""The command `tokentape record`: some options of a check, and its own. Imports nothing heavy:
`--help` answers at once."""

from collections.abc import Iterator, Mapping
from dataclasses import MISSING, replace
from typing import Any

import typer

from tokentape.check.config import CheckConfig
from tokentape.check.record_config import RecordConfig
from tokentape.options.command_line import typer_command
from tokentape.options.option import Declared, options_of

_OF_A_CHECK: Mapping[str, str] = {
    "url": "The server's root; for openai the base URL, as …/v1, or Azure's"
    " …/openai/deployments/NAME?api-version=….",
    "dialect": "",
    "transport": "",
    "contract_file": "",
    "token": "A token or key; it is not in the tape.",
    "headers": "",
    "query": "",
    "model": "",
    "message": "",
    "silence_s": "",
    "longest_s": "",
}
"""The options of a check that a recording has too, with help of their own where it differs."""


def _options() -> Iterator[Declared]:
    known = options_of(CheckConfig)
    for name, words in _OF_A_CHECK.items():
        said = known[name].option
        default = MISSING if name == "url" else known[name].default
        yield replace(known[name], default=default, option=replace(said, help=words or said.help))
    yield from options_of(RecordConfig).values()


def _record(written: Mapping[str, Any]) -> None:
    """Keep one answer of a streaming chat server, with every event's time, in a file.

    A tape is JSON Lines: first what it is of, then an event a line, with its time in µs after the
    question. `tokentape check FILE.jsonl` judges it again, without the server.

    Exit code 0: recorded, whatever came. 2: nothing came.
    """
    from tokentape.check.record_command import record as run

    own = {name: written[name] for name in options_of(RecordConfig)}
    asked = {name: written[name] for name in _OF_A_CHECK}
    raise typer.Exit(run(RecordConfig(**own), **asked))


_record.__name__ = "record"
record = typer_command(_options(), _record)
