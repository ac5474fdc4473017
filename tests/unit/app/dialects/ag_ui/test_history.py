"""Stored messages as AG-UI's."""

from datetime import UTC, datetime
from typing import Any

from tokentape.dialects.ag_ui.history import result_parts, stored_messages
from tokentape.dialects.ag_ui.run_input import input_of
from tokentape.runs.answer_parts import answer_parts
from tokentape.runs.events import Reasoning, Text, ToolCallArguments, ToolCallStarted
from tokentape.runs.parts import Parts
from tokentape.settings import Settings
from tokentape.store.conversations import Message

NOW = datetime.now(UTC)
CALL = {"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}}


def stored(**more: Any) -> list[dict[str, Any]]:
    return list(stored_messages(Message("m", "assistant", "Hello", "complete", NOW, "r", **more)))


def test_an_answer_of_text_is_one_message() -> None:
    assert stored() == [{"id": "m", "role": "assistant", "content": "Hello"}]


def test_an_answer_is_what_the_client_made_of_its_stream() -> None:
    parts = Parts("m")
    events = parts.events(
        [
            Reasoning("hm"),
            Text("Hel"),
            ToolCallStarted("c", "f"),
            ToolCallArguments("c", "{}"),
            Reasoning("so"),
            Text("lo"),
        ]
    )
    assert stored(parts=answer_parts(events, whole=True)) == [
        {"id": "m-0", "role": "reasoning", "content": "hm"},
        {"id": "m", "role": "assistant", "content": "Hel", "toolCalls": [CALL]},
        {"id": "m-2", "role": "reasoning", "content": "so"},
        {"id": "m-3", "role": "assistant", "content": "lo"},
    ]


def test_a_call_that_is_not_whole_is_left_out() -> None:
    events = Parts("m").events([Reasoning("hm"), ToolCallStarted("c", "f")])
    assert [one["role"] for one in stored(parts=answer_parts(events, whole=False))] == ["reasoning"]


def test_results_of_tools_stand_as_such() -> None:
    def result(number: int) -> dict[str, Any]:
        return {"role": "tool", "toolCallId": f"c{number}", "content": f"result {number}"}

    hello = {"role": "user", "content": "Hello"}
    history = [hello, result(0), {"role": "assistant", "toolCalls": [CALL]}, result(1), result(2)]
    given = {"threadId": "t", "runId": "r", "messages": history}
    parts = result_parts(input_of(given, Settings()).messages)
    question = Message("q", "user", "result 2", "complete", NOW, parts=parts)
    assert list(stored_messages(question)) == [
        {"id": "q-0", **result(1)},
        {"id": "q-1", **result(2)},
    ]
    given["messages"] = [*history, hello]
    assert result_parts(input_of(given, Settings()).messages) == []
