"""Another revision of this repository, in a folder of its own with an environment of its own.

What is used of it are its two commands alone, so that neither tree has to know the other's modules.
"""

import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[3]
CACHE = ROOT / ".tokentape" / "beside"  # .gitignore has it, `make clean` removes it


@dataclass(frozen=True, slots=True)
class Commands:
    """Where the commands `tokentape` and `mock-openai` of a tree are."""

    folder: Path

    def path(self, name: str) -> str:
        return str(self.folder / name)


def ours() -> Commands:
    """This tree's."""
    return Commands(Path(sys.executable).parent)


def checked_out(revision: str) -> Commands:
    """That revision's, installed by its own `make install` where it was not yet. Raises
    SystemExit, which says what is wrong."""
    found = _run(["git", "rev-parse", "--verify", "--quiet", f"{revision}^{{commit}}"])
    if found.returncode:
        raise SystemExit(f"there is no revision '{revision}' here: git fetch it, or write another")
    commit = found.stdout.decode().strip()
    tree = CACHE / commit[:12]
    commands = Commands(tree / ".venv" / "bin")
    if (tree / ".complete").exists():
        return commands
    print(f"Installing {commit[:12]} into {tree.relative_to(ROOT)} …", file=sys.stderr)  # noqa: T201  # it takes a while
    tree.mkdir(parents=True, exist_ok=True)
    archive = _run(["git", "archive", commit])
    _run(["tar", "-x", "-C", str(tree)], archive.stdout)
    clean = {k: v for k, v in os.environ.items() if k not in ("VIRTUAL_ENV", "MAKEFLAGS", "MFLAGS")}
    made = subprocess.run(
        ["make", "-C", str(tree), "install"], env=clean, capture_output=True, check=False
    )
    if made.returncode:
        raise SystemExit(f"{commit[:12]} can't be installed: {made.stderr.decode()[-2000:]}")
    (tree / ".complete").touch()
    return commands


def _run(command: list[str], given: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(command, cwd=ROOT, input=given, capture_output=True, check=False)
