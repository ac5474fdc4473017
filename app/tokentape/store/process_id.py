"""Which process somebody is, among all that have been and are: an id of a process alone is given
again, after a restart of a container even to the same program.

A process is known by its machine's boot, its pid namespace, its id there, and when it started.
"""

import os
import socket
import sys
from dataclasses import dataclass
from pathlib import Path

LINUX: bool = sys.platform.startswith("linux")
PROC = Path("/proc")
STARTED = 19
"""The place of `starttime` among the fields behind a process's name: proc(5), field 22."""
DEAD = ("Z", "X")
"""States of a process that is only waited for still."""


@dataclass(frozen=True, slots=True)
class Process:
    """`machine` names the boot and the pid namespace; `started` is in that machine's own ticks."""

    host: str
    machine: str
    pid: int
    started: int

    @property
    def boot(self) -> str:
        """The running system that all its pid namespaces share."""
        return self.machine.partition("/")[0]


def this_process() -> Process:
    """The one that asks."""
    host, pid = socket.gethostname()[:255], os.getpid()
    return Process(host, _machine() or f"host {host}"[:100], pid, _started(pid) or 0)


def lives(one: Process, here: Process) -> bool | None:
    """Whether it still runs; None where that can't be seen from here."""
    if one.machine != here.machine:
        return None
    return _started(one.pid) == one.started


def _machine() -> str | None:
    if not LINUX:
        return None
    try:
        boot = (PROC / "sys/kernel/random/boot_id").read_text().strip()
        return f"{boot}/{os.stat('/proc/self/ns/pid').st_ino}"
    except OSError:
        return None


def _started(pid: int) -> int | None:
    """None where there is no such process."""
    if LINUX:
        try:
            behind_name = (PROC / str(pid) / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            return None
        return None if behind_name[0] in DEAD else int(behind_name[STARTED])
    import psutil  # not where it is not needed: it takes a while

    try:
        return int(psutil.Process(pid).create_time())
    except psutil.Error:
        return None
