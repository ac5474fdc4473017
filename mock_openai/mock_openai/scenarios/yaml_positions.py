"""YAML with its line numbers: plain values, and the line of every place in them."""

from dataclasses import dataclass, field
from typing import Any

import yaml

from mock_openai.errors import ScenarioError

MOST_NODES = 50_000
_TOO_MANY = "too many values (or aliases)"
_BOOL = "tag:yaml.org,2002:bool"
Path = tuple[str | int, ...]


def dotted(path: Path) -> str:
    """`steps[1].say`, as an author would write it."""
    text = ""
    for step in path:
        text += f"[{step}]" if isinstance(step, int) else f".{step}" if text else str(step)
    return text


@dataclass(slots=True)
class Positioned:
    """`lines` maps a place to its line, counted from 1; `text` is the document's own part of the
    file."""

    text: str = ""
    value: Any = None
    lines: dict[Path, int] = field(default_factory=dict)

    def line(self, path: Path) -> int:
        """The line of `path`, or of the nearest place around it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


class _Loader(yaml.SafeLoader):
    """Only true and false are truth values, as in YAML 1.2: `no` and `on` are words. What is too
    much is not read to its end."""

    _composed = 0

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        self._composed += 1
        if self._composed > MOST_NODES:
            mark = self.get_mark()
            raise yaml.composer.ComposerError(None, None, _TOO_MANY, mark)
        return super().compose_node(parent, index)


_Loader.yaml_implicit_resolvers = {
    first: [(tag, regexp) for tag, regexp in rows if tag != _BOOL or first in "tTfF"]
    for first, rows in yaml.SafeLoader.yaml_implicit_resolvers.items()
}


def read_marked(text: str, file: str) -> list[Positioned]:
    """One for each document of the file. Only plain YAML: no tags beyond the safe ones."""
    try:
        nodes = [node for node in yaml.compose_all(text, Loader=_Loader) if node]
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error)
        if problem.startswith("expected <block end>"):
            problem += "; is it indented as the lines before it?"
        raise ScenarioError(problem, file, mark.line + 1 if mark else 1) from error
    except (RecursionError, ValueError) as error:
        raise ScenarioError(f"not readable as YAML: {error}", file, 1) from error
    return [
        _Reader(file).read(node, part)
        for node, part in zip(nodes, _parts(text, nodes), strict=True)
    ]


def _parts(text: str, nodes: list[yaml.Node]) -> list[str]:
    """The text of each document, with the comments before it."""
    if len(nodes) < 2:
        return [text] * len(nodes)
    starts = [max(0, text.rfind("\n---", 0, node.start_mark.index) + 1) for node in nodes]
    ends = [*starts[1:], len(text)]
    parts = [text[start:end] for start, end in zip(starts, ends, strict=True)]
    return [part.partition("\n")[2] if part.startswith("---") else part for part in parts]


def _no_word(key_node: yaml.Node) -> str:
    if isinstance(key_node, yaml.MappingNode):
        return "a key must be a word; a text that begins with {{ needs quotes around it"
    return "a key must be a word"


def paired(text: str) -> str:
    """The text with the two halves joined of each character that was escaped as two, as JSON does
    beyond U+FFFF and YAML does not know. Raises ValueError for a half alone."""
    try:
        text.encode()
    except UnicodeEncodeError:
        halves = text.encode("utf-16-le", "surrogatepass")
        try:
            return halves.decode("utf-16-le")
        except UnicodeDecodeError as error:
            raise ValueError("half of a character (a lone surrogate) is no text") from error
    return text


class _Reader:
    """Walks the nodes itself, so that aliases can't grow without bound."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._aliases = 0
        self._constructor = yaml.constructor.SafeConstructor()

    def read(self, node: yaml.Node, text: str) -> Positioned:
        marked = Positioned(text)
        try:
            marked.value = self._value(node, (), marked.lines)
        except RecursionError as error:
            raise ScenarioError("nested too deeply", self._file, 1) from error
        return marked

    def _value(self, node: yaml.Node, path: Path, lines: dict[Path, int]) -> Any:
        self._aliases += 1
        line = node.start_mark.line + 1
        if self._aliases > MOST_NODES:
            raise ScenarioError(_TOO_MANY, self._file, line, dotted(path))
        lines.setdefault(path, line)
        if not node.tag.startswith("tag:yaml.org,2002:") or node.tag.count(":") != 2:
            raise ScenarioError(f"the tag {node.tag} is unknown", self._file, line, dotted(path))
        if isinstance(node, yaml.MappingNode):
            mapping: dict[str, Any] = {}
            for key_node, value_node in node.value:
                key = key_node.value if isinstance(key_node, yaml.ScalarNode) else None
                if key is not None:
                    key = self._paired(key, key_node, path)
                if key is None or key in mapping:
                    at = key_node.start_mark.line + 1
                    problem = f"'{key}' comes twice" if key else _no_word(key_node)
                    raise ScenarioError(problem, self._file, at, dotted(path))
                lines[(*path, key)] = key_node.start_mark.line + 1
                mapping[key] = self._value(value_node, (*path, key), lines)
            return mapping
        if isinstance(node, yaml.SequenceNode):
            return [self._value(child, (*path, i), lines) for i, child in enumerate(node.value)]
        try:
            value = self._constructor.construct_object(node)
        # A tag such as `!!bool` on what is none makes the constructors raise whatever they meet.
        except (
            yaml.YAMLError, ValueError, LookupError, AttributeError, ArithmeticError
        ) as error:  # fmt: skip
            problem = getattr(error, "problem", None) or str(error)
            raise ScenarioError(problem, self._file, line, dotted(path)) from error
        return self._paired(value, node, path) if isinstance(value, str) else value

    def _paired(self, text: str, node: yaml.Node, path: Path) -> str:
        try:
            return paired(text)
        except ValueError as error:
            line = node.start_mark.line + 1
            raise ScenarioError(str(error), self._file, line, dotted(path)) from error
