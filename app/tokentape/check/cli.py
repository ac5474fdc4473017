"""The command `tokentape check`: its options are the fields of `CheckConfig`.

Imports nothing heavy: `--help` answers at once.
"""

from collections.abc import Callable, Mapping
from typing import Any

import typer

from tokentape.check.config import CheckConfig
from tokentape.options.command_line import typer_command
from tokentape.options.option import options_of


def check_command(config: type[CheckConfig] = CheckConfig) -> Callable[..., None]:
    """The command with the options of a config."""

    def check(written: Mapping[str, Any]) -> None:
        """Prove a streaming chat server right or wrong: order, integrity, latency.

        Exit code 0: right. 1: wrong. 2: could not run, or nothing was there to check.
        3: undecided: somebody was halted, and pieces may have been kept back, or a limit passed.
        """
        from tokentape.check.command import run

        raise typer.Exit(run(**written))

    return typer_command(options_of(config).values(), check)


check = check_command()
