"""The stack as people start it: `mock-openai serve` and `tokentape serve` as child processes.

Knows their commands and environment; imports nothing of them but what starts a server.
"""

import contextlib
import os
import secrets
import signal
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tokentape.child_processes.server import NotReady, ServerProcess
from tokentape.child_processes.server import start as start_process

READY_S = 120.0
STOP_S = 60.0
ADMIN_TOKEN = "for-who-runs-the-server"
"""What opens the tabs for whoever runs the server, and its statistics."""

MOCK_TOKEN = "for-the-server-alone"
"""What opens the admin routes of a mock that wants a token; no browser ever has it."""

_INHERITED = ("PATH", "PYTHONPATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV", "SYSTEMROOT")
"""What a child gets of our environment: a key or proxy of ours must not change a test."""


def command(name: str) -> str:
    """The path of an installed command, such as `tokentape`."""
    return str(Path(sys.executable).with_name(name))


def start(
    arguments: Sequence[str],
    log: Path,
    environment: Mapping[str, str] | None = None,
    *,
    folder: Path | None = None,
) -> ServerProcess:
    """Start a command, in `folder`, and wait for its ready line. What it logs goes to `log`."""
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    log.parent.mkdir(parents=True, exist_ok=True)
    variables = {**inherited, "PYTHONUNBUFFERED": "1", **(environment or {})}
    server = start_process(arguments, variables, folder=folder, log=log)
    try:
        server.wait_ready(READY_S)
    except NotReady:
        server.stop(signal.SIGKILL)
        raise
    return server


def stop(server: ServerProcess, number: signal.Signals = signal.SIGINT) -> None:
    """End it as Ctrl-C does. Raises `TimeoutError` where it had to be killed."""
    if server.stop(number, STOP_S) == -signal.SIGKILL != -number:
        raise TimeoutError(f"{server.command} did not end within {STOP_S:g} s of {number!r}")


@dataclass(frozen=True, slots=True)
class Stack:
    """A mock and an app in front of it."""

    mock: ServerProcess
    app: ServerProcess


def start_mock(folder: Path, *flags: str) -> ServerProcess:
    """A mock on a free port."""
    arguments = [command("mock-openai"), "serve", "--port", "0", *flags]
    return start(arguments, folder / "mock.log")


def start_app(
    folder: Path,
    mock: ServerProcess,
    environment: Mapping[str, str] | None = None,
    *flags: str,
    port: int = 0,
) -> ServerProcess:
    """An app whose upstream is the mock, with a database of its own in `folder`; port 0 is a free
    one."""
    return start(
        [command("tokentape"), "serve", "--port", str(port), *flags],
        folder / "app.log",
        {
            "OPENAI_BASE_URL": mock.url,
            "OPENAI_API_KEY": "sk-nothing",
            "MOCK_URL": mock.root,
            "DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'tokentape.db'}",
            "JWT_SECRET": secrets.token_hex(32),
            "ADMIN_TOKEN": ADMIN_TOKEN,
            "RATE_LIMIT_ANONYMOUS": "off",
            "RATE_LIMIT_AUTHENTICATED": "off",
            **(environment or {}),
        },
    )


@contextlib.contextmanager
def running(
    folder: Path, *, app: Mapping[str, str] | None = None, mock: Sequence[str] = ()
) -> Iterator[Stack]:
    """The stack for as long as the block runs; logs and database are in `folder`.

    `app` adds variables, `mock` adds flags.
    """
    with contextlib.ExitStack() as stopping:
        model = start_mock(folder, *mock)
        stopping.callback(stop, model)
        server = start_app(folder, model, app)
        stopping.callback(stop, server)
        yield Stack(model, server)
