"""The folder in which Gradio writes, this process's own. Imports nothing of Gradio, which
looks for its folder when it is imported."""

import atexit
import os
import shutil
import sys
import tempfile
from contextlib import suppress
from functools import cache
from pathlib import Path
from stat import S_ISDIR

PREFIX = "tokentape-page-"
VARIABLE = "GRADIO_TEMP_DIR"


@cache
def own_folder() -> Path:
    """Made for this process with mode 0700, and gone when it ends; what killed processes left is
    swept first. Gradio is told of it by the environment."""
    sweep()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    _lock(folder)  # for as long as we live
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    os.environ[VARIABLE] = str(folder)
    return folder


def sweep() -> None:
    """Remove the folders of processes that are no more."""
    if sys.platform == "win32":
        return
    for folder in Path(tempfile.gettempdir()).glob(f"{PREFIX}*"):
        with suppress(OSError):  # another process sweeps as well
            there = folder.lstat()
            held = _lock(folder) if S_ISDIR(there.st_mode) and there.st_uid == os.getuid() else None
            if held is not None:
                shutil.rmtree(folder, ignore_errors=True)
                os.close(held)


def _lock(folder: Path) -> int | None:
    """The descriptor that holds the folder, which ends with the process however that ends; `None`:
    a process that lives holds it."""
    if sys.platform == "win32":
        return None
    import fcntl  # there is none on Windows

    held = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(held)
        return None
    return held
