"""A fault put into the text of a scenario, which else stays as it was written. Pure.

The new line goes where YAML has its list of faults; there is no other change, so that comments and
layout survive.
"""

from dataclasses import dataclass

import yaml


@dataclass(frozen=True, slots=True)
class Inserted:
    """The new text, and the line (from 1) that is new or was changed."""

    text: str
    line: int


class NoPlace(Exception):
    """The text has no place for a fault; the message says why."""


def with_fault(text: str, fault: str) -> Inserted:
    """`fault` as the mock spells it, `stall@7:3s`. Raises `NoPlace`."""
    try:
        root = yaml.compose(text, yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise NoPlace("The text is not YAML yet: mend that first.") from error
    if root is not None and (not isinstance(root, yaml.MappingNode) or root.flow_style):
        raise NoPlace("A scenario is a mapping over several lines: write it so first.")
    item = _quoted(fault)
    key, value = _faults(root)
    if key is None:
        return _appended(text, f"faults:\n  - {item}\n")
    if isinstance(value, yaml.SequenceNode) and value.flow_style:
        return _in_flow(text, value, item)
    if isinstance(value, yaml.SequenceNode):
        return _in_block(text, value, item)
    if isinstance(value, yaml.ScalarNode) and value.value in ("", "~", "null"):
        return _under(text, key, item)
    raise NoPlace("'faults' is no list: make it one first.")


def _faults(root: yaml.Node | None) -> tuple[yaml.Node | None, yaml.Node | None]:
    for key, value in root.value if isinstance(root, yaml.MappingNode) else ():
        if key.value == "faults":
            return key, value
    return None, None


def _quoted(fault: str) -> str:
    plain = yaml.safe_load(f"- {fault}") == [fault] if ": " not in fault else False
    return fault if plain and "," not in fault and "#" not in fault else f'"{fault}"'


def _appended(text: str, lines: str) -> Inserted:
    head = text if not text or text.endswith("\n") else f"{text}\n"
    return Inserted(head + lines, head.count("\n") + 2)


def _in_flow(text: str, value: yaml.SequenceNode, item: str) -> Inserted:
    end = value.end_mark.index - 1  # the closing bracket
    before = text[:end].rstrip()
    comma = "" if not value.value or before.endswith(",") else ", "
    space = " " if value.value and before.endswith(",") else ""
    new = f"{before}{comma}{space}{item}"
    return Inserted(new + text[end:], new.count("\n") + 1)


def _in_block(text: str, value: yaml.SequenceNode, item: str) -> Inserted:
    lines = text.splitlines(keepends=True)
    last: yaml.Node = value.value[-1]
    line = _last_line(last)
    if not lines[line].endswith("\n"):
        lines[line] += "\n"
    indent = " " * value.start_mark.column
    return Inserted(
        "".join([*lines[: line + 1], f"{indent}- {item}\n", *lines[line + 1 :]]), line + 2
    )


def _last_line(node: yaml.Node) -> int:
    """The line (from 0) of a node's last character: a block's own end mark is beyond it."""
    if isinstance(node, yaml.MappingNode) and not node.flow_style and node.value:
        return _last_line(node.value[-1][1])
    if isinstance(node, yaml.SequenceNode) and not node.flow_style and node.value:
        return _last_line(node.value[-1])
    at_start = node.end_mark.column == 0 and node.end_mark.line > node.start_mark.line
    return node.end_mark.line - 1 if at_start else node.end_mark.line


def _under(text: str, key: yaml.Node, item: str) -> Inserted:
    lines = text.splitlines(keepends=True)
    line = key.start_mark.line
    lines[line] = text.splitlines()[line][: key.end_mark.column] + ":\n"
    return Inserted("".join([*lines[: line + 1], f"  - {item}\n", *lines[line + 1 :]]), line + 2)
