"""Runs a command that must not outlive its owner: `python -m tokentape.ui.load.supervisor …`.

A line on standard input interrupts it as Ctrl-C does. The input's end means that the owner is gone,
however it went: then the command has to end. All that it started ends with it.
"""

import ctypes
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence

import psutil

GRACE_S = 8.0
"""What the command has to end what it started, before all of it is killed."""
PR_SET_CHILD_SUBREAPER = 36
"""Of Linux's prctl.h: whose parent ends becomes our child, also from a session of its own."""


def main(command: Sequence[str]) -> int:
    """The command's exit code."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1)
    # Its own session: an interrupt reaches the command and not its owner.
    child = subprocess.Popen(  # noqa: S603 - what our owner asks for
        command, stdin=subprocess.DEVNULL, start_new_session=True
    )
    threading.Thread(target=_obey, args=(child,), daemon=True).start()
    code = child.wait()
    _kill(psutil.Process().children(recursive=True))
    return code if code >= 0 else 128 - code


def _obey(child: "subprocess.Popen[bytes]") -> None:
    # Not by sys.stdin, whose lock this thread would hold when the interpreter ends.
    while os.read(0, 4_096):
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGINT)
    if child.poll() is None:
        _end(child)


def _end(child: "subprocess.Popen[bytes]") -> None:
    family = psutil.Process(child.pid).children(recursive=True)
    child.terminate()
    try:
        child.wait(GRACE_S)
    except subprocess.TimeoutExpired:
        child.kill()
    _kill(family)


def _kill(family: Sequence[psutil.Process]) -> None:
    for each in family:
        try:
            each.kill()
        except psutil.NoSuchProcess:
            continue


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
