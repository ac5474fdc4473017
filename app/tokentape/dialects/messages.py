"""The messages that callers bring along as context: OpenAI's list, checked. Pure."""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, WithJsonSchema

from tokentape.dialects.fields import Id, Payload, not_blank
from tokentape.errors import CallerFault
from tokentape.settings import Settings

MESSAGES_MAX = 10_000
"""Of which MAX_MESSAGES is the part that operators choose."""


def _content(value: Any) -> Any:
    """Text, or OpenAI's list of parts that are all text."""
    if isinstance(value, str):
        return not_blank(value)
    if not isinstance(value, list) or not value:
        raise ValueError("must be a string or a list of text parts")
    for part in value:
        if not isinstance(part, dict) or part.get("type") != "text":
            raise ValueError("only parts of type `text` are understood here")
        if not isinstance(part.get("text"), str):
            raise ValueError("a part's `text` must be a string")
    not_blank(text_of(value))
    return value


def text_of(content: Any) -> str:
    """Of a string, or of a list of text parts that was checked."""
    if isinstance(content, str):
        return content
    return "".join(part["text"] for part in content)


TEXT = {"type": "string", "minLength": 1}
PART = {
    "type": "object",
    "required": ["type", "text"],
    "properties": {"type": {"const": "text"}, "text": TEXT},
}
Content = Annotated[
    Any,
    AfterValidator(_content),
    WithJsonSchema({"anyOf": [TEXT, {"type": "array", "minItems": 1, "items": PART}]}),
]


class Spoken(Payload):
    """One message of the context; fields that a client keeps for itself are left out."""

    role: Literal["system", "developer", "user", "assistant"]
    content: Content
    name: Id | None = None


def context_of(messages: Sequence[Spoken]) -> list[dict[str, Any]]:
    """The messages as they are sent upstream."""
    return [message.model_dump(exclude_none=True) for message in messages]


def check_messages(messages: Sequence[Spoken], settings: Settings) -> None:
    """Raises `CallerFault` BAD_REQUEST naming the field."""
    if len(messages) > settings.max_messages:
        raise _fault("messages", f"has {len(messages)}, {settings.max_messages} are allowed")
    for number, message in enumerate(messages):
        length, most = len(text_of(message.content)), settings.max_message_chars
        if length > most:
            raise _fault(
                f"messages.{number}.content", f"has {length} characters, {most} are allowed"
            )
    if messages[-1].role == "assistant":
        raise _fault("messages", "the last message must not be the assistant's")


def _fault(field: str, problem: str) -> CallerFault:
    return CallerFault("BAD_REQUEST", f"`{field}`: {problem}", status=422, field=field)
