"""Stack: a mock and an app of our own, as child processes on free ports, gone when we are."""

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from tokentape.access.tokens import sign
from tokentape_load.child_processes.process_guard import guarded

_READY_S = 60.0
_STOP_S = 10.0
_SUB = "load"
_TOKEN_S = 7 * 86_400.0
_NOTHING: Mapping[str, str] = {}


class NotReady(Exception):
    """A server did not come up; the message has its last words."""


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
    """Run a command until the block is left. Its ready line is `<name> ready at <URL>`."""
    log = folder / f"{name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own command
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
            # Ctrl-C is for us: the servers have to outlive the users.
            start_new_session=True,
        )
    with guarded(process):
        try:
            url = _await_ready(name, process, log)
            yield Server("/".join(url.split("/")[:3]), process.pid)
        finally:
            _stop(process)


def _await_ready(name: str, process: "subprocess.Popen[bytes]", log: Path) -> str:
    deadline = time.monotonic() + _READY_S
    while time.monotonic() < deadline:
        ended = process.poll() is not None
        said = log.read_text(errors="replace")
        for line in said.splitlines():
            if line.startswith(f"{name} ready at "):
                return line.removeprefix(f"{name} ready at ").strip()
        if ended:
            raise NotReady(f"{name} ended with code {process.returncode}:\n{said[-2000:]}")
        time.sleep(0.05)
    raise NotReady(f"{name} was not ready within {_READY_S:g} s:\n{log.read_text()[-2000:]}")


def _stop(process: "subprocess.Popen[bytes]") -> None:
    if process.poll() is None:
        process.send_signal(signal.SIGTERM)
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
