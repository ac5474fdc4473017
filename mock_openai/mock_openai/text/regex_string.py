"""A text that a regular expression matches, made from seeded choices. Pure.

The expression is only read, never run: a caller's pattern can't hold the mock up. What looks
around (look-ahead, conditional groups) is not understood, as with OpenAI's structured outputs.

Why by hand: docs/decisions/0017-by-hand-or-by-library.md.
"""

from collections.abc import Iterator

from mock_openai.text.random_source import RandomSource, between, pick
from mock_openai.text.regex_tree import (
    ExpressionError,
    Group,
    Letter,
    Node,
    Reference,
    Repeat,
    read_expression,
)
from mock_openai.text.work_limit import bounded_work, spend

MOST_REPEATED = 4  # beyond the least that is asked for
_STEP = 2  # of work, for each node of an expression that is written


def patterned(pattern: str, chance: RandomSource) -> str | None:
    """None where the pattern can't be read. Raises TooMuchWorkError where it asks for too much."""
    with bounded_work():
        try:
            text = "".join(_StringWriter(chance).write((read_expression(pattern),)))
            text.encode()
        except (ExpressionError, UnicodeEncodeError):
            return None
    return text


class _StringWriter:
    def __init__(self, chance: RandomSource) -> None:
        self._chance = chance
        self._groups: dict[str, str] = {}

    def write(self, nodes: tuple[Node, ...]) -> Iterator[str]:
        for node in nodes:
            spend(_STEP)
            yield from self._one(node)

    def _one(self, node: Node) -> Iterator[str]:
        if isinstance(node, Letter):
            # One that can't be another takes no choice.
            yield node.choices if len(node.choices) == 1 else pick(self._chance, node.choices)
        elif isinstance(node, Repeat):
            times = between(self._chance, node.least, min(node.most, node.least + MOST_REPEATED))
            for _ in range(times):
                yield from self.write((node.inner,))
        elif isinstance(node, Group):
            yield self._group(node)
        elif isinstance(node, Reference):
            text = self._groups.get(node.name, "")
            spend(len(text))
            yield text

    def _group(self, node: Group) -> str:
        many = node.alternatives
        text = "".join(self.write(many[0] if len(many) == 1 else pick(self._chance, many)))
        spend(len(text))
        for name in node.names:
            self._groups[name] = text
        return text
