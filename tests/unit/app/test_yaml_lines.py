"""YAML with the line of every place in it; the rest is tried by what reads files with it."""

import pytest

from tokentape.yaml_lines import YamlFault, read_yaml

TEXT = """\
first: 1
list:
  - a: x
    b: y
  - {c: z,
     d: 7}
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        ((), 1),
        (("first",), 1),
        (("list",), 2),
        (("list", 0, "b"), 4),
        (("list", 1), 5),
        (("list", "1", "d"), 6),
        (("list", 1, "e"), 5),
        (("list", 7), 2),
        (("nowhere", "at", "all"), 1),
    ],
)
def test_a_place_has_its_line_or_that_of_the_last_thing_on_the_way(
    path: tuple[str | int, ...], line: int
) -> None:
    assert read_yaml(TEXT).line(path) == line


def test_nothing_is_none() -> None:
    assert (read_yaml("").value, read_yaml("").line(("a",))) == (None, 1)


@pytest.mark.parametrize(
    ("text", "line", "message"),
    [
        ("a: 1\nb: {c: 1, c: 2}", 2, "c: it stands there twice, in line 2 too"),
        ("a: &x {b: 1}\nc: *x\na: 1", 3, "a: it stands there twice, in line 3 too"),
        ("a: 1\nb: [", 2, "not YAML: "),
        ("a: 1\n--- \nb: 2", 2, "not YAML: "),
        ("a: !!python/none x", 1, "not YAML: "),
        ("a: 2026-99-99", None, "not YAML: "),
        ("[" * 3_000, None, "it is nested too deep"),
    ],
)
def test_what_can_not_be_read_is_told_with_its_line(
    text: str, line: int | None, message: str
) -> None:
    with pytest.raises(YamlFault) as fault:
        read_yaml(text)
    assert (fault.value.line, str(fault.value)[: len(message)]) == (line, message)
