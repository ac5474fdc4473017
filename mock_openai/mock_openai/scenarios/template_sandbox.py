"""The sandbox that scenario templates run in: no way out, no chance, and a bound on work and size.

Jinja's own sandbox keeps a template from objects it must not touch; it bounds neither loops nor
texts. Here all that a template does goes by its budget.
Why no other engine: docs/decisions/0016-templates-in-our-sandbox.md.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property, wraps
from typing import Any

from jinja2 import StrictUndefined, Template, nodes, pass_context
from jinja2.exceptions import SecurityError
from jinja2.lexer import Lexer, Token
from jinja2.runtime import Context
from jinja2.sandbox import ImmutableSandboxedEnvironment

from mock_openai.scenarios.template_budget import (
    BUDGET,
    LARGEST,
    MACHINERY,
    checked_argument,
    checked_value,
    rendering,
    weight,
)
from mock_openai.text.work_limit import spend

# What Python's own texts don't know it leaves as it is, with a warning.
_UNKNOWN_ESCAPE = re.compile(r"(\\(?:[\\'\"abfnrtvxuUN\n]|[0-3]?[0-7]{1,2}))|\\", re.DOTALL)
LONGEST_NUMBER = 4_000  # bits
_WRAPPED = 16  # what wrapping a character takes, beside making one
WIDEST = 20  # of tojson(indent=…)
_LONG = 32  # characters of plain text that are worth weighing each time
_WIDTH = re.compile(r"[%{][^%{}a-zA-Z]*(\d{4,}|\*)|\{[^{}]*\{")
# Two are for HTML and take quadratic time; `random` and lipsum draw from the global random module.
_REMOVED = ("random", "striptags", "urlize")
_METHODS = frozenset(
    (
        "capitalize", "casefold", "center", "count", "endswith", "find", "format", "index",
        "isalnum", "isalpha", "isascii", "isdecimal", "isdigit", "islower", "isnumeric", "isspace",
        "istitle", "isupper", "join", "ljust", "lower", "lstrip", "partition", "removeprefix",
        "removesuffix", "replace", "rfind", "rindex", "rjust", "rpartition", "rsplit", "rstrip",
        "split", "splitlines", "startswith", "strip", "swapcase", "title", "upper", "zfill",
    )
)  # fmt: skip


def _repeating(*values: object) -> None:
    """For what may repeat one of them for each piece of another."""
    product = 1
    for value in values:
        if isinstance(value, str) and _WIDTH.search(value):
            raise SecurityError("a width of four digits or more, or one inside another")
        if not isinstance(value, int | float):
            product *= weight(value)
        if product > 100 * LARGEST:
            raise SecurityError(f"larger than {LARGEST}")


def _wrapping(text: object, *rest: object) -> None:
    """Goes through a text character by character."""
    BUDGET.get().work(_WRAPPED * len(str(text)))
    _repeating(text, *rest)


def _joining(items: object, between: object = "", *_: object) -> None:
    count = len(items) if isinstance(items, list | tuple | Mapping | str | range) else 1
    if count * weight(between) > LARGEST:
        raise SecurityError(f"larger than {LARGEST}")


def _indenting(text: object, width: object = 4, *_: object) -> None:
    by = width if isinstance(width, int) else weight(width)
    if (str(text).count("\n") + 1) * by > LARGEST:
        raise SecurityError(f"larger than {LARGEST}")


def _summing(*values: object) -> None:
    if len(values) > 1 and not isinstance(values[-1], int | float | str):
        raise SecurityError("sum starts with a number")


_GUARDS: dict[str, Callable[..., None]] = {
    "format": _repeating, "replace": _repeating, "wordwrap": _wrapping, "join": _joining,
    "indent": _indenting, "sum": _summing,
}  # fmt: skip


def _bounded(name: str, call: Callable[..., Any]) -> Callable[..., Any]:
    guard = _GUARDS.get(name)

    @wraps(call)
    def bounded(*args: Any, **kwargs: Any) -> Any:
        args = tuple(map(checked_argument, args))
        kwargs = {key: checked_argument(value) for key, value in kwargs.items()}
        if guard is not None:
            values = (*args, *kwargs.values())
            guard(*(value for value in values if not isinstance(value, MACHINERY)))
        return checked_value(call(*args, **kwargs))

    return bounded


def _tojson(value: object, indent: int | None = None) -> str:
    """As it is: what a model says is no HTML, in which Jinja would hide `<`."""
    if indent is not None and indent > WIDEST:
        raise SecurityError(f"an indent beyond {WIDEST}")
    return json.dumps(value, indent=indent, ensure_ascii=False, sort_keys=True)


@pass_context  # with a context, nothing is computed before its time
def _counted(_context: Context, items: Iterable[Any]) -> Iterator[Any]:
    step = BUDGET.get().step
    for item in items:
        step()
        yield item


@pass_context
def _joined(_context: Context, items: Iterable[Any]) -> str:
    texts = [str(item) for item in items]
    if sum(map(len, texts)) > LARGEST:
        raise SecurityError(f"larger than {LARGEST}")
    return str(checked_value("".join(texts)))


@pass_context
def _carried(_context: Context, value: Any) -> Any:
    return checked_value(value)


class _Lexer(Lexer):
    """Jinja's own, for texts with a backslash too many."""

    def wrap(
        self,
        stream: Iterable[tuple[int, str, str]],
        name: str | None = None,
        filename: str | None = None,
    ) -> Iterator[Token]:
        plain = (
            (line, kind, _UNKNOWN_ESCAPE.sub(_escaped, text) if kind == "string" else text)
            for line, kind, text in stream
        )
        return super().wrap(plain, name, filename)


def _escaped(match: re.Match[str]) -> str:
    return match[1] or r"\\"


class Sandbox(ImmutableSandboxedEnvironment):
    """Jinja's own, and with a budget for what a template may take."""

    intercepted_binops = frozenset(["*", "**", "+", "%"])

    def __init__(self) -> None:
        super().__init__(
            undefined=StrictUndefined,
            keep_trailing_newline=True,
            autoescape=False,
            finalize=_carried,
        )
        del self.globals["lipsum"]
        kept = {**self.filters, "tojson": _tojson}
        self.filters = {n: _bounded(n, call) for n, call in kept.items() if n not in _REMOVED}
        tests: Mapping[str, Any] = self.tests
        self.tests = {name: _bounded(name, test) for name, test in tests.items()}
        self.filters.update(_counted=_counted, _joined=_joined, _carried=_carried)

    @cached_property
    def lexer(self) -> Lexer:
        """Of its own: Jinja's warns."""
        return _Lexer(self)

    def template(self, source: str) -> Template:
        """Raises TemplateError."""
        with rendering():
            tree = self.parse(source)
            for loop in tree.find_all(nodes.For):
                loop.iter = _filtered(loop.iter, "_counted")
            code = self.compile(_watched(tree), "<template>")
            return Template.from_code(self, code, self.make_globals(None))

    def is_safe_attribute(self, obj: Any, attr: str, value: Any) -> bool:
        if isinstance(obj, str | bytes) and attr not in _METHODS:
            return False
        if isinstance(obj, int) and attr == "to_bytes":
            return False
        return super().is_safe_attribute(obj, attr, value)

    def wrap_str_format(self, value: Any) -> Callable[..., str] | None:
        wrapped = super().wrap_str_format(value)
        if wrapped is None:
            return None

        def bounded(*args: Any, **kwargs: Any) -> str:
            _repeating(value.__self__, *args, *kwargs.values())
            return wrapped(*args, **kwargs)

        return bounded

    def getitem(self, obj: Any, argument: Any) -> Any:
        found = super().getitem(obj, argument)
        return checked_value(found) if isinstance(argument, slice) else found

    def call(self, context: Context, call: Any, *args: Any, **kwargs: Any) -> Any:
        BUDGET.get().step()
        args = tuple(map(checked_argument, args))
        kwargs = {key: checked_argument(value) for key, value in kwargs.items()}
        of = getattr(call, "__self__", None)
        if isinstance(of, str):
            _repeating(of, *args, *kwargs.values())
        return checked_value(super().call(context, call, *args, **kwargs))

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:
        if operator == "%" and isinstance(left, str):
            raise SecurityError("write ~ instead of %")
        number = isinstance(left, int) and isinstance(right, int)
        if operator == "*" and not number:
            times = left if isinstance(left, int) else right if isinstance(right, int) else 1
            of = right if isinstance(left, int) else left
            size = len(of) if isinstance(of, str) else weight(of)
            if size * abs(times) > LARGEST:
                raise SecurityError(f"larger than {LARGEST}")
        if number:
            bits = left.bit_length() * abs(right) if operator == "**" else left.bit_length()
            if operator != "%" and bits + right.bit_length() > LONGEST_NUMBER:
                raise SecurityError(f"a number of more than {LONGEST_NUMBER} bits")
        return checked_value(super().call_binop(context, operator, left, right))


def _filtered(value: nodes.Node, name: str) -> nodes.Filter:
    return nodes.Filter(value, name, [], [], None, None, lineno=value.lineno)


def _watched(tree: nodes.Template) -> nodes.Template:
    """With a filter around what is done without a call: `a ~ b`, `a == b`, lists, plain text."""
    stack: list[nodes.Node] = [tree]
    while stack:
        parent = stack.pop()
        for name, value in parent.iter_fields():
            if isinstance(value, nodes.Expr):
                setattr(parent, name, _watch(value))
            elif isinstance(value, list):
                value[:] = [_watch(v) if isinstance(v, nodes.Expr) else v for v in value]
        children = list(parent.iter_child_nodes())
        # What a filter was put around must not be met as the filter's own again.
        stack.extend(_inside(child) for child in children)
    return tree


def _watch(value: nodes.Expr) -> nodes.Expr:
    if isinstance(value, nodes.Concat):
        return _filtered(nodes.List(value.nodes, lineno=value.lineno), "_joined")
    if isinstance(value, nodes.Compare):
        value.expr = _filtered(value.expr, "_carried")
        for operand in value.ops:
            operand.expr = _filtered(operand.expr, "_carried")
        return value
    if isinstance(value, nodes.List | nodes.Dict):
        return _filtered(value, "_carried")
    if isinstance(value, nodes.Tuple) and value.ctx == "load":
        return _filtered(value, "_carried")
    if isinstance(value, nodes.TemplateData) and len(value.data) > _LONG:
        return _filtered(nodes.Const(value.data, lineno=value.lineno), "_carried")
    return value


def _inside(node: nodes.Node) -> nodes.Node:
    if isinstance(node, nodes.Filter) and node.name in ("_joined", "_carried"):
        return node.node or node
    return node


def rendered(template: Template, **names: Any) -> str:
    """Raises TemplateError, also for what would be too large or take too long."""
    parts: list[str] = []
    size = 0
    with rendering():
        for part in template.generate(**names):
            size += len(part)
            if size > LARGEST:
                raise SecurityError(f"larger than {LARGEST}")
            parts.append(part)
        spend(BUDGET.get().spent())  # an answer may have many of them
    text = "".join(parts)
    try:
        text.encode()
    except UnicodeEncodeError as error:
        raise SecurityError("half of a character (a lone surrogate) is no text") from error
    return text
