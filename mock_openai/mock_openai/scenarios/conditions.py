"""The conditions under which a scenario answers: `when`. Pure."""

from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from mock_openai.request.parsed_request import ParsedRequest
from mock_openai.request.request_digest import RequestDigests
from mock_openai.scenarios.patterns import Pattern


@dataclass(frozen=True, slots=True)
class When:
    """Conditions that must all hold; None: no condition. `model` is a shell pattern.

    `request_digest` is of all that the model is told, without the fields that `redacted` names;
    with it, `nth` counts the requests of that digest.
    """

    model: str | None = None
    last_user: Pattern | None = None
    system: Pattern | None = None
    turn: int | None = None
    tool: str | None = None
    tool_result: Pattern | None = None
    has_tool_result: bool | None = None
    tool_rounds: int | None = None
    headers: tuple[tuple[str, Pattern], ...] = ()
    conversation: Pattern | None = None
    first: int | None = None
    nth: int | None = None
    every: int | None = None
    request_digest: str | None = None
    redacted: tuple[str, ...] = ()
    never: bool = False
    """Only by name: the scenario is chosen by directive, header or suffix alone."""

    def misses(self, request: ParsedRequest, digests: RequestDigests) -> list[str]:
        """The conditions that do not hold; empty: the scenario answers."""
        wrong: list[str] = []
        if self.request_digest is not None and digests.digest(self.redacted) != self.request_digest:
            wrong.append("request_digest")
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
        if self.tool is not None and self.tool not in (*request.tools, *request.custom_tools):
            wrong.append("tool")
        if self.has_tool_result is not None and self.has_tool_result != request.has_tool_result:
            wrong.append("has_tool_result")
        if self.tool_result is not None and not (
            request.has_tool_result and self.tool_result.fits(request.tool_result)
        ):
            wrong.append("tool_result")
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


def conversation_of(request: ParsedRequest) -> str:
    """What names the conversation: a header of the mock's, or a field of the provider's."""
    named: Any = request.headers.get("x-mock-conversation") or request.user
    for field in ("conversation", "prompt_cache_key", "safety_identifier", "user"):
        given = request.body.get(field)
        named = named or (given.get("id") if isinstance(given, dict) else given)
    return named if isinstance(named, str) else ""
