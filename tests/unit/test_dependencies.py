"""Each project declares what it imports, imports what it declares, and says from which version."""

import ast
import re
import sys
import tomllib
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path
from typing import Any

import pytest

from tokentape.store.backends import BACKENDS

ROOT = Path(__file__).parents[2]
PROJECTS = {"app": "tokentape", "mock_openai": "mock_openai", "loadtests": "tokentape_load"}
OURS = {
    "tokentape": "tokentape",
    "mock_openai": "tokentape-mock",
    "tokentape_load": "tokentape-load",
}
each_project = pytest.mark.parametrize("project", PROJECTS)

LENT = {"mock_openai": {"pytest"}}
"""What only runs where it is there: whoever loads a plugin of pytest has pytest."""

BY_NAME = {
    "app": {
        **{one.driver.partition("+")[2]: "SQLAlchemy's driver, by its URL" for one in BACKENDS},
        "pgvector": "its type is loaded where the database is PostgreSQL",
        "uvloop": "uvicorn's loop, by its name",
        "tokentape-load": "a command of its own",
        "tokentape-mock": "a command of its own",
    },
    "mock_openai": {"uvloop": "uvicorn's loop, by its name"},
    "loadtests": {},
}
"""What is used without an import."""

PATCHED = {
    "app": {"gradio", "python-engineio", "python-socketio", "uvicorn", "websockets"},
    "mock_openai": {"uvicorn"},
    "loadtests": {"geventhttpclient", "locust"},
}
"""Libraries whose insides we know: see test_patched_libraries.py."""

BASE_DOORS = ("client", "contract", "check", "child_processes")
"""Of `tokentape`, what works without an extra."""


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


@cache
def table(project: str) -> dict[str, Any]:
    found: dict[str, Any] = tomllib.loads((ROOT / project / "pyproject.toml").read_text())[
        "project"
    ]
    return found


def requirements(project: str, *extras: str) -> list[str]:
    optional = table(project).get("optional-dependencies", {})
    return [*table(project)["dependencies"], *(one for name in extras for one in optional[name])]


def names(requirements: list[str]) -> set[str]:
    matches = (re.match(r"[A-Za-z0-9._-]+", one) for one in requirements)
    return {normal(found[0]) for found in matches if found}


def distributions(module: str) -> set[str]:
    """What may bring an import."""
    if module in OURS:
        return {OURS[module]}
    return {normal(one) for one in _distributions().get(module, ())}


@cache
def _distributions() -> dict[str, list[str]]:
    return dict(packages_distributions())


def imports(tree: ast.Module, *, lazy: bool = True) -> Iterator[str]:
    """What a module imports, also inside its functions if `lazy`; not what types alone need."""
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING":
            continue
        elif lazy or not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            waiting += ast.iter_child_nodes(node)


@cache
def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def foreign(path: Path, own: str, *, lazy: bool = True) -> set[str]:
    tops = {name.partition(".")[0] for name in imports(parsed(path), lazy=lazy)}
    return {top for top in tops if top not in sys.stdlib_module_names and top != own}


@each_project
def test_what_is_imported_is_declared(project: str) -> None:
    declared = names(requirements(project, *(["server"] if project == "app" else [])))
    missing = defaultdict(list)
    for path in (ROOT / project / PROJECTS[project]).rglob("*.py"):
        for module in foreign(path, PROJECTS[project]) - LENT.get(project, set()):
            if not distributions(module) & declared:
                missing[module].append(path.name)
    assert not missing


@each_project
def test_what_is_declared_is_used(project: str) -> None:
    found: set[str] = set()
    for path in (ROOT / project / PROJECTS[project]).rglob("*.py"):
        found |= {
            one for module in foreign(path, PROJECTS[project]) for one in distributions(module)
        }
    extras = [*table(project).get("optional-dependencies", {})]
    declared = names(requirements(project, *extras)) - {normal(table(project)["name"])}
    assert declared - found - BY_NAME[project].keys() == set()
    assert BY_NAME[project].keys() <= declared


@each_project
def test_each_dependency_has_its_lowest_version(project: str) -> None:
    extras = [*table(project).get("optional-dependencies", {})]
    for written in requirements(project, *extras):
        (name,) = names([written])
        assert name in OURS.values() or re.search(r">=\d", written), written


@each_project
def test_a_library_whose_insides_we_know_has_its_highest_version(project: str) -> None:
    """In `tokentape` it is the server that knows them: the clients take any."""
    extras = ["server"] if project == "app" else []
    written = requirements(project, *extras)
    for name in PATCHED[project]:
        bounds = [one for one in written if names([one]) == {name}]
        assert any(re.search(r",<\d+\.\d+", one) for one in bounds), bounds


def module_file(name: str) -> Path | None:
    """The file of a module of `tokentape`."""
    place = ROOT / "app" / Path(*name.split("."))
    files = (place.with_suffix(".py"), place / "__init__.py")
    return next((file for file in files if file.is_file()), None)


def closure(waiting: list[Path]) -> dict[Path, bool]:
    """What of `tokentape` these files import, and whether all of a file is run there: the commands
    that want an extra import it inside."""
    cli = ROOT / "app" / "tokentape" / "cli.py"
    found: dict[Path, bool] = {}
    while waiting:
        file = waiting.pop()
        if file in found:
            continue
        found[file] = file != cli
        for name in imports(parsed(file), lazy=found[file]):
            if name.partition(".")[0] == "tokentape":
                parts = name.split(".")
                above = [".".join(parts[:length]) for length in range(1, len(parts) + 1)]
                waiting += [one for one in map(module_file, above) if one is not None]
    return found


def undeclared(files: dict[Path, bool], declared: set[str]) -> set[str]:
    return {
        f"{path.relative_to(ROOT)}: {module}"
        for path, lazy in files.items()
        for module in foreign(path, "tokentape", lazy=lazy)
        if not distributions(module) & declared
    }


def test_client_contract_check_and_record_need_nothing_of_the_server() -> None:
    folder = ROOT / "app" / "tokentape"
    doors = [one for door in BASE_DOORS for one in (folder / door).rglob("*.py")]
    files = closure([*doors, folder / "cli.py"])
    assert len(files) > 50
    assert undeclared(files, names(requirements("app"))) == set()


def test_load_runs_need_of_tokentape_what_is_installed_with_them() -> None:
    files = closure([*(ROOT / "loadtests" / "tokentape_load").rglob("*.py")])
    declared = names([*requirements("app"), *requirements("loadtests")])
    assert undeclared(files, declared | {"tokentape-load"}) == set()
