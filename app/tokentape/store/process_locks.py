"""Signs of life beside a SQLite file: each process that writes to it holds a lock on a file of its
own, which the system takes away when the process ends, however it does.

Unlike an id of a process, a lock is seen from every pid namespace of the machine.
"""

import os
from contextlib import suppress
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows has none: there, processes are looked at
    fcntl = None  # type: ignore[assignment]

SUFFIX = "-workers"


class Signs:
    """`folder` None: there is no file that others see, and nothing is known of them."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder if fcntl is not None else None
        self._held: int | None = None

    def hold(self, worker: str) -> None:
        """Show that this worker lives, until it is let go or the process ends."""
        if self._folder is None or self._held is not None:
            return
        with suppress(OSError):  # a full disk: others then look at the process
            held = self._made(worker)
            try:
                fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                os.close(held)
                raise
            self._held = held

    def _made(self, worker: str) -> int:
        assert self._folder is not None  # noqa: S101  # for the type checker
        for last in (False, True):
            self._folder.mkdir(mode=0o700, exist_ok=True)
            try:
                flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
                return os.open(self._folder / worker, flags, 0o600)
            except FileNotFoundError:  # who left last took the folder away just now
                if last:
                    raise
        raise FileNotFoundError

    def let_go(self, worker: str) -> None:
        """Show no more, and leave nothing."""
        if self._held is not None:
            os.close(self._held)
            self._held = None
            self.forget(worker)

    def lives(self, worker: str) -> bool | None:
        """Whether somebody holds it; None where it never was."""
        if self._folder is None:
            return None
        try:
            file = os.open(self._folder / worker, os.O_RDONLY | os.O_CLOEXEC)
        except OSError:
            return None
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except OSError:
            return True
        finally:
            os.close(file)
        return False

    def forget(self, worker: str) -> None:
        """Take away what a dead one left."""
        if self._folder is not None:
            with suppress(OSError):
                (self._folder / worker).unlink()
            with suppress(OSError):  # others are in it
                self._folder.rmdir()


def folder_beside(database: str | None) -> Path | None:
    """Where the signs are of a SQLite file; None for a database without one."""
    if not database or database == ":memory:" or database.startswith("file:"):
        return None
    return Path(f"{database}{SUFFIX}")
