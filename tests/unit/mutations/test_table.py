"""Each row of the table of mutations is where it says, and names tests that there are."""

from pathlib import Path

import pytest

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
