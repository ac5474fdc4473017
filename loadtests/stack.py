"""Stack: a mock and an app of our own, as child processes on free ports, gone when we are."""

import os
import secrets
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

_READY_S = 60.0
_STOP_S = 10.0


class NotReady(Exception):
    """A server did not come up; the message has its last words."""


@dataclass(frozen=True, slots=True)
class Stack:
    host: str
    """The app's root URL."""
    mock: str
    """The mock's root URL, without /v1."""


@contextmanager
def own_stack(seed: int) -> Iterator[Stack]:
    """Start both, the app streaming from the mock. Raises `NotReady`."""
    with TemporaryDirectory(prefix="tokentape-load-") as folder, ExitStack() as stack:
        here = Path(folder)
        mock = stack.enter_context(
            server(("mock-openai", "serve", "--port", "0", "--seed", str(seed)), {}, here)
        )
        app = stack.enter_context(
            server(("tokentape", "serve", "--port", "0"), _environment(mock, here), here)
        )
        yield Stack(_root(app), _root(mock))


def _environment(mock: str, folder: Path) -> Mapping[str, str]:
    return {
        "OPENAI_BASE_URL": mock,
        "OPENAI_API_KEY": "any",
        "DATABASE_URL": f"sqlite+aiosqlite:///{folder / 'load.db'}",
        "REDIS_URL": "",
        "JWT_SECRET": secrets.token_hex(32),
        "RATE_LIMIT_AUTHENTICATED": "off",
        "RATE_LIMIT_ANONYMOUS": "off",
    }


def _root(url: str) -> str:
    """A ready line's URL without its path."""
    return "/".join(url.split("/")[:3])


@contextmanager
def server(command: Sequence[str], environment: Mapping[str, str], folder: Path) -> Iterator[str]:
    """Run one of our commands until the block is left; the URL of its ready line."""
    name, *arguments = command
    log = folder / f"{name}.log"
    script = Path(sys.executable).with_name(name)
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own command, beside our own interpreter
            [str(script), *arguments],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
            # Ctrl-C is for us: the servers have to outlive the users.
            start_new_session=True,
        )
    try:
        yield _await_ready(name, process, log)
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
