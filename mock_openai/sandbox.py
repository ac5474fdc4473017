"""The sandbox that scenario templates run in: no way out, no chance, and a bound on work and size.

Jinja's own sandbox keeps a template from objects it must not touch; it bounds neither loops nor
texts. Here each pass of a loop and each call is counted, and nothing may grow beyond `LARGEST`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from functools import wraps
from typing import Any

from jinja2 import StrictUndefined, Template, nodes, pass_context
from jinja2.exceptions import SecurityError
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

LARGEST = 1_000_000  # characters of any one text, items of any one list
MOST_STEPS = 100_000  # passes of loops, and calls
LONGEST_NUMBER = 4_000  # bits
_STEPS = "_steps_left"
_WIDTH = re.compile(r"[%{][^%{}a-zA-Z]*(\d{4,}|\*)")


class Steps:
    """What one rendering may still do."""

    def __init__(self) -> None:
        self.left = MOST_STEPS

    def take(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise SecurityError(f"more than {MOST_STEPS} steps")


def _size(value: object) -> int:
    return len(value) if isinstance(value, str | bytes | list | tuple | dict) else 0


def _bounded(value: Any) -> Any:
    if _size(value) > LARGEST:
        raise SecurityError(f"larger than {LARGEST}")
    return value


def _check(values: Iterable[object]) -> None:
    """What goes into a call: a product of sizes beyond the bound could come out of it."""
    product = 1
    for value in values:
        if isinstance(value, int) and abs(value) > LARGEST:
            raise SecurityError(f"a number beyond {LARGEST}")
        if isinstance(value, str) and _WIDTH.search(value):
            raise SecurityError("a width of four digits or more")
        product *= max(1, _size(value))
    if product > 100 * LARGEST:
        raise SecurityError(f"larger than {LARGEST}")


def _bounded_call(call: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(call)
    def bounded(*args: Any, **kwargs: Any) -> Any:
        _check(arg for arg in (*args, *kwargs.values()) if not isinstance(arg, Context))
        return _bounded(call(*args, **kwargs))

    return bounded


@pass_context
def _counted(context: Context, items: Iterable[Any]) -> Iterator[Any]:
    steps = context[_STEPS]
    for item in items:
        steps.take()
        yield item


def _joined(items: Iterable[Any]) -> str:
    texts = [str(item) for item in items]
    if sum(map(len, texts)) > LARGEST:
        raise SecurityError(f"larger than {LARGEST}")
    return "".join(texts)


class Sandbox(ImmutableSandboxedEnvironment):
    intercepted_binops = frozenset(["*", "**", "+", "%"])

    def __init__(self) -> None:
        super().__init__(undefined=StrictUndefined, keep_trailing_newline=True, autoescape=False)
        # Both draw from the global random module: an answer must not.
        del self.filters["random"]
        del self.globals["lipsum"]
        self.filters = {name: _bounded_call(call) for name, call in self.filters.items()}
        self.filters["_counted"] = _counted
        self.filters["_joined"] = _joined

    def template(self, source: str) -> Template:
        """Raises TemplateError."""
        tree = self.parse(source)
        for loop in tree.find_all(nodes.For):
            loop.iter = nodes.Filter(loop.iter, "_counted", [], [], None, None)
        code = self.compile(_with_joins(tree), "<template>")
        return Template.from_code(self, code, self.make_globals(None))

    def call(self, context: Context, call: Any, *args: Any, **kwargs: Any) -> Any:
        context[_STEPS].take()
        of = getattr(call, "__self__", None)
        _check((of, *args, *kwargs.values()) if isinstance(of, str | list) else args)
        return _bounded(super().call(context, call, *args, **kwargs))

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        if operator == "+":
            return _bounded(super().call_binop(context, operator, left, right))
        if operator == "%" and isinstance(left, str):
            raise SecurityError("write ~ instead of %")
        number = isinstance(left, int) and isinstance(right, int)
        if operator == "*" and not number:
            size = max(_size(left), 1) * max(_size(right), 1)
            times = left if isinstance(left, int) else right if isinstance(right, int) else 1
            if size * abs(times) > LARGEST:
                raise SecurityError(f"larger than {LARGEST}")
        if number:
            bits = left.bit_length() * abs(right) if operator == "**" else left.bit_length()
            if operator != "%" and bits + right.bit_length() > LONGEST_NUMBER:
                raise SecurityError(f"a number of more than {LONGEST_NUMBER} bits")
        return super().call_binop(context, operator, left, right)


def _with_joins(node: nodes.Template) -> nodes.Template:
    """`a ~ b` by a filter that is bounded."""
    stack: list[nodes.Node] = [node]
    while stack:
        parent = stack.pop()
        for name, value in parent.iter_fields():
            if isinstance(value, nodes.Concat):
                setattr(parent, name, _join(value))
            elif isinstance(value, list):
                value[:] = [_join(v) if isinstance(v, nodes.Concat) else v for v in value]
        stack.extend(parent.iter_child_nodes())
    return node


def _join(concat: nodes.Concat) -> nodes.Filter:
    items = nodes.List(concat.nodes, lineno=concat.lineno)
    return nodes.Filter(items, "_joined", [], [], None, None, lineno=concat.lineno)


def rendered(template: Template, **names: Any) -> str:
    """Raises TemplateError, also for what would be too large or take too long."""
    parts: list[str] = []
    size = 0
    for part in template.generate(**names, **{_STEPS: Steps()}):
        size += len(part)
        if size > LARGEST:
            raise SecurityError(f"larger than {LARGEST}")
        parts.append(part)
    return "".join(parts)
