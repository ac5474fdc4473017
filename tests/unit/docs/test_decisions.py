"""The record of what is written by hand names modules that are there, and each names the record."""

import ast
import re

import pytest

from tests.unit.docs.pages import ROOT

RECORD = ROOT / "docs" / "decisions" / "0017-by-hand-or-by-library.md"
MODULES = re.findall(r"^\| `([^`]+\.py)`", RECORD.read_text(encoding="utf-8"), re.MULTILINE)
NAMED = re.compile(r"docs/decisions/(\d{4}-[\w-]+\.md)")


def test_the_record_has_a_table() -> None:
    assert len(MODULES) >= 14


@pytest.mark.parametrize("module", MODULES)
def test_a_module_by_hand_names_its_record(module: str) -> None:
    header = ast.get_docstring(ast.parse((ROOT / module).read_text(encoding="utf-8"))) or ""
    assert RECORD.name in header


def test_records_that_modules_name_are_there() -> None:
    missing = {
        f"{path.relative_to(ROOT)}: {name}"
        for package in ("app/tokentape", "mock_openai/mock_openai", "loadtests/tokentape_load")
        for path in (ROOT / package).rglob("*.py")
        for name in NAMED.findall(path.read_text(encoding="utf-8"))
        if not (RECORD.parent / name).is_file()
    }
    assert not missing
