"""Each row of the table of mutations is where it says, and names tests that there are."""

import os
from importlib.machinery import PathFinder
from pathlib import Path

import pytest

from tests.mutations.__main__ import path_of
from tests.mutations.mutation import Mutation, StaleError
from tests.mutations.table import MUTATIONS

ROOT = Path(__file__).parents[3]


@pytest.mark.parametrize("mutation", MUTATIONS, ids=lambda mutation: mutation.name)
def test_a_row_fits_the_code(mutation: Mutation, tmp_path: Path) -> None:
    file = tmp_path / mutation.file
    file.parent.mkdir(parents=True)
    whole = (ROOT / mutation.file).read_text(encoding="utf-8")
    file.write_text(whole, encoding="utf-8")
    assert mutation.mutate(tmp_path) == whole
    compile(file.read_text(encoding="utf-8"), mutation.file, "exec")
    assert file.read_text(encoding="utf-8") != whole
    assert all((ROOT / test).exists() for test in mutation.tests)


@pytest.mark.parametrize("code", ["gone = 1\n", "twice = 1\ntwice = 1\n"])
def test_a_row_that_does_not_fit_is_refused(code: str, tmp_path: Path) -> None:
    (tmp_path / "code.py").write_text(code)
    with pytest.raises(StaleError, match=r"stands [02] times in code\.py"):
        Mutation("one", "code.py", "twice = 1", "", ()).mutate(tmp_path)


def test_names_are_unique() -> None:
    assert len({mutation.name for mutation in MUTATIONS}) == len(MUTATIONS) >= 20


def test_what_is_mutated_is_what_python_finds(tmp_path: Path) -> None:
    packages = {Path(mutation.file).parts[:2] for mutation in MUTATIONS}
    for project, package in packages:
        own = tmp_path / project / package / "__init__.py"
        own.parent.mkdir(parents=True)
        own.touch()
    for project, package in packages:
        spec = PathFinder.find_spec(package, path_of(tmp_path).split(os.pathsep))
        assert (spec and spec.origin) == str(tmp_path / project / package / "__init__.py")
