"""Texts of scenario files: plain, or Jinja over the request in a sandbox, without chance."""

from dataclasses import dataclass
from typing import Self

from jinja2 import Template, TemplateError
from jinja2.meta import find_undeclared_variables

from mock_openai.errors import ApiError, nearest
from mock_openai.request.parsed_request import ParsedRequest
from mock_openai.scenarios.template_sandbox import Sandbox, rendered
from mock_openai.text.work_limit import TooMuchWorkError, spend

_SANDBOX = Sandbox()
LONGEST = 100_000  # characters: Jinja takes a second for as many
NAMES = ("request", "model", "last_user", "system", "turn", "tools", "has_tool_result",
         "tool_rounds", "tool_result", "images")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Text:
    """`template` is None where the text has nothing to fill in."""

    source: str
    template: Template | None = None

    @classmethod
    def read(cls, source: str) -> Self:
        """Raises ValueError for what is no template."""
        if "{{" not in source and "{%" not in source and "{#" not in source:
            return cls(source)
        if len(source) > LONGEST:
            raise ValueError(f"a template has at most {LONGEST:,} characters, not {len(source):,}")
        spend(len(source))
        try:
            template = _SANDBOX.template(source)
            for name in sorted(find_undeclared_variables(_SANDBOX.parse(source))):
                if name not in NAMES and name not in _SANDBOX.globals:
                    raise ValueError(f"a template has no '{name}'{nearest(name, NAMES)}")
            return cls(source, template)
        except (TemplateError, RecursionError, SyntaxError) as error:
            raise ValueError(f"not a Jinja template: {error}") from error

    def render(self, request: ParsedRequest) -> str:
        """Raises ApiError where the template fails, or takes too much."""
        if self.template is None:
            return self.source
        try:
            return rendered(
                self.template,
                request=request.body,
                model=request.model,
                last_user=request.last_user,
                system=request.system,
                turn=request.turn,
                tools=request.tools,
                has_tool_result=request.has_tool_result,
                tool_rounds=request.tool_rounds,
                tool_result=request.tool_result,
                images=request.images,
            )
        except TooMuchWorkError:
            raise
        except (
            TemplateError, ArithmeticError, AttributeError, LookupError, NameError, RecursionError,
            TypeError, ValueError,
        ) as error:  # fmt: skip
            raise ApiError(
                400, f"its template does not fit this request: {error}", request.text_param,
                "mock_template",
            ) from error  # fmt: skip
