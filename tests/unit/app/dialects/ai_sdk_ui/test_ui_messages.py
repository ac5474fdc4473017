"""UI messages: what a model is sent of them, and what is shown of a stored one."""

from datetime import UTC, datetime
from typing import Any

import pytest

from tokentape.dialects.ai_sdk_ui.ui_messages import UiMessage, model_messages, ui_message
from tokentape.store.conversations import Message

STEP = {"type": "step-start"}
FILE = {"type": "file", "url": "data:,", "mediaType": "image/png"}


def text(said: str) -> dict[str, Any]:
    return {"type": "text", "text": said, "state": "done"}


def call(state: str, name: str = "weather", **more: Any) -> dict[str, Any]:
    given = {"type": f"tool-{name}", "toolCallId": "c-1", "state": state, "input": {"city": "Oslo"}}
    return given | more


def sent(role: Any, *parts: dict[str, Any]) -> list[dict[str, Any]]:
    return model_messages(UiMessage(role=role, parts=list(parts)))


@pytest.mark.parametrize("role", ["system", "user", "assistant"])
def test_text_parts_are_one_text(role: str) -> None:
    assert sent(role, text("Hel"), text("lo")) == [{"role": role, "content": "Hello"}]


def test_what_says_nothing_to_a_model_is_left_out() -> None:
    thought = {"type": "reasoning", "text": "hm"}
    source = {"type": "source-url", "sourceId": "s", "url": "https://example.org"}
    assert sent("assistant", STEP, thought, source, FILE) == []
    assert sent("assistant") == []


def test_call_goes_with_its_output_and_what_was_said_after_it() -> None:
    done = call("output-available", output={"degrees": -3})
    assert sent("assistant", STEP, text("Let me see."), done, STEP, text("Cold.")) == [
        {
            "role": "assistant",
            "content": "Let me see.",
            "tool_calls": [
                {
                    "id": "c-1",
                    "type": "function",
                    "function": {"name": "weather", "arguments": '{"city": "Oslo"}'},
                }
            ],
        },
        {"role": "tool", "tool_call_id": "c-1", "content": '{"degrees": -3}'},
        {"role": "assistant", "content": "Cold."},
    ]


@pytest.mark.parametrize(
    ("part", "content"),
    [
        (call("output-available", output="cold"), "cold"),
        (call("output-error", errorText="no network"), "no network"),
        (call("output-denied"), "The call was denied."),
        (call("output-available", type="dynamic-tool", toolName="weather", output=1), "1"),
    ],
)
def test_outcome_of_a_call_is_text_for_the_model(part: dict[str, Any], content: str) -> None:
    said, came = sent("assistant", part)
    assert said["tool_calls"][0]["function"]["name"] == "weather"
    assert came == {"role": "tool", "tool_call_id": "c-1", "content": content}


@pytest.mark.parametrize(
    "part",
    [
        call("input-streaming"),
        call("input-available"),
        call("output-available", toolCallId=7),
        call("output-available", type="dynamic-tool"),
        call("output-available", type="data-weather"),
    ],
)
def test_call_without_an_outcome_is_left_out(part: dict[str, Any]) -> None:
    assert sent("assistant", text("Hi"), part) == [{"role": "assistant", "content": "Hi"}]


def test_a_stored_answer_has_the_parts_that_its_stream_had() -> None:
    call: dict[str, Any] = {
        "kind": "call",
        "id": "c",
        "name": "f",
        "arguments": '{"x": 1}',
        "whole": True,
    }
    parts = [{"kind": "reasoning", "id": "r", "text": "hm"}, call, {**call, "whole": False}]
    now = datetime.now(UTC)
    shown = ui_message(Message("m", "assistant", "", "stopped", now, "r", parts=parts))
    named = {"type": "tool-f", "toolCallId": "c"}
    broken = {"rawInput": '{"x": 1}', "errorText": "The call is not whole."}
    assert shown["parts"] == [
        {"type": "reasoning", "text": "hm", "state": "done"},
        {**named, "state": "input-available", "input": {"x": 1}},
        {**named, "state": "output-error", **broken},
    ]
    plain = ui_message(Message("m", "assistant", "Hi", "complete", now, "r"))
    assert plain["parts"] == [{"type": "text", "text": "Hi", "state": "done"}]


@pytest.mark.parametrize(
    "arguments", ["NaN", "1e999", '"\\ud800"', "[" * 600 + "]" * 600, "9" * 5_000]
)
def test_stored_arguments_that_no_client_reads_are_an_error_as_in_the_stream(
    arguments: str,
) -> None:
    call = {"kind": "call", "id": "c", "name": "f", "arguments": arguments, "whole": True}
    shown = ui_message(Message("m", "assistant", "", "complete", datetime.now(UTC), parts=(call,)))
    assert shown["parts"] == [
        {
            "type": "tool-f",
            "toolCallId": "c",
            "state": "output-error",
            "rawInput": arguments,
            "errorText": "The arguments are no JSON that can be passed on.",
        }
    ]
