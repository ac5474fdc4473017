import json
from pathlib import Path

from tests.house_rules import (
    addresses,
    duplicate_classes,
    futures,
    labelled_headers,
    main,
    old_definitions,
    old_names,
)
from tests.lock_files import without_addresses


def test_a_class_name_in_two_modules_is_found() -> None:
    sources = {Path("a.py"): "class Run: ...", Path("b.py"): "class Run: ...\nclass Tape: ..."}
    assert [*duplicate_classes(sources)] == ["class Run is defined in a.py, b.py"]


def test_a_module_named_with_an_old_word_is_found() -> None:
    assert [*old_names([Path("mock/asked.py"), Path("mock/request.py"), Path("told/x.py")])] == [
        "mock/asked.py: name it with the field's word",
        "told/x.py: name it with the field's word",
    ]


def test_the_house_keeps_its_rules() -> None:
    assert main() == 0


def test_a_function_parameter_or_field_of_an_old_name_is_found() -> None:
    text = "class A:\n    wanted: int\n    def told(self, ask: str) -> None: ...\n    x = 1\n"
    lines = [
        line.partition(": ")[2].partition(":")[0] for line in old_definitions({Path("a.py"): text})
    ]
    assert sorted(lines) == ["ask", "told", "wanted"]


def test_a_header_with_another_label_than_the_modules_name_is_found() -> None:
    hall = {Path("room.py"): '"""Hall: rooms."""', Path("order.py"): '"""Order: states."""'}
    assert [*labelled_headers(hall)] == [
        "room.py: its docstring says what it is for, without 'Hall: '"
    ]


def test_annotations_that_are_put_off_are_found() -> None:
    sources = {Path("a.py"): "from __future__ import annotations\n", Path("b.py"): "import sys\n"}
    assert [*futures(sources)] == [
        "a.py: no `from __future__ import annotations`; quote what is not there yet"
    ]


def test_a_lock_file_that_names_a_host_is_found_and_mended() -> None:
    package = {"version": "1.0.0", "integrity": "sha512-x", "license": "MIT"}
    written = {**package, "resolved": "https://a.example/b.tgz", "funding": {"url": "https://c"}}
    lock = {"name": "b", "packages": {"node_modules/b": written}}
    assert len([*addresses({Path("b/package-lock.json"): json.dumps(lock)})]) == 1
    mended = without_addresses(lock)
    assert mended == {"name": "b", "packages": {"node_modules/b": package}}
    assert not [*addresses({Path("b/package-lock.json"): json.dumps(mended)})]
