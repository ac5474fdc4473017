"""`python -m tests.mutations`: does the suite notice when a central line is taken out?

Each mutation is made in a copy of the repository, and the tests that should notice it run there, in
one process, until the first that fails. Prints which did; exits with 1 when one notices nothing.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.mutations.mutation import Mutation
from tests.mutations.table import MUTATIONS

ROOT = Path(__file__).parents[2]
PROJECTS = ("app", "mock_openai", "loadtests")
PYTEST = (sys.executable, "-m", "pytest", "-q", "-x", "-rfE", "-p", "no:cacheprovider", "--tb=no")
_FAILED = re.compile(r"^(?:FAILED|ERROR) (\S+)", re.MULTILINE)
_COLLECTION = 2
"""pytest's exit codes from here on say that tests could not run, not that one failed."""


def main(arguments: Sequence[str] | None = None) -> int:
    made = argparse.ArgumentParser(prog="python -m tests.mutations", description=__doc__)
    made.add_argument("name", nargs="*", help="a part of the names of mutations; all by default")
    made.add_argument("--sound", action="store_true", help="run the same tests on what is right")
    asked = made.parse_args(arguments)
    chosen = [one for one in MUTATIONS if not asked.name or any(n in one.name for n in asked.name)]
    with tempfile.TemporaryDirectory(prefix="tokentape-mutations-") as folder:
        copy = Path(folder)
        copied(copy)
        unnoticed = [one.name for one in chosen if not noticed(one, copy, sound=asked.sound)]
    _print(f"\n{len(chosen) - len(unnoticed)} of {len(chosen)} noticed")
    for name in unnoticed:
        _print(f"  nothing notices: {name}")
    return 1 if unnoticed else 0


def copied(copy: Path) -> None:
    """What git knows of the repository, and what is installed beside it."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in listed.stdout.splitlines():
        if (ROOT / name).is_file():
            (copy / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, copy / name)
    for modules in (ROOT / "e2e/js", ROOT / "tests/integration/mock_openai/js"):
        if (modules / "node_modules").is_dir():
            (copy / modules.relative_to(ROOT) / "node_modules").symlink_to(modules / "node_modules")


def noticed(mutation: Mutation, copy: Path, *, sound: bool) -> bool:
    """Whether a test fails with it; with `sound`, whether all pass without it."""
    before = None if sound else mutation.mutate(copy)
    only = ("-k", mutation.only) if mutation.only else ()
    try:
        done = subprocess.run(
            [*PYTEST, *only, *mutation.tests],
            cwd=copy,
            env={**os.environ, "PYTHONPATH": path_of(copy), "PYTHONDONTWRITEBYTECODE": "1"},
            capture_output=True,
            text=True,
            check=False,
        )
    finally:
        if before is not None:
            (copy / mutation.file).write_text(before, encoding="utf-8")
    if done.returncode >= _COLLECTION:
        raise SystemExit(f"{mutation.name}: the tests did not run:\n{done.stdout}{done.stderr}")
    found = _FAILED.search(done.stdout)
    _print(f"{mutation.name:42}{found[1] if found else 'all passed'}")
    return (done.returncode == 0) is sound


def path_of(copy: Path) -> str:
    """Where Python finds the copy's packages, before those that are installed from here."""
    return os.pathsep.join(map(str, (copy, *(copy / project for project in PROJECTS))))


def _print(line: str) -> None:
    print(line, flush=True)  # noqa: T201  # this is a command line


if __name__ == "__main__":
    sys.exit(main())
