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
        # What PyYAML's constructors raise of these is no error of YAML's.
        ("a: !!bool x", None, "not YAML: "),
        ('a: !!int ""', None, "not YAML: "),
        ("a: !!timestamp x", None, "not YAML: "),
        (f"a: {'1:' * 300}1.5", None, "not YAML: "),
        (f"a: {'9' * 5_000}", None, "not YAML: "),
    ],
)
def test_what_can_not_be_read_is_told_with_its_line(
    text: str, line: int | None, message: str
) -> None:
    with pytest.raises(YamlFault) as fault:
        read_yaml(text)
    assert (fault.value.line, str(fault.value)[: len(message)]) == (line, message)


def bomb(levels: int, width: int) -> str:
    lines = (f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * width)}]" for n in range(1, levels))
    return "\n".join(["a0: &a0 [x]", *lines])


@pytest.mark.parametrize(
    "text",
    [
        bomb(9, 9),
        bomb(90, 2),
        "a: &x [*x]",
        "a: &x {b: *x}",
        f"- &x [{'1, ' * 999}1]\n" + "- *x\n" * 99,
    ],
)
def test_values_that_aliases_repeat_without_end_are_refused(text: str) -> None:
    with pytest.raises(YamlFault, match="it has over 100,000 values, or one that holds itself"):
        read_yaml(text)


def test_aliases_are_fine_in_measure() -> None:
    assert read_yaml("a: &x {b: [1]}\nc: [*x, *x]").value["c"] == [{"b": [1]}, {"b": [1]}]
