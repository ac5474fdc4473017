"""The parts of the docs that are drawn from code are up to date."""

from pathlib import Path

import pytest

from docs.made import DOCS, made


@pytest.mark.parametrize("path", sorted(DOCS.rglob("*.md")), ids=lambda path: path.name)
def test_made_parts_are_not_stale(path: Path) -> None:
    page = path.read_text(encoding="utf-8")
    assert made(page) == page, "run `make docs`"
