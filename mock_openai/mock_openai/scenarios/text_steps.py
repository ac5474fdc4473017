"""The steps that speak: say, echo, generate, think, refuse."""

from dataclasses import dataclass
from typing import ClassVar, Self

from mock_openai.errors import nearest
from mock_openai.request.parsed_request import ParsedRequest
from mock_openai.scenarios.json_steps import CallTool, Json
from mock_openai.scenarios.parts import Part
from mock_openai.scenarios.step import Step, read_keys, read_line
from mock_openai.scenarios.templates import Text
from mock_openai.text.generators import STYLES, write
from mock_openai.text.random_source import RandomSource, between
from mock_openai.text.work_limit import spend

MOST_TOKENS = 100_000


@dataclass(frozen=True, slots=True)
class Say(Step):
    """Says a text, which may be a Jinja template over the request."""

    key: ClassVar[str] = "say"
    text: Text

    @classmethod
    def read(cls, value: object) -> Self:
        return cls(Text.read(read_line(value, cls.key)))

    def perform(self, request: ParsedRequest, chance: RandomSource) -> list[Part]:
        return [Part("content", self.text.render(request))]


@dataclass(frozen=True, slots=True)
class Echo(Step):
    """Says the last user message again."""

    key: ClassVar[str] = "echo"

    @classmethod
    def read(cls, value: object) -> Self:
        if value not in (None, True, "last_user"):
            raise ValueError("echo takes 'last_user' or nothing")
        return cls()

    def perform(self, request: ParsedRequest, chance: RandomSource) -> list[Part]:
        return [Part("content", request.last_user)]


@dataclass(frozen=True, slots=True)
class Generate(Step):
    """Seeded text of a style; without `tokens` from 40 to 120 of them.

    Where the request wants a tool called or a structured answer, that is generated instead.
    """

    key: ClassVar[str] = "generate"
    tokens: int | None = None
    style: str = "prose"

    @classmethod
    def read(cls, value: object) -> Self:
        usage = "generate takes {tokens: N, style: NAME}"
        given = read_keys({} if value in (None, True) else value, ("tokens", "style"), usage)
        style = str(given.get("style", "prose"))
        if style not in STYLES:
            raise ValueError(f"unknown style '{style}'{nearest(style, STYLES)}")
        return cls(_tokens(given.get("tokens")), style)

    def perform(self, request: ParsedRequest, chance: RandomSource) -> list[Part]:
        if request.must_call is not None:
            return CallTool().perform(request, chance)
        if request.schema is not None:
            return Json().perform(request, chance)
        tokens = self.tokens if self.tokens is not None else between(chance, 40, 120)
        return [Part("content", _written(self.style, tokens, chance))]


@dataclass(frozen=True, slots=True)
class Think(Step):
    """Reasoning text: given, or so many generated tokens of it."""

    key: ClassVar[str] = "think"
    text: Text
    tokens: int | None = None

    @classmethod
    def read(cls, value: object) -> Self:
        if isinstance(value, dict):
            given = read_keys(value, ("tokens",), "")
            return cls(Text(""), _tokens(given.get("tokens")))
        return cls(Text.read(read_line(value, cls.key)))

    def perform(self, request: ParsedRequest, chance: RandomSource) -> list[Part]:
        if self.tokens is not None:
            return [Part("reasoning", _written("prose", self.tokens, chance))]
        return [Part("reasoning", self.text.render(request))]


@dataclass(frozen=True, slots=True)
class RefusalStep(Step):
    """A refusal: the model says no, which is neither an error nor content."""

    key: ClassVar[str] = "refuse"
    text: Text

    @classmethod
    def read(cls, value: object) -> Self:
        if value in (None, True):
            value = "I'm sorry, but I can't help with that."
        return cls(Text.read(read_line(value, cls.key)))

    def perform(self, request: ParsedRequest, chance: RandomSource) -> list[Part]:
        return [Part("refusal", self.text.render(request))]


def _written(style: str, tokens: int, chance: RandomSource) -> str:
    spend(tokens // 2)
    return write(style, tokens, chance)


def _tokens(count: object) -> int | None:
    if count is not None and (
        isinstance(count, bool) or not isinstance(count, int) or not 0 <= count <= MOST_TOKENS
    ):
        raise ValueError(f"tokens is a whole number from 0 to {MOST_TOKENS}, not {count!r}")
    return count
