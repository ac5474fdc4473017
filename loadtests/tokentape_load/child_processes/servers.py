"""The servers of a run: a mock and an app of our own, as child processes on free ports."""

import os
import secrets
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from tokentape.access.tokens import sign
from tokentape.child_processes.server import NotReady, serving

__all__ = ["NotReady", "Server", "Stack", "metronome", "own_mock", "own_stack", "server"]

_READY_S = 60.0
_SUB = "load"
_TOKEN_S = 7 * 86_400.0
_NOTHING: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Server:
    """A server that we started."""

    url: str
    """Its root URL."""
    pid: int


@dataclass(frozen=True, slots=True)
class Stack:
    """What is put under load. `mock` is the root of the mock that it streams from, if any."""

    host: str
    mock: str = ""
    pids: tuple[int, ...] = ()
    """The processes of the server under test, where they are on this host."""
    token: str = field(default="", repr=False)
    """A JSON web token for those dialects that want one …"""
    sub: str | None = None
    """… and who it says that we are."""


@contextmanager
def own_stack(seed: int) -> Iterator[Stack]:
    """Start both, the app streaming from the mock. Raises `NotReady`."""
    secret = secrets.token_hex(32)
    with TemporaryDirectory(prefix="tokentape-load-") as folder, ExitStack() as stack:
        here = Path(folder)
        mock = stack.enter_context(own_mock(seed))
        app = stack.enter_context(
            server(
                "tokentape",
                [*_script("tokentape"), "serve", "--port", "0"],
                here,
                _app(mock.url, secret, here),
            )
        )
        token = sign(secret, _SUB, _TOKEN_S, {})
        yield Stack(app.url, mock.url, (app.pid,), token, _SUB)


@contextmanager
def own_mock(seed: int) -> Iterator[Server]:
    """Raises `NotReady`."""
    command = [*_script("mock-openai"), "serve", "--port", "0", "--seed", str(seed)]
    with (
        TemporaryDirectory(prefix="tokentape-load-") as folder,
        # It is ours alone: a token that the environment has is for another.
        server("mock-openai", command, Path(folder), {"MOCK_OPENAI_ADMIN_TOKEN": ""}) as started,
    ):
        yield started


@contextmanager
def metronome() -> Iterator[Server]:
    """The server of known times. Raises `NotReady`."""
    command = [sys.executable, "-m", "tokentape_load.metronome"]
    with (
        TemporaryDirectory(prefix="tokentape-load-") as folder,
        server("metronome", command, Path(folder)) as started,
    ):
        yield started


def _script(name: str) -> list[str]:
    """One of our own commands, beside our own interpreter."""
    return [str(Path(sys.executable).with_name(name))]


def _app(mock: str, secret: str, folder: Path) -> Mapping[str, str]:
    return {
        "OPENAI_BASE_URL": f"{mock}/v1",
        "OPENAI_API_KEY": "any",
        "DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'load.db'}",
        "JWT_SECRET": secret,
        "RATE_LIMIT_AUTHENTICATED": "off",
        "RATE_LIMIT_ANONYMOUS": "off",
    }


@contextmanager
def server(
    name: str, command: Sequence[str], folder: Path, environment: Mapping[str, str] = _NOTHING
) -> Iterator[Server]:
    """Run a command until the block is left. Raises `NotReady`."""
    # Ctrl-C is for us: the servers have to outlive the users.
    log = folder / f"{name}.log"
    with serving(command, {**os.environ, **environment}, log=log, ready_s=_READY_S) as process:
        yield Server(process.root, process.pid)
