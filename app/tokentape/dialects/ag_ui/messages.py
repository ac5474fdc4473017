"""AG-UI's messages and tools, checked, and the same in OpenAI's words. Pure."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, Field

from tokentape.dialects.fields import Id, Payload, clean
from tokentape.dialects.messages import Content, text_of

Clean = Annotated[str, AfterValidator(clean)]


class InputMessage(Payload):
    """What people or the application say; of parts, text alone is understood here."""

    role: Literal["developer", "system", "user"]
    content: Content
    name: Id | None = None


class Function(Payload):
    """What was called, and its arguments as JSON in a text."""

    name: Id
    arguments: Clean


class ToolCall(Payload):
    """A call in the history."""

    id: Id
    function: Function


class AssistantMessage(Payload):
    """What the model has answered, and called."""

    role: Literal["assistant"]
    content: Clean | None = None
    toolCalls: list[ToolCall] | None = None  # noqa: N815  # the wire's names, here and below
    name: Id | None = None


class ToolMessage(Payload):
    """What came of a call."""

    role: Literal["tool"]
    toolCallId: Id  # noqa: N815
    content: Content


class DisplayMessage(Payload):
    """What is shown and not sent to a model."""

    role: Literal["reasoning", "activity"]


Message = Annotated[
    InputMessage | AssistantMessage | ToolMessage | DisplayMessage, Field(discriminator="role")
]


class Tool(Payload):
    """A tool that the caller runs; `parameters` is a JSON Schema."""

    name: Id
    description: Clean
    parameters: dict[str, Any] | None = None


class Context(Payload):
    """Something that the application knows, and the model is to know."""

    description: Clean
    value: Clean


def text_in(message: Message) -> str | None:
    """The text that a model is sent of a message; None for what it is not sent."""
    match message:
        case InputMessage() | ToolMessage():
            return text_of(message.content)
        case AssistantMessage():
            return message.content if message.content or message.toolCalls else None
    return None


def model_message(message: Message) -> dict[str, Any] | None:
    """The message as the model is sent it, None where it is not."""
    match message:
        case InputMessage():
            return message.model_dump(exclude_none=True)
        case ToolMessage(toolCallId=call_id, content=content):
            return {"role": "tool", "tool_call_id": call_id, "content": content}
        case AssistantMessage(content=content, toolCalls=calls) if content or calls:
            answered: dict[str, Any] = {"role": "assistant", "content": content or None}
            if calls:
                answered["tool_calls"] = [
                    {"id": call.id, "type": "function", "function": call.function.model_dump()}
                    for call in calls
                ]
            return answered
    return None


def model_context(known: list[Context]) -> list[dict[str, Any]]:
    """What the application knows, as a message before all others."""
    if not known:
        return []
    lines = [f"{one.description}: {one.value}" for one in known]
    return [{"role": "system", "content": "\n".join(lines)}]


def model_tool(tool: Tool) -> dict[str, Any]:
    """The tool as the model is sent it."""
    parameters = tool.parameters or {"type": "object", "properties": {}}
    described = {"name": tool.name, "description": tool.description}
    return {"type": "function", "function": {**described, "parameters": parameters}}
