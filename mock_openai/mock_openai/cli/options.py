"""Options that several commands have, and how a file that was named is read."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from mock_openai.errors import SetupError
from mock_openai.profiles import PROFILES

Decorator = Callable[[Callable[..., None]], Callable[..., None]]


def option(*names: str, **how: Any) -> Decorator:
    """An option whose default is part of its help."""
    shown = how.get("default") is not None and not how.get("is_flag")
    return click.option(*names, show_default=shown, **how)


PATH = click.Path(path_type=Path)
SCENARIOS = option(
    "--scenarios",
    "folders",
    type=PATH,
    multiple=True,
    metavar="DIR",
    help="A folder of scenario files; they come before the shipped. Repeatable.",
)
SEED = option(
    "--seed", type=int, default=0, help="Fixes text, ids, times and faults of every answer."
)
HOST = option("--host", default="127.0.0.1", help="The address to listen on.")
PORT = option("--port", type=click.IntRange(0, 65535), default=9100, help="0 takes a free port.")
REDACT = option(
    "--redact",
    multiple=True,
    metavar="NAME",
    help="Blank the values of headers, parameters and JSON fields of this name (a shell pattern); "
    "keys, tokens, passwords and cookies are blanked anyway. Repeatable.",
)
UPSTREAM_KEY = option(
    "--upstream-key",
    envvar="MOCK_OPENAI_UPSTREAM_KEY",
    show_envvar=True,
    help="The key for the real server, instead of the client's own.",
)
PROFILE = option(
    "--profile",
    type=click.Choice(list(PROFILES)),
    default="openai",
    help="The server to speak like: what it takes is taken, and what it sends is sent.",
)


def read_text(path: Path) -> str:
    """A file's text. Raises SetupError."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise SetupError(f"can't read {path}: {error}") from error
