"""The end of a child process that comes with ours, also when we are killed and can't end it.

A shell waits at a pipe whose other end is ours. A word on it is the good end; its end without one
means that we are gone. Works wherever there is a POSIX shell; prctl's PDEATHSIG is Linux's alone.
"""

import subprocess
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

GRACE_S = 3
"""What is left to a process for ending by itself."""

_WATCH = """
read -r word && exit 0
kill -s CONT -- "-$1"; kill -s TERM -- "-$1"; sleep "$2"; kill -s KILL -- "-$1"
"""


@contextmanager
def guarded(process: "subprocess.Popen[Any]", grace_s: float = GRACE_S) -> Iterator[None]:
    """While the block runs, the process group that this process leads ends with us, at the latest
    after a grace."""
    with subprocess.Popen(  # noqa: S603 - the line above
        ["/bin/sh", "-c", _WATCH, "guard", str(process.pid), f"{grace_s:g}"],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,  # Ctrl-C is for us
    ) as guard:
        try:
            yield
        finally:
            # Who was killed before us guards nobody any more.
            with suppress(BrokenPipeError):
                guard.communicate(b"over\n")


@contextmanager
def running(
    command: Sequence[str], *, in_child: Callable[[], None] | None = None
) -> Iterator["subprocess.Popen[bytes]"]:
    """A command in a session of its own, killed when the block is left; `in_child` runs there
    before the command does."""
    process = subprocess.Popen(  # noqa: S603 - our caller's command
        command, stdin=subprocess.DEVNULL, preexec_fn=in_child, start_new_session=True
    )
    try:
        with guarded(process):
            yield process
    finally:
        process.kill()
        process.wait()
