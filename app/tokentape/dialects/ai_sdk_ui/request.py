"""What `useChat` sends, checked: the chat's id and its whole history as UI messages. Pure.

https://ai-sdk.dev/docs/ai-sdk-ui/chatbot and its `UIMessage`.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from pydantic import Field

from tokentape.dialects.ai_sdk_ui.ui_messages import UiMessage, model_messages
from tokentape.dialects.fields import Id, Payload, checked, not_blank
from tokentape.dialects.messages import MESSAGES_MAX
from tokentape.errors import CallerFault
from tokentape.settings import Settings


class UiChatBody(Payload):
    """The body of a turn, as `DefaultChatTransport` makes it."""

    messages: list[UiMessage] = Field(min_length=1, max_length=MESSAGES_MAX)
    id: Id | None = None
    trigger: Literal["submit-message", "regenerate-message"] = "submit-message"
    messageId: Id | None = None  # noqa: N815  # the wire's name
    model: Id | None = None


@dataclass(frozen=True, slots=True)
class ChatRequest:
    """A turn: what the chat is called, what is asked, and all of it as the model is sent it."""

    label: str | None
    question: str
    messages: list[dict[str, Any]]
    model: str | None
    replaces_from: int | None
    """The turn replaces what is stored from the user's message of this number on; None: nothing."""


def request_of(body: object, settings: Settings) -> ChatRequest:
    """Raises `CallerFault` BAD_REQUEST naming the field."""
    chat = checked(UiChatBody, body)
    if len(chat.messages) > settings.max_messages:
        count, most = len(chat.messages), settings.max_messages
        raise _fault("messages", f"has {count}, {most} are allowed")
    texts = [_text_of(number, message, settings) for number, message in enumerate(chat.messages)]
    if chat.messages[-1].role != "user":
        raise _fault("messages", "the last message must be the user's")
    # What was edited or is regenerated takes the place of what stood there and after it.
    replaces = chat.trigger == "regenerate-message" or chat.messageId is not None
    asked = sum(message.role == "user" for message in chat.messages)
    return ChatRequest(
        label=chat.id,
        question=texts[-1],
        messages=[one for message in chat.messages for one in model_messages(message)],
        model=chat.model,
        replaces_from=asked - 1 if replaces else None,
    )


def _text_of(number: int, message: UiMessage, settings: Settings) -> str:
    """The text of a message. Raises `CallerFault` naming the part."""
    place, text = f"messages.{number}.parts", ""
    for at, part_text in _texts(place, message):
        text += part_text
        place = at
    if message.role != "assistant":
        _check(place, text)
    if len(text) > settings.max_message_chars:
        most = settings.max_message_chars
        raise _fault(place, f"has {len(text)} characters, {most} are allowed")
    return text


def _texts(place: str, message: UiMessage) -> Iterator[tuple[str, str]]:
    for number, part in enumerate(message.parts):
        at = f"{place}.{number}"
        kind = part.get("type")
        if not isinstance(kind, str):
            raise _fault(f"{at}.type", "must be a string")
        if kind == "text":
            text = part.get("text")
            if not isinstance(text, str):
                raise _fault(f"{at}.text", "must be a string")
            if "\x00" in text:
                raise _fault(f"{at}.text", "must not hold U+0000")
            yield f"{at}.text", text
        elif kind == "file" and message.role != "assistant":
            raise _fault(at, "only text is understood here, no files")


def _check(place: str, text: str) -> None:
    try:
        not_blank(text)
    except ValueError as error:
        raise _fault(place, str(error)) from None


def _fault(field: str, problem: str) -> CallerFault:
    return CallerFault("BAD_REQUEST", f"`{field}`: {problem}", status=422, field=field)
