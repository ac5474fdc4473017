"""The steps of a scenario: each turns an ask into parts. A new step is one class and one row.

A step is read from `{key: value}`; `read` raises ValueError (or StepError with the place inside
the value) for what it can't use.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import ClassVar, Self

from mock_openai.ask import Ask
from mock_openai.chance import Chance, between
from mock_openai.errors import nearest
from mock_openai.prose import STYLES, write
from mock_openai.scenarios.parts import Part
from mock_openai.templates import Text

MOST_TOKENS = 100_000


@dataclass(frozen=True, slots=True)
class Step(ABC):
    key: ClassVar[str]

    @classmethod
    @abstractmethod
    def read(cls, value: object) -> Self: ...

    @abstractmethod
    def perform(self, ask: Ask, chance: Chance) -> list[Part]: ...


@dataclass(frozen=True, slots=True)
class Say(Step):
    """Says a text, which may be a Jinja template over the ask."""

    key: ClassVar[str] = "say"
    text: Text

    @classmethod
    def read(cls, value: object) -> Self:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise ValueError(f"say takes a text, not {type(value).__name__}")
        return cls(Text.read(str(value)))

    def perform(self, ask: Ask, chance: Chance) -> list[Part]:
        return [Part("content", self.text.render(ask))]


@dataclass(frozen=True, slots=True)
class Echo(Step):
    """Says the last user message again."""

    key: ClassVar[str] = "echo"

    @classmethod
    def read(cls, value: object) -> Self:
        if value not in (None, True, "last_user"):
            raise ValueError("echo takes 'last_user' or nothing")
        return cls()

    def perform(self, ask: Ask, chance: Chance) -> list[Part]:
        return [Part("content", ask.last_user)]


@dataclass(frozen=True, slots=True)
class Generate(Step):
    """Seeded text of a style; without `tokens` from 40 to 120 of them."""

    key: ClassVar[str] = "generate"
    tokens: int | None = None
    style: str = "prose"

    @classmethod
    def read(cls, value: object) -> Self:
        given = {} if value in (None, True) else value
        if not isinstance(given, dict):
            raise ValueError("generate takes {tokens: N, style: NAME}")
        for key in given:
            if key not in ("tokens", "style"):
                hint = nearest(str(key), ("tokens", "style"))
                raise ValueError(f"unknown key '{key}'{hint}")
        count = given.get("tokens")
        if count is not None and (
            isinstance(count, bool) or not isinstance(count, int) or not 0 <= count <= MOST_TOKENS
        ):
            raise ValueError(f"tokens is a whole number from 0 to {MOST_TOKENS}, not {count!r}")
        style = str(given.get("style", "prose"))
        if style not in STYLES:
            raise ValueError(f"unknown style '{style}'{nearest(style, STYLES)}")
        return cls(count, style)

    def perform(self, ask: Ask, chance: Chance) -> list[Part]:
        wanted = self.tokens if self.tokens is not None else between(chance, 40, 120)
        return [Part("content", write(self.style, wanted, chance))]


STEPS: dict[str, type[Step]] = {step.key: step for step in (Say, Echo, Generate)}
