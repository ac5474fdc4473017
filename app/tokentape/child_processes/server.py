"""A server as a child process: from its ready line to its end, which is ours at the latest.

Each server of ours prints one line `<name> ready at <URL>` on its standard output.
"""

import os
import re
import signal
import subprocess
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from tokentape.child_processes.guard import GRACE_S, guarded

READY = re.compile(r"(?P<name>[\w-]+) ready at (?P<url>http://\S+)")
READY_S = 120.0
STOP_S = 10.0
LAST_WORDS = 20
"""Lines of output that the message of `NotReady` has."""


class NotReady(Exception):
    """A server did not come up; the message has its last words."""


@dataclass(slots=True)
class ServerProcess:
    """A server that was started. `wait_ready` returns its URL, `stop` ends it."""

    command: Sequence[str]
    process: "subprocess.Popen[str]"
    log: Path | None = None
    """The file of its standard error; none where it shares ours."""
    lines: list[str] = field(default_factory=list)
    """What it has printed on standard output."""
    _ready: threading.Event = field(default_factory=threading.Event)
    _match: re.Match[str] | None = None
    _undo: ExitStack = field(default_factory=ExitStack)

    @property
    def pid(self) -> int:
        """Also the process group, which it leads."""
        return self.process.pid

    @property
    def url(self) -> str:
        """As in its ready line; the empty string before that."""
        return self._match["url"] if self._match else ""

    @property
    def root(self) -> str:
        """Scheme, host and port of the URL."""
        return "/".join(self.url.split("/", 3)[:3])

    def wait_ready(self, within_s: float = READY_S) -> str:
        """Its URL, as soon as its ready line is printed. Raises `NotReady`."""
        in_time = self._ready.wait(within_s)
        if self._match is None:
            name = Path(self.command[0]).name
            if in_time:
                with suppress(subprocess.TimeoutExpired):
                    self.process.wait(STOP_S)
                code = self.process.poll()
                raise NotReady(f"{name} ended with code {code}:{self._last_words()}")
            raise NotReady(f"{name} was not ready within {within_s:g} s:{self._last_words()}")
        return self.url

    def stop(
        self,
        number: signal.Signals = signal.SIGTERM,
        within_s: float = STOP_S,
        *,
        group: bool = False,
    ) -> int:
        """Its exit code, after this signal to it, or to its `group` as Ctrl-C is. What has not
        ended after a while is killed, group and all."""
        try:
            if self.process.poll() is None:
                if group:
                    os.killpg(self.pid, number)
                else:
                    self.process.send_signal(number)
            try:
                return self.process.wait(within_s)
            except subprocess.TimeoutExpired:
                with suppress(ProcessLookupError):
                    os.killpg(self.pid, signal.SIGKILL)
                return self.process.wait()
        finally:
            self._undo.close()

    def logged(self) -> str:
        """What it has written to its log so far."""
        return self.log.read_text(errors="replace") if self.log else ""

    def _last_words(self) -> str:
        lines = [*self.lines, *self.logged().splitlines()]
        return "".join(f"\n  {line}" for line in lines[-LAST_WORDS:])

    def _read(self, output: IO[str]) -> None:
        """Read on after the ready line: a full pipe would block the child."""
        with output:
            for line in output:
                self.lines.append(line.rstrip("\n"))
                if self._match is None and (match := READY.search(line)):
                    self._match = match
                    self._ready.set()
        self._ready.set()


def start(
    command: Sequence[str],
    environment: Mapping[str, str] | None = None,
    *,
    folder: Path | None = None,
    log: Path | None = None,
    grace_s: float = GRACE_S,
) -> ServerProcess:
    """Start a server in a session of its own: Ctrl-C is for us, who end it.

    `environment` replaces ours; `folder` is where it runs; `log` gets its standard error; when we
    are killed, it has `grace_s` to end.
    """
    with ExitStack() as undo:
        errors = undo.enter_context(log.open("a")) if log else None
        process = subprocess.Popen(  # noqa: S603 - our caller's command
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            errors="replace",
            cwd=folder,
            env=environment,
            start_new_session=True,
        )
    server = ServerProcess(command, process, log)
    server._undo.enter_context(guarded(process, grace_s))
    assert process.stdout is not None  # noqa: S101 - for the type checker: it is a pipe
    threading.Thread(target=server._read, args=(process.stdout,), daemon=True).start()
    return server


@contextmanager
def serving(
    command: Sequence[str],
    environment: Mapping[str, str] | None = None,
    *,
    folder: Path | None = None,
    log: Path | None = None,
    ready_s: float = READY_S,
    started: Callable[[int], None] = lambda _pid: None,
) -> Iterator[ServerProcess]:
    """A server that is ready, until the block is left; `started` is called with its process id
    before it is. Raises `NotReady`."""
    server = start(command, environment, folder=folder, log=log)
    try:
        started(server.pid)
        server.wait_ready(ready_s)
        yield server
    finally:
        server.stop()
