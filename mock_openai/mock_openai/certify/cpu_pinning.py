"""Gives the server one core and the listener another, and both the right of way: what else runs
on the machine is not what is measured. All of it as far as the system allows."""

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from mock_openai.playback.cpu_scheduling import short_turns


@dataclass(frozen=True, slots=True)
class Cores:
    """None where processes can't be pinned, or there is one core for both."""

    server: int | None
    listener: int | None

    def __str__(self) -> str:
        if self.server is None:
            return "not pinned: server and listener share what there is"
        return f"server on core {self.server}, listener on core {self.listener}"


def two_cores() -> Cores:
    """One for the server and one for the client; None: there are not two to choose from."""
    try:
        allowed = sorted(os.sched_getaffinity(0))
    except (AttributeError, OSError):
        return Cores(None, None)
    return Cores(allowed[0], allowed[1]) if len(allowed) > 1 else Cores(None, None)


def pin(pid: int, core: int | None) -> None:
    """`pid` 0 is this process."""
    if core is not None:
        with suppress(OSError):
            os.sched_setaffinity(pid, {core})


def prefer(pid: int = 0) -> str:
    """Right of way for a process that leads a session; returns what was allowed, "" for none.

    Not real-time: that is interrupted for 50 ms in each second that it fills.
    """
    try:
        os.setpriority(os.PRIO_PROCESS, pid, -20)
    except (AttributeError, OSError):
        return ""
    short_turns(pid)
    with suppress(OSError):  # Linux weighs sessions against each other before nice values in one
        Path(f"/proc/{pid or 'self'}/autogroup").write_text("-20")
    return "nice -20"


@contextmanager
def listening_here(cores: Cores) -> Iterator[str]:
    """This process on the listener's core, preferred; afterwards all is as it was."""
    try:
        nice, allowed = os.getpriority(os.PRIO_PROCESS, 0), os.sched_getaffinity(0)
    except (AttributeError, OSError):
        yield ""
        return
    preferred = prefer()
    pin(0, cores.listener)
    try:
        yield preferred
    finally:
        with suppress(OSError):
            os.sched_setaffinity(0, allowed)
            os.setpriority(os.PRIO_PROCESS, 0, nice)
            Path("/proc/self/autogroup").write_text("0")


@dataclass(frozen=True, slots=True)
class Strain:
    """What else the machine did: runnable processes (1 min), and time taken by its host."""

    load: float
    steal_s: float

    @classmethod
    def now(cls) -> "Strain | None":
        """As /proc tells it; None where it does not."""
        try:
            ticks = Path("/proc/stat").read_text().split("\n", 1)[0].split()
            return cls(os.getloadavg()[0], int(ticks[8]) / os.sysconf("SC_CLK_TCK"))
        except (OSError, IndexError, ValueError):
            return None


def rss_bytes(pid: int) -> int:
    """Resident memory; 0 where /proc does not tell."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError):
        return 0
    return pages * os.sysconf("SC_PAGE_SIZE")


def cpu_s(pid: int) -> float:
    """User and system time so far; 0.0 where /proc does not tell."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
