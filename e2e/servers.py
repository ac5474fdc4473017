"""The stack as people start it: `mock-openai serve` and `tokentape serve` as child processes.

Knows their commands, ready lines and environment; imports nothing of them.
"""

import contextlib
import os
import queue
import re
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

READY_S = 120.0
STOP_S = 60.0
ADMIN_TOKEN = "for-who-runs-the-server"
"""What opens the tabs for whoever runs the server, and its statistics."""

MOCK_TOKEN = "for-the-server-alone"
"""What opens the admin routes of a mock that wants a token; no browser ever has it."""

READY = re.compile(r"(?P<name>[\w-]+) ready at (?P<url>http://\S+)")
"""Each command prints exactly one such line on its standard output."""

_INHERITED = ("PATH", "PYTHONPATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "VIRTUAL_ENV", "SYSTEMROOT")
"""What a child gets of our environment: a key or proxy of ours must not change a test."""


class NotReady(Exception):
    """A server did not come up; the message holds what it wrote."""


def command(name: str) -> str:
    """The path of an installed command, such as `tokentape`."""
    return str(Path(sys.executable).with_name(name))


@dataclass(slots=True)
class Server:
    """One child process that printed its ready line."""

    name: str
    url: str
    """As in the ready line."""
    process: subprocess.Popen[str]
    log: Path
    printed: list[str] = field(default_factory=list)
    """The lines of its standard output, the ready line among them."""

    @property
    def root(self) -> str:
        """Scheme, host and port alone."""
        return "/".join(self.url.split("/", 3)[:3])

    def stop(self, stop_signal: signal.Signals = signal.SIGINT, within_s: float = STOP_S) -> int:
        """Its exit status. Raises `subprocess.TimeoutExpired`, with the process killed."""
        if self.process.poll() is None:
            self.process.send_signal(stop_signal)
        try:
            return self.process.wait(within_s)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            raise


def start(
    arguments: Sequence[str],
    log: Path,
    environment: Mapping[str, str] | None = None,
    *,
    folder: Path | None = None,
) -> Server:
    """Start a command, in `folder`, and wait for its ready line. What it logs goes to `log`."""
    inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a") as errors:
        process = subprocess.Popen(
            arguments,
            env={**inherited, "PYTHONUNBUFFERED": "1", **(environment or {})},
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            cwd=folder,
            start_new_session=True,
        )
    assert process.stdout is not None
    printed: list[str] = []
    ready: queue.Queue[re.Match[str] | None] = queue.Queue()
    threading.Thread(target=_read, args=(process.stdout, printed, ready), daemon=True).start()
    try:
        match = ready.get(timeout=READY_S)
    except queue.Empty:
        match = None
    if match is None:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
        said = "".join(f"\n  {line}" for line in [*printed, *log.read_text().splitlines()[-20:]])
        raise NotReady(f"{Path(arguments[0]).name} printed no ready line:{said}")
    return Server(match["name"], match["url"], process, log, printed)


def _read(stdout: IO[str], printed: list[str], ready: "queue.Queue[re.Match[str] | None]") -> None:
    """Read on after the ready line, so that a full pipe never blocks the child."""
    with stdout:
        for line in stdout:
            printed.append(line.rstrip("\n"))
            if match := READY.search(line):
                ready.put(match)
    ready.put(None)


@dataclass(frozen=True, slots=True)
class Stack:
    """A mock and an app in front of it."""

    mock: Server
    app: Server


def start_mock(folder: Path, *flags: str) -> Server:
    """A mock on a free port."""
    arguments = [command("mock-openai"), "serve", "--port", "0", *flags]
    return start(arguments, folder / "mock.log")


def start_app(
    folder: Path,
    mock: Server,
    environment: Mapping[str, str] | None = None,
    *flags: str,
    port: int = 0,
) -> Server:
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
        stopping.callback(model.stop)
        server = start_app(folder, model, app)
        stopping.callback(server.stop)
        yield Stack(model, server)
