"""What every step has: a key, how it is read from YAML, and how it turns a request into parts."""

from abc import ABC, abstractmethod
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, ClassVar, Self

from mock_openai.errors import nearest
from mock_openai.request.parsed_request import ParsedRequest
from mock_openai.scenarios.parts import Part
from mock_openai.text.random_source import RandomSource


@dataclass(frozen=True, slots=True)
class Step(ABC):
    """A step is read from `{key: value}`; `read` raises ValueError for what it can't use."""

    key: ClassVar[str]

    @classmethod
    @abstractmethod
    def read(cls, value: object) -> Self:
        """From the YAML value. Raises ValueError, which says what is wrong."""

    @abstractmethod
    def perform(self, request: ParsedRequest, chance: RandomSource) -> list[Part]:
        """The parts that it says. Raises ApiError where the request does not allow it."""


def read_keys(value: object, known: Collection[str], usage: str) -> dict[str, Any]:
    """A mapping with none but the known keys."""
    if not isinstance(value, dict):
        raise ValueError(usage)
    for key in value:
        if key not in known:
            raise ValueError(f"unknown key '{key}'{nearest(str(key), known)}")
    return value


def read_line(value: object, step: str) -> str:
    """A text, or a number as text. Raises ValueError, which names the step."""
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise ValueError(f"{step} takes a text, not {type(value).__name__}")
    return str(value)
