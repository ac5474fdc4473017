"""RunAgentInput: what the model is sent of it, and what is refused by name."""

from typing import Any

import pytest

from tokentape.dialects.ag_ui.run_input import input_of
from tokentape.errors import CallerFault
from tokentape.settings import Settings

SETTINGS = Settings(max_messages=9, max_message_chars=20, max_tokens_limit=100)
HELLO = {"id": "u", "role": "user", "content": "Hello"}


def given(*messages: dict[str, Any], **more: Any) -> dict[str, Any]:
    """As the official client sends it."""
    empty: dict[str, Any] = {"state": {}, "tools": [], "context": [], "forwardedProps": {}}
    ids = {"threadId": "t", "runId": "r", "protocolVersion": "1.0"}
    return {**ids, **empty, "messages": list(messages or (HELLO,)), **more}


def test_a_history_with_calls_is_told_in_the_models_words() -> None:
    call = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}
    parts = [{"type": "text", "text": "Hel"}, {"type": "text", "text": "lo"}]
    run = input_of(
        given(
            {"id": "1", "role": "system", "content": "Be brief."},
            {"id": "2", "role": "user", "content": parts, "name": "ann"},
            {"id": "3", "role": "reasoning", "content": "hm"},
            {"id": "4", "role": "assistant", "content": "", "toolCalls": [call]},
            {"id": "5", "role": "tool", "toolCallId": "c", "content": "42"},
            {"id": "6", "role": "activity", "activityType": "plan", "content": {}},
        ),
        SETTINGS,
    )
    assert run.model_messages == [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": parts, "name": "ann"},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "c", "content": "42"},
    ]
    assert run.question == "42"


def test_an_answer_that_says_nothing_is_none() -> None:
    run = input_of(given({"id": "a", "role": "assistant", "content": ""}, HELLO), SETTINGS)
    assert run.model_messages == [{"role": "user", "content": "Hello"}]


def test_tools_and_context_reach_the_model() -> None:
    schema = {"type": "object", "properties": {"x": {"type": "number"}}}
    tools = [
        {"name": "f", "description": "F.", "parameters": schema, "metadata": {}},
        {"name": "g", "description": "G."},
    ]
    context = [{"description": "Time zone", "value": "UTC"}, {"description": "Page", "value": "/"}]
    run = input_of(given(tools=tools, context=context), SETTINGS)
    named = [{"name": "f", "description": "F.", "parameters": schema}]
    named.append({**named[0], "name": "g", "description": "G."})
    named[1]["parameters"] = {"type": "object", "properties": {}}
    assert run.passed_on == {"tools": [{"type": "function", "function": one} for one in named]}
    assert run.model_messages[0] == {"role": "system", "content": "Time zone: UTC\nPage: /"}
    assert input_of(given(), SETTINGS).passed_on == {}


def test_what_a_page_forwards_may_choose_the_model() -> None:
    props = {"model": "gpt-5", "maxTokens": 7, "temperature": 0.5, "own": {"x": 1}}
    run = input_of(given(forwardedProps=props), SETTINGS)
    assert run.forwardedProps is not None
    chosen = run.forwardedProps
    assert (chosen.model, chosen.maxTokens, chosen.temperature) == ("gpt-5", 7, 0.5)


@pytest.mark.parametrize(
    ("more", "question"),
    [
        ({"state": {"a": [1, None]}}, "Hello"),
        ({"state": None}, "Hello"),
        ({"state": "text", "resume": []}, "Hello"),
        ({"resume": [{"interruptId": "i", "status": "resolved", "payload": {"ok": 1}}]}, "Hello"),
        ({"resume": [{"interruptId": "i", "status": "cancelled"}, "odd", None]}, "Hello"),
        (
            {
                "resume": [{"interruptId": "i", "status": "resolved"}],
                "messages": [HELLO, {"id": "a", "role": "assistant", "content": "May I?"}],
            },
            "Hello",
        ),
    ],
)
def test_state_and_resumptions_are_taken(more: dict[str, Any], question: str) -> None:
    assert input_of(given(**more), SETTINGS).question == question


REFUSED: dict[str, tuple[dict[str, Any], str]] = {
    "no thread": ({"threadId": None}, "threadId"),
    "no run": ({"runId": ""}, "runId"),
    "no message": ({"messages": []}, "messages"),
    "another version": ({"protocolVersion": "2.0"}, "protocolVersion"),
    "no version": ({"protocolVersion": "new"}, "protocolVersion"),
    "too many": ({"messages": [HELLO] * 10}, "messages"),
    "too long": ({"messages": [{**HELLO, "content": "x" * 21}]}, "messages.0.content"),
    "a long result": (
        {
            "messages": [
                HELLO,
                {"id": "t", "role": "tool", "toolCallId": "c", "content": "x" * 21},
            ]
        },
        "messages.1.content",
    ),
    "an image": (
        {"messages": [{**HELLO, "content": [{"type": "binary", "mimeType": "image/png"}]}]},
        "messages.0.content",
    ),
    "an unknown role": ({"messages": [{**HELLO, "role": "robot"}]}, "messages.0"),
    "U+0000": ({"messages": [{"role": "assistant", "content": "\x00"}, HELLO]}, "messages.0"),
    "answers alone, and a resumption": (
        {"resume": [{}], "messages": [{"role": "assistant", "content": "Hi"}]},
        "messages",
    ),
    "the answer last": ({"messages": [HELLO, {"role": "assistant", "content": "Hi"}]}, "messages"),
    "nothing said": ({"messages": [{"role": "reasoning", "content": "hm"}]}, "messages"),
    "a tool without a name": ({"tools": [{"description": "F."}]}, "tools.0.name"),
    "too many tokens": ({"forwardedProps": {"maxTokens": 101}}, "forwardedProps.maxTokens"),
}


@pytest.mark.parametrize(("more", "field"), REFUSED.values(), ids=REFUSED)
def test_what_can_not_be_run_is_refused_by_name(more: dict[str, Any], field: str) -> None:
    with pytest.raises(CallerFault) as refused:
        input_of(given(**more), SETTINGS)
    assert (refused.value.code, refused.value.status) == ("BAD_REQUEST", 422)
    assert f"`{field}" in refused.value.message
