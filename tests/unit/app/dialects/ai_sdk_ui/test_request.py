"""What `useChat` sends, checked."""

from typing import Any

import pytest

from tokentape.dialects.ai_sdk_ui.request import ChatRequest, request_of
from tokentape.errors import CallerFault
from tokentape.settings import Settings

SETTINGS = Settings(max_messages=4, max_message_chars=10)


def message(role: str, *texts: str) -> dict[str, Any]:
    return {"id": role, "role": role, "parts": [{"type": "text", "text": one} for one in texts]}


def read(*messages: dict[str, Any], **more: Any) -> ChatRequest:
    return request_of({"id": "chat", "messages": list(messages), **more}, SETTINGS)


def test_question_is_the_last_message_and_its_context_all_of_them() -> None:
    chat = read(message("user", "a"), message("assistant", "b"), message("user", "c", "d"))
    assert (chat.label, chat.question, chat.model) == ("chat", "cd", None)
    assert [one["content"] for one in chat.messages] == ["a", "b", "cd"]
    assert chat.replaces_from is None


@pytest.mark.parametrize(
    "more",
    [
        {"trigger": "regenerate-message"},
        {"trigger": "regenerate-message", "messageId": "m"},
        {"trigger": "submit-message", "messageId": "edited"},
    ],
)
def test_what_is_regenerated_or_edited_replaces_what_stood_there(more: dict[str, Any]) -> None:
    messages = message("system", "s"), message("user", "a"), message("assistant", "b")
    assert read(*messages, message("user", "c"), **more).replaces_from == 1
    assert read(message("user", "c"), **more).replaces_from == 0


@pytest.mark.parametrize(
    ("field", "body"),
    [
        ("messages", {"id": "chat"}),
        ("messages", {"messages": []}),
        ("messages", {"messages": [message("assistant", "a")]}),
        ("messages", {"messages": [message("user", "a")] * 5}),
        ("messages.0.role", {"messages": [message("tool", "a")]}),
        ("messages.0.parts", {"messages": [{"role": "user"}]}),
        ("messages.0.parts", {"messages": [message("user")]}),
        ("messages.0.parts.1.text", {"messages": [message("user", " ", "\n")]}),
        ("messages.0.parts.1.text", {"messages": [message("user", "12345", "678901")]}),
        ("messages.0.parts.0.text", {"messages": [message("assistant", "\x00")]}),
        ("messages.0.parts.0.text", {"messages": [{"role": "user", "parts": [{"type": "text"}]}]}),
        ("messages.0.parts.0.type", {"messages": [{"role": "user", "parts": [{"text": "a"}]}]}),
        ("messages.0.parts.0", {"messages": [{"role": "user", "parts": [{"type": "file"}]}]}),
        ("id", {"id": 7, "messages": [message("user", "a")]}),
        ("id", {"id": "", "messages": [message("user", "a")]}),
        ("trigger", {"trigger": "resume-stream", "messages": [message("user", "a")]}),
    ],
)
def test_what_is_wrong_is_refused_by_name(field: str, body: dict[str, Any]) -> None:
    with pytest.raises(CallerFault) as refused:
        request_of(body, SETTINGS)
    assert (refused.value.code, refused.value.status) == ("BAD_REQUEST", 422)
    assert f"`{field}`" in refused.value.message
