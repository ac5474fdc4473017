"""House rules that a script can see: `python -m tests.house_rules`, part of `make check`.

A class name is defined in one module of a package. No module, and in the packages that are done
no function, parameter or field, is named after a word that was replaced by the field's own; there
no docstring of a module begins with a label that is not the module's name. Annotations are put off
nowhere. Child processes are started by the modules that end them with us. Lock files name no host.
"""

import ast
import re
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path

from tests.lock_files import lock_files

ROOT = Path(__file__).parents[1]
FOLDERS = ("app", "mock_openai", "loadtests", "e2e", "tests", "docs")
PACKAGES = ("app/tokentape", "mock_openai/mock_openai", "loadtests/tokentape_load")
OLD_WORDS = frozenset(
    """
    ask asked asking beside book bulk cue door doors erring finding framed gathering hall
    heard held holding inserting keyed kept leash listening look marked overlay patience
    reel rowing ruling seen shelf sight speaking stored striking structured tally telling
    tellings told wanted watching wish
    """.split()  # noqa: SIM905 - a list of words reads best as words
)

STARTERS = frozenset(
    {
        "app/tokentape/child_processes/guard.py",
        "app/tokentape/child_processes/server.py",
        "app/tokentape/ui/load/load_job.py",  # its supervisor, by asyncio's pipes
        "app/tokentape/ui/load/supervisor.py",  # ends sessions that the command starts as well
        "loadtests/tokentape_load/run/locust_process.py",  # hands signals on; guarded
        "loadtests/tokentape_load/proofs/starved_client.py",  # a run that reports; not a server
        "mock_openai/mock_openai/child_process.py",
    }
)
"""Where `Popen` may stand."""
OLD_NAMES = frozenset(
    """
    as_told ask asked asks beat beats book cue cues door doors finding found hall hear heard keep
    kept leash look overlay reel said seen shelf showing sight take tally tell telling told wanted
    wish
    """.split()  # noqa: SIM905 - as above
)
DONE = (
    "mock_openai/mock_openai",
    *(
        f"app/tokentape/{name}/"
        for name in (
            "access",
            "charts",
            "check",
            "contract",
            "dialects",
            "options",
            "retrieval",
            "rooms",
            "runs",
            "server",
            "store",
            "ui",
            "viewers",
            "workflows",
        )
    ),
    "app/tokentape/core.py",
    "app/tokentape/load_options.py",
    "app/tokentape/turns.py",
    "loadtests/tokentape_load/",
)
"""Packages and modules in which no definition bears an old name."""
ON_FILE = frozenset(
    {
        ("app/tokentape/contract/contract.py", "take"),
        ("app/tokentape/ui/answer/verdict_view.py", "finding"),  # read by the page's own script
        ("loadtests/tokentape_load/metrics/run_results.py", "found"),  # in the results' JSON
    }
)
"""Fields whose names are keys of people's files, or of JSON that is read elsewhere."""


def duplicate_classes(sources: Mapping[Path, str]) -> Iterator[str]:
    """A line for each class name that several modules of one package define."""
    places = defaultdict(list)
    for path, text in sources.items():
        for node in ast.parse(text).body:
            if isinstance(node, ast.ClassDef):
                places[node.name].append(path)
    for name, paths in sorted(places.items()):
        if len(paths) > 1:
            yield f"class {name} is defined in {', '.join(str(path) for path in paths)}"


def old_names(paths: Iterator[Path] | list[Path]) -> Iterator[str]:
    """A line for each module or folder named after a word of the old list."""
    for path in paths:
        if OLD_WORDS & {path.stem, path.parent.name}:
            yield f"{path}: name it with the field's word"


def other_starters(sources: Mapping[Path, str]) -> Iterator[str]:
    """A line for each module that starts child processes and is none of ours for that."""
    for path, text in sources.items():
        if "Popen(" in text and path.as_posix() not in STARTERS:
            yield f"{path}: start it by child_processes, which ends it with us"


def old_definitions(sources: Mapping[Path, str]) -> Iterator[str]:
    """A line for each function, parameter and field that is named after a word of the old list."""
    for path, text in sources.items():
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                name = node.name
            elif isinstance(node, ast.arg):
                name = node.arg
            elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
                name = node.target.id
            else:
                continue
            if name.strip("_") in OLD_NAMES and (path.as_posix(), name) not in ON_FILE:
                yield f"{path}:{node.lineno}: {name}: name it with the field's word"


def labelled_headers(sources: Mapping[Path, str]) -> Iterator[str]:
    """A line for each module whose docstring begins with a label that is not its name, such as
    `Hall: the rooms …`."""
    for path, text in sources.items():
        label = re.match(r"(\w+): ", ast.get_docstring(ast.parse(text)) or "")
        if label and label[1].lower() not in (path.stem, path.parent.name):
            yield f"{path}: its docstring says what it is for, without {label[0]!r}"


def futures(sources: Mapping[Path, str]) -> Iterator[str]:
    """A line for each module that puts off its annotations: all of them, or none, and none it is. A
    name that is not there yet stands in quotes."""
    for path, text in sources.items():
        if "from __future__ import annotations" in text.splitlines():
            yield f"{path}: no `from __future__ import annotations`; quote what is not there yet"


def addresses(locks: Mapping[Path, str]) -> Iterator[str]:
    """A line for each lock file that names a host."""
    for path, text in locks.items():
        if "://" in text:
            yield f"{path}: names, versions and hashes only; run `python -m tests.lock_files`"


def everything() -> dict[Path, str]:
    """Every module of the repository, tests and docs too."""
    return {
        path.relative_to(ROOT): path.read_text(encoding="utf-8")
        for folder in FOLDERS
        for path in sorted((ROOT / folder).rglob("*.py"))
        if "node_modules" not in path.parts
    }


def is_done(path: Path) -> bool:
    """Whether it belongs to `DONE`."""
    return path.as_posix().startswith(tuple(DONE))


def main() -> int:
    found = []
    for package in PACKAGES:
        paths = sorted((ROOT / package).rglob("*.py"))
        sources = {path.relative_to(ROOT): path.read_text(encoding="utf-8") for path in paths}
        found += [*duplicate_classes(sources), *old_names([*sources]), *other_starters(sources)]
        done = {path: text for path, text in sources.items() if is_done(path)}
        found += [*old_definitions(done), *labelled_headers(done)]
    found += futures(everything())
    locks = {path.relative_to(ROOT): path.read_text(encoding="utf-8") for path in lock_files()}
    found += addresses(locks)
    for line in found:
        print(line)  # noqa: T201  # what the command says
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
