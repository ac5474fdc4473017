"""Executes the instructions of one stage in its root directory, as an engine would."""

import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.container.containerfile import ROOT, Stage, is_ignored

_PATH = "/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin"
_INHERITED = ("PIP_", "SSL_", "REQUESTS_", "HTTP", "NO_PROXY")
"""How this machine's pip finds its registry; an engine hands it on by build arguments."""


class Container:
    """A stage being built, then run: its root, and what its instructions have set."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.folder = "/"
        self.user = "root"
        self.environment = {"PATH": _PATH, "HOME": "/root"}

    def build(self, stage: Stage, stages: Mapping[str, Path], ignored: Sequence[str]) -> None:
        """`stages` has the roots of those before it. Raises where a line fails."""
        for name, rest in stage.instructions:
            print(f"{stage.name}: {name} {rest}", flush=True)  # noqa: T201 - a command's output
            if name == "RUN":
                self.run("/bin/sh", "-c", rest)
            elif name == "COPY":
                self._copy(rest, stages, ignored)
            elif name == "ENV":
                key, _, value = rest.partition("=")
                self.environment[key] = value
            elif name == "WORKDIR":
                self.folder = rest
                (self.root / rest.lstrip("/")).mkdir(parents=True, exist_ok=True)
            elif name == "USER":
                self.user = rest

    def command(self, *words: str) -> list[str]:
        """What executes these words inside, for whoever starts it from outside."""
        inside = f"cd {shlex.quote(self.folder)} && exec {shlex.join(words)}"
        values = [f"{name}={value}" for name, value in self.environment.items()]
        chroot = [shutil.which("chroot") or "chroot", f"--userspec={self.user}", str(self.root)]
        return ["env", "-i", *values, *chroot, "/bin/sh", "-c", inside]

    def run(self, *words: str) -> str:
        """What they print. Raises where they fail."""
        values = {key: v for key, v in os.environ.items() if key.upper().startswith(_INHERITED)}
        command = self.command(*words)
        command[2:2] = [f"{name}={value}" for name, value in values.items()]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"{words}: {done.stdout}{done.stderr}")
        return done.stdout

    def _copy(self, rest: str, stages: Mapping[str, Path], ignored: Sequence[str]) -> None:
        words = rest.split()
        source_root, patterns = ROOT, ignored
        if words[0].startswith("--from="):
            source_root, patterns = stages[words.pop(0).removeprefix("--from=")], ()
        *sources, target = words
        goal = self.root / os.path.join(self.folder, target).lstrip("/")
        for source in sources:
            path = source_root / source.lstrip("/")
            if path.is_dir():
                self._copy_tree(path, source_root, goal, patterns)
            else:
                name = str(path.relative_to(source_root))
                if is_ignored(name, patterns):
                    raise RuntimeError(f"COPY {source}: the ignore file leaves it out")
                goal.mkdir(parents=True, exist_ok=True)
                shutil.copy(path, goal)

    @staticmethod
    def _copy_tree(path: Path, above: Path, goal: Path, patterns: Sequence[str]) -> None:
        def skipped(folder: str, names: list[str]) -> list[str]:
            inside = Path(folder).relative_to(above)
            return [name for name in names if is_ignored(str(inside / name), patterns)]

        shutil.copytree(path, goal, symlinks=True, ignore=skipped, dirs_exist_ok=True)
