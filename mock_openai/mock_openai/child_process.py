"""A mock in a process of its own: from its ready line to its end, which is ours at the latest.

For whoever measures one or tests with one; knows the command line and nothing else of the mock.
"""

import re
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

_READY = re.compile(r"ready at (?P<url>http://\S+)")
_STOP_S = 10

# A shell waits at a pipe whose other end is ours: its end without a word means that we were killed.
_WATCH = 'read -r word && exit 0; kill "$1"; sleep 3; kill -s KILL "$1"'


@dataclass(frozen=True, slots=True)
class MockProcess:
    """A mock that is ready."""

    url: str
    """As in its ready line: it ends with `/v1`."""
    process: subprocess.Popen[str] = field(repr=False)

    @property
    def root(self) -> str:
        """Scheme, host and port."""
        return self.url.removesuffix("/v1")

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        host, _, port = self.root.removeprefix("http://").rpartition(":")
        return host.strip("[]"), int(port)

    @property
    def pid(self) -> int:
        """Of the process."""
        return self.process.pid


@contextmanager
def mock_process(
    *arguments: str,
    command: Sequence[str] = (sys.executable, "-m", "mock_openai"),
    environment: Mapping[str, str] | None = None,
    started: Callable[[int], None] = lambda _pid: None,
) -> Iterator[MockProcess]:
    """`mock-openai` with these arguments, until the block is left.

    `environment` replaces ours; `started` is called with the process id before it is ready. Raises
    `RuntimeError` where no ready line comes; standard error is ours, so it has been said why.
    """
    process = subprocess.Popen(  # noqa: S603 - our own module, no shell
        [*command, *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        env=environment,
        start_new_session=True,
    )
    assert process.stdout is not None  # noqa: S101 - for the type checker: it is a pipe
    with process.stdout, _guarded(process.pid):
        try:
            started(process.pid)
            line = process.stdout.readline()
            ready = _READY.search(line)
            if ready is None:
                raise RuntimeError(f"mock-openai did not start: {line.strip() or 'no ready line'}")
            yield MockProcess(ready["url"], process)
        finally:
            _stop(process)


@contextmanager
def _guarded(pid: int) -> Iterator[None]:
    """The process ends also when we are killed and can't end it."""
    with subprocess.Popen(  # noqa: S603 - the line above
        ["/bin/sh", "-c", _WATCH, "guard", str(pid)],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is for us
    ) as guard:
        try:
            yield
        finally:
            with suppress(BrokenPipeError):
                guard.communicate(b"over\n")


def _stop(process: subprocess.Popen[str]) -> None:
    if process.poll() is None:
        process.terminate()
    try:
        process.wait(_STOP_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
