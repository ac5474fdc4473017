"""What a caller of `ag-ui` sends: RunAgentInput, checked. Pure.

What the protocol has and no model is sent (`state`, `resume`, unknown `forwardedProps`) is let be:
a page sends it whatever it talks to, and no run was interrupted here.
https://docs.ag-ui.com/spec/1.0
"""

from typing import Any

from pydantic import Field

from tokentape.dialects.ag_ui.messages import (
    Context,
    Message,
    Tool,
    model_context,
    model_message,
    model_tool,
    text_in,
)
from tokentape.dialects.fields import Id, Payload, checked
from tokentape.dialects.messages import MESSAGES_MAX
from tokentape.errors import CallerFault
from tokentape.settings import Settings

TOOLS_MAX = 1_000


class ForwardedProps(Payload):
    """Of what a page forwards to its agent, what shapes the answer here."""

    model: Id | None = None
    maxTokens: int | None = Field(None, ge=1)  # noqa: N815  # the wire's names, here and below
    temperature: float | None = Field(None, ge=0, le=2)


class RunAgentInput(Payload):
    """The body of a run: its caller's ids, the whole history, tools and context."""

    threadId: Id  # noqa: N815
    runId: Id  # noqa: N815
    messages: list[Message] = Field(min_length=1, max_length=MESSAGES_MAX)
    protocolVersion: str | None = Field(None, pattern=r"^\d{1,6}\.\d{1,6}$")  # noqa: N815
    parentRunId: Id | None = None  # noqa: N815
    tools: list[Tool] | None = Field(None, max_length=TOOLS_MAX)
    context: list[Context] | None = Field(None, max_length=TOOLS_MAX)
    forwardedProps: ForwardedProps | None = None  # noqa: N815
    resume: list[Any] | None = Field(None, max_length=TOOLS_MAX)

    @property
    def question(self) -> str:
        """The text of the last message that the model is sent, of those that are no answers."""
        texts = [
            text
            for message in self.messages
            if message.role != "assistant" and (text := text_in(message)) is not None
        ]
        return texts[-1]

    @property
    def model_messages(self) -> list[dict[str, Any]]:
        """All that the model is to know, in OpenAI's words."""
        found = [model_message(message) for message in self.messages]
        return [*model_context(self.context or []), *(one for one in found if one is not None)]

    @property
    def passed_on(self) -> dict[str, Any]:
        """Further fields of the request to the model."""
        return {"tools": [model_tool(tool) for tool in self.tools]} if self.tools else {}


def input_of(body: object, settings: Settings) -> RunAgentInput:
    """Raises `CallerFault` BAD_REQUEST naming the field."""
    run = checked(RunAgentInput, body)
    if run.protocolVersion is not None and not run.protocolVersion.startswith("1."):
        raise _fault("protocolVersion", f"{run.protocolVersion} is not spoken here, 1.0 is")
    if len(run.messages) > settings.max_messages:
        count, most = len(run.messages), settings.max_messages
        raise _fault("messages", f"has {count}, {most} are allowed")
    last = asked = None
    for number, message in enumerate(run.messages):
        text = text_in(message)
        if text is None:
            continue
        if len(text) > settings.max_message_chars:
            most = settings.max_message_chars
            field = f"messages.{number}.content"
            raise _fault(field, f"has {len(text)} characters, {most} are allowed")
        last = message
        asked = asked if message.role == "assistant" else message
    # Who goes on with an interrupted run says nothing new.
    if asked is None or (last is not asked and not run.resume):
        raise _fault("messages", "the last message must be the user's, or a tool's")
    limit = run.forwardedProps.maxTokens if run.forwardedProps else None
    if (limit or 0) > settings.max_tokens_limit:
        raise _fault("forwardedProps.maxTokens", f"at most {settings.max_tokens_limit}")
    return run


def _fault(field: str, problem: str) -> CallerFault:
    return CallerFault("BAD_REQUEST", f"`{field}`: {problem}", status=422, field=field)
