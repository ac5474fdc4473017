"""Reads a container file into stages of instructions, and the ignore file. Pure but for reading.

Knows what ours use: one instruction a line, `FROM … AS name`, `COPY [--from=stage] source… target`.
"""

import fnmatch
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).parents[2]
FILES = {name: ROOT / name / "Containerfile" for name in ("mock_openai", "app")}


@dataclass(slots=True)
class Stage:
    name: str
    base: str
    instructions: list[tuple[str, str]] = field(default_factory=list)

    def all_of(self, instruction: str) -> list[str]:
        return [rest for name, rest in self.instructions if name == instruction]

    def one(self, instruction: str) -> str:
        (rest,) = self.all_of(instruction)
        return rest


def read_stages(path: Path) -> list[Stage]:
    """The stages in order; the last is the image."""
    stages: list[Stage] = []
    for line in path.read_text(encoding="utf-8").splitlines():
        if not line.strip() or line.startswith("#"):
            continue
        name, rest = line.split(maxsplit=1)
        if name == "FROM":
            base, _, alias = rest.partition(" AS ")
            stages.append(Stage(alias or "image", base))
        else:
            stages[-1].instructions.append((name, rest))
    return stages


def read_ignored(path: Path = ROOT / ".dockerignore") -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def is_ignored(name: str, patterns: Sequence[str]) -> bool:
    """Whether a path of the context is left out: the last pattern that fits it, or a folder above
    it, decides."""
    path = PurePosixPath(name)
    names = [str(path), *map(str, path.parents)]
    ignored = False
    for pattern in patterns:
        shown = pattern.startswith("!")
        plain = pattern.removeprefix("!")
        tail = plain.removeprefix("**/")
        tails = {one[at:] for one in names for at in _starts(one)} if tail != plain else set(names)
        if any(fnmatch.fnmatchcase(one, tail) for one in tails if one != "."):
            ignored = not shown
    return ignored


def _starts(name: str) -> list[int]:
    return [0, *(at + 1 for at, letter in enumerate(name) if letter == "/")]
