"""YAML with its line numbers: a plain value, and the line of every place in it. Pure.

A key that stands twice in a mapping is a fault: YAML lets the latter win, and the other is lost.
The mock has a reader of its own, `mock_openai.scenarios.yaml_positions`, since neither may import
the other; and that one reads several documents, whose values and depth it bounds.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import yaml


class YamlFault(Exception):
    """A text that is not to be read; the message says why. `line` is None where none is known."""

    def __init__(self, message: str, line: int | None) -> None:
        super().__init__(message)
        self.line = line

    @property
    def at(self) -> str:
        """`:7` to stand behind a file's name; empty where no line is known."""
        return "" if self.line is None else f":{self.line}"


class YamlDocument:
    """What a text holds: `value` as Python has it."""

    def __init__(self, value: Any, root: yaml.Node | None) -> None:
        self.value = value
        self._root = root

    def line(self, path: Sequence[str | int]) -> int:
        """The line, from 1, of what a path leads to, or of the last thing on the way."""
        node, line = self._root, 1 if self._root is None else _line(self._root)
        for part in path:
            inner = next((pair for name, *pair in _children(node) if name == str(part)), None)
            if inner is None:
                break
            place, node = inner
            line = _line(place)
        return line


VALUES_MAX = 100_000


def read_yaml(text: str) -> YamlDocument:
    """The one document of a text, or None as its value. Raises `YamlFault`."""
    try:
        loader = yaml.SafeLoader(text)
        try:
            root = loader.get_single_node()
            for line, key in _twice(root):
                raise YamlFault(f"{key}: it stands there twice, in line {line} too", line)
            if not _fits(root):
                told = f"it has over {VALUES_MAX:,} values, or one that holds itself"
                raise YamlFault(told, None)
            value = None if root is None else loader.construct_document(root)
        finally:
            loader.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        told = f"not YAML: {error.problem or error}"
        raise YamlFault(told, mark.line + 1 if mark else None) from error
    except RecursionError as error:
        raise YamlFault("it is nested too deep", None) from error
    # A tag such as `!!bool` on what is none makes PyYAML's constructors raise whatever they meet.
    except (yaml.YAMLError, ValueError, LookupError, AttributeError, ArithmeticError) as error:
        raise YamlFault(f"not YAML: {' '.join(str(error).split())}", None) from error
    return YamlDocument(value, root)


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1


def _children(node: yaml.Node | None) -> Iterator[tuple[str, yaml.Node, yaml.Node]]:
    """The name of each thing inside, where it begins, and itself."""
    if isinstance(node, yaml.MappingNode):
        for key, value in reversed(node.value):
            yield str(key.value), key, value
    elif isinstance(node, yaml.SequenceNode):
        for number, child in enumerate(node.value):
            yield str(number), child, child


def _fits(root: yaml.Node | None) -> bool:
    """Whether it is no more than `VALUES_MAX` values, each counted wherever an alias repeats it: a
    few lines of aliases to aliases stand for billions."""
    sizes: dict[int, int] = {}
    opened: set[int] = set()
    waiting = [] if root is None else [root]
    while waiting:
        node = waiting[-1]
        if id(node) in sizes:
            waiting.pop()
            continue
        inner = [child for _, *pair in _children(node) for child in pair]
        if id(node) in opened:
            # One that is open and has no size yet holds itself.
            sizes[id(node)] = 1 + sum(sizes.get(id(child), VALUES_MAX) for child in inner)
            if sizes[id(node)] > VALUES_MAX:
                return False
        else:
            opened.add(id(node))
            waiting += [child for child in inner if id(child) not in opened]
    return True


def _twice(root: yaml.Node | None) -> Iterator[tuple[int, str]]:
    """The line and the name of each key that its mapping has already."""
    waiting, visited = [root], set[int]()
    while waiting:
        node = waiting.pop()
        if node is None or id(node) in visited:  # an alias leads to what was met before
            continue
        visited.add(id(node))
        names: set[str] = set()
        if isinstance(node, yaml.MappingNode):
            for key, _ in node.value:
                if isinstance(key, yaml.ScalarNode):
                    if key.value in names:
                        yield _line(key), key.value
                    names.add(key.value)
        waiting += [child for _, _, child in _children(node)]
