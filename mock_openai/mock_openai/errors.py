"""What can go wrong, by whose fault it is.

MockError
├── ApiError       the caller's request: answered in the shape of the provider's own errors
│   └── NothingFitsError  no scenario fits: it is for the real server, if there is one
├── ScenarioError  the author's scenario file: names file, line, path and nearest valid key
└── SetupError     how the mock was started
"""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

__all__ = ["ApiError", "MockError", "NothingFitsError", "ScenarioError", "SetupError", "nearest"]


class MockError(Exception):
    """Every error that this package raises on purpose."""


@dataclass(eq=False)
class ApiError(MockError):
    """A request that the provider would refuse, or a directive that the mock can't read."""

    status: int
    message: str
    param: str | None = None
    code: str | None = None
    kind: str = "invalid_request_error"

    def __str__(self) -> str:
        return self.message

    @property
    def detail(self) -> dict[str, Any]:
        """What OpenAI says of it."""
        return {
            "message": self.message,
            "type": self.kind,
            "param": self.param,
            "code": self.code,
        }

    def body(self) -> dict[str, object]:
        """The error object as `POST /v1/chat/completions` of OpenAI sends it."""
        return {"error": self.detail}


class NothingFitsError(ApiError):
    """No scenario fits the request; it is for the real server to answer (`--record-missing`)."""


@dataclass(eq=False)
class ScenarioError(MockError):
    """A scenario file that can't be used; `path` is the dotted place inside it."""

    message: str
    file: str = ""
    line: int = 0
    path: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}: " if self.file else ""
        inside = f"{self.path}: " if self.path else ""
        return f"{place}{inside}{self.message}"


class SetupError(MockError):
    """The mock can't start as it was told to; the message says what to change."""


def nearest(word: str, known: Iterable[str]) -> str:
    """`"; did you mean 'pace'?"`, or the list of what is known when nothing is near."""
    choices = sorted(known)
    close = difflib.get_close_matches(word, choices, n=1, cutoff=0.6)
    if not close and len(word) > 2:
        close = [choice for choice in choices if choice.startswith(word)]
    if close:
        return f"; did you mean '{close[0]}'?"
    return f"; known: {', '.join(choices)}" if choices else ""
