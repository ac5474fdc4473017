"""Which scenario answers: the first, in file order, whose `when` fits the request. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from mock_openai.request.parsed_request import ParsedRequest
from mock_openai.scenarios.patterns import Pattern

if TYPE_CHECKING:
    from mock_openai.scenarios.scenario import Scenario


@dataclass(frozen=True, slots=True)
class When:
    """Conditions that must all hold; None: no condition. `model` is a shell pattern."""

    model: str | None = None
    last_user: Pattern | None = None
    system: Pattern | None = None
    turn: int | None = None
    tool: str | None = None
    has_tool_result: bool | None = None
    tool_rounds: int | None = None
    headers: tuple[tuple[str, Pattern], ...] = ()
    conversation: Pattern | None = None
    first: int | None = None
    nth: int | None = None
    every: int | None = None
    never: bool = False
    """Only by name: the scenario is chosen by directive, header or suffix alone."""

    def misses(self, request: ParsedRequest) -> list[str]:
        """The conditions that do not hold; empty: the scenario answers."""
        wrong: list[str] = []
        if self.never:
            wrong.append("by_name_only")
        if self.model is not None and not fnmatchcase(request.model, self.model):
            wrong.append("model")
        if self.last_user is not None and not self.last_user.fits(request.last_user):
            wrong.append("last_user")
        if self.system is not None and not self.system.fits(request.system):
            wrong.append("system")
        if self.turn is not None and self.turn != request.turn:
            wrong.append("turn")
        if self.tool is not None and self.tool not in request.tools:
            wrong.append("tool")
        if self.has_tool_result is not None and self.has_tool_result != request.has_tool_result:
            wrong.append("has_tool_result")
        if self.tool_rounds is not None and self.tool_rounds != request.tool_rounds:
            wrong.append("tool_rounds")
        wrong.extend(
            f"headers.{name}"
            for name, pattern in self.headers
            if name not in request.headers or not pattern.fits(request.headers[name])
        )
        if self.conversation is not None and not self.conversation.fits(conversation_of(request)):
            wrong.append("conversation")
        return wrong

    @property
    def counts(self) -> bool:
        """Whether it matters how often the other conditions have held."""
        return (self.first, self.nth, self.every) != (None, None, None)

    @property
    def unsettled(self) -> bool:
        """Whether the same body may be answered otherwise another time."""
        return self.counts or bool(self.headers) or self.conversation is not None

    def counted(self, number: int) -> list[str]:
        """The conditions that do not hold for the request of this number, from 1."""
        return [
            name
            for name, holds in (
                ("first", self.first is None or number <= self.first),
                ("nth", self.nth is None or number == self.nth),
                ("every", self.every is None or number % self.every == 0),
            )
            if not holds
        ]


Number = Callable[["Scenario", str], int]
"""From a scenario and a conversation to the number of this request among those that fit."""


def conversation_of(request: ParsedRequest) -> str:
    """What names the conversation: a header of the mock's, or a field of OpenAI's."""
    named = request.headers.get("x-mock-conversation")
    for field in ("conversation", "prompt_cache_key", "safety_identifier", "user"):
        given = request.body.get(field)
        named = named or (given.get("id") if isinstance(given, dict) else given)
    return named if isinstance(named, str) else ""


@dataclass(frozen=True, slots=True)
class Match:
    """The scenario that answers, and why; or none, with the near misses."""

    scenario: Scenario | None
    why: str


def first_match(
    scenarios: Iterable[Scenario],
    request: ParsedRequest,
    number: Number = lambda _scenario, _key: 1,
) -> Match:
    """`number` counts the requests that fit, for those that answer by it."""
    near: list[tuple[int, str]] = []
    for scenario in scenarios:
        wrong = scenario.when.misses(request)
        if not wrong and scenario.when.counts:
            wrong = scenario.when.counted(number(scenario, conversation_of(request)))
        if not wrong:
            return Match(scenario, f"first match: {scenario.name}{_near_text(near, 'not')}")
        if not scenario.when.never:
            near.append((len(wrong), f"{scenario.name} (not {', '.join(wrong)})"))
    return Match(None, f"no scenario fits{_near_text(near, 'nearest')}")


def _near_text(near: Sequence[tuple[int, str]], word: str) -> str:
    """Those that came nearest, with what they lack."""
    nearest = [text for _, text in sorted(near, key=lambda pair: pair[0])[:3]]
    return f"; {word}: {'; '.join(nearest)}" if nearest else ""
