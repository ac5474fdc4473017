"""`ai-sdk-ui` on the wire, chunk by chunk, and held against its own contract."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.harness.chance import examples
from tokentape.contract.contract import Outcome
from tokentape.contract.timeline import see
from tokentape.contract.verdict import Expectation, judge
from tokentape.dialects.ai_sdk_ui import wire
from tokentape.dialects.ai_sdk_ui.contract import CONTRACT
from tokentape.runs.events import (
    Completed,
    Entry,
    Event,
    Failed,
    Reasoning,
    Stopped,
    Terminal,
    Text,
    ToolCallArguments,
    ToolCallStarted,
    UserMessageStored,
)
from tokentape.runs.parts import Parts, Piece
from tokentape.runs.tape import Label
from tokentape.store.conversations import Begun, Conversation

LABEL = Label("r-1", "ai-sdk-ui", "c", None, "m-1", 'gpt-"4"')
BEGUN = Begun(Conversation("ai-sdk-ui", "c", None), True, "r-1", "u", "Hello", "m-1")
COMPLETED = Completed("m-1", "stop", 7, "gpt-4", 4)
START = {
    "type": "start",
    "messageId": "m-1",
    "messageMetadata": {"runId": "r-1", "model": 'gpt-"4"'},
}


def frames(*events: Event) -> list[str]:
    encode = wire.sse(LABEL)
    return [encode(Entry(seq, 0, event)).decode() for seq, event in enumerate(events)]


def chunks(*events: Event) -> list[Any]:
    """The chunks of an answer; each is one frame, numbered like its event."""
    found = []
    for seq, frame in enumerate(frames(*events)):
        head = f"id: r-1:{seq}\ndata: "
        assert frame.startswith(head)
        assert frame.endswith("\n\n")
        data = frame.removeprefix(head)[:-2]
        found.append(data if data == "[DONE]" else orjson.loads(data))
    return found


def answer(pieces: list[Piece], terminal: Terminal) -> list[Event]:
    """The tape of a run that said this, as `Run` records it."""
    parts = Parts("m-1", wraps_reasoning=False)
    said = parts.events(pieces)
    ends = [] if isinstance(terminal, Failed) else parts.close(whole=terminal == COMPLETED)
    return [*wire.opening(BEGUN), *said, *ends, *wire.closing(terminal), terminal]


def test_text_is_a_part_of_a_step_and_the_answer_is_closed_by_done() -> None:
    assert chunks(*answer([Text("Hi"), Text(' "ü"\n')], COMPLETED)) == [
        START,
        {"type": "start-step"},
        {"type": "text-start", "id": "m-1"},
        {"type": "text-delta", "id": "m-1", "delta": "Hi"},
        {"type": "text-delta", "id": "m-1", "delta": ' "ü"\n'},
        {"type": "text-end", "id": "m-1"},
        {"type": "finish-step"},
        {
            "type": "message-metadata",
            "messageMetadata": {"usage": {"inputTokens": 4, "outputTokens": 3, "totalTokens": 7}},
        },
        {"type": "finish", "finishReason": "stop"},
        "[DONE]",
    ]


@pytest.mark.parametrize(
    ("theirs", "ours"),
    [
        ("stop", "stop"),
        ("length", "length"),
        ("content_filter", "content-filter"),
        ("tool_calls", "tool-calls"),
        ("function_call", "tool-calls"),
        ("eos", "other"),
    ],
)
def test_finish_reason_is_one_of_the_sdks_words(theirs: str, ours: str) -> None:
    completed = Completed("m-1", theirs, 1, "gpt-4")
    assert chunks(*wire.closing(completed))[-1] == {"type": "finish", "finishReason": ours}


def test_reasoning_and_text_are_parts_of_their_own() -> None:
    told = chunks(*answer([Reasoning("hm"), Text("a"), Reasoning("so"), Text("b")], COMPLETED))
    assert [one["type"] for one in told[2:-4]] == [
        *("reasoning-start", "reasoning-delta", "reasoning-end"),
        *("text-start", "text-delta", "text-end"),
    ] * 2
    assert told[3] == {"type": "reasoning-delta", "id": told[2]["id"], "delta": "hm"}
    ids = [one["id"] for one in told if one != "[DONE]" and one["type"].endswith("-start")]
    assert len(ids) == len(set(ids)) == 4


def test_tool_call_is_available_with_the_value_of_its_arguments() -> None:
    pieces: list[Piece] = [
        ToolCallStarted("c-1", "weather"),
        ToolCallArguments("c-1", '{"city":'),
        ToolCallArguments("c-1", '"Oslo"}'),
    ]
    assert chunks(*answer(pieces, COMPLETED))[2:-4] == [
        {"type": "tool-input-start", "toolCallId": "c-1", "toolName": "weather"},
        {"type": "tool-input-delta", "toolCallId": "c-1", "inputTextDelta": '{"city":'},
        {"type": "tool-input-delta", "toolCallId": "c-1", "inputTextDelta": '"Oslo"}'},
        {
            "type": "tool-input-available",
            "toolCallId": "c-1",
            "toolName": "weather",
            "input": {"city": "Oslo"},
        },
    ]


@pytest.mark.parametrize("arguments", ["NaN", '"\\ud800"', "[" * 600 + "]" * 600])
def test_arguments_that_python_reads_and_no_client_are_an_error(arguments: str) -> None:
    pieces: list[Piece] = [ToolCallStarted("c-1", "f"), ToolCallArguments("c-1", arguments)]
    [*_, call, _, _, _, end] = chunks(*answer(pieces, COMPLETED))
    assert (call["type"], call["input"], end) == ("tool-input-error", arguments, "[DONE]")
    assert call["errorText"] == "The arguments are no JSON that can be passed on."


def test_arguments_with_a_long_number_are_what_javascript_reads() -> None:
    pieces: list[Piece] = [ToolCallStarted("c-1", "f"), ToolCallArguments("c-1", "9" * 30)]
    [*_, call, _, _, _, _] = chunks(*answer(pieces, COMPLETED))
    assert (call["type"], call["input"]) == ("tool-input-available", 1e30)


def test_tool_call_that_is_stopped_is_an_error_with_what_came_of_it() -> None:
    pieces: list[Piece] = [ToolCallStarted("c-1", "weather"), ToolCallArguments("c-1", '{"ci')]
    told = chunks(*answer(pieces, Stopped("m-1", "requested")))
    assert told[-3:] == [
        {
            "type": "tool-input-error",
            "toolCallId": "c-1",
            "toolName": "weather",
            "input": '{"ci',
            "errorText": "The answer was stopped.",
        },
        {"type": "abort", "reason": "requested"},
        "[DONE]",
    ]


def test_failed_answer_is_an_error_with_its_code_and_never_finishes() -> None:
    failed = Failed("m-1", "UPSTREAM_RATE_LIMIT", "busy", 7)
    told = chunks(*answer([Text("a")], failed))
    assert [one["type"] for one in told[:-2]] == ["start", "start-step", "text-start", "text-delta"]
    error = {"type": "error", "errorText": "busy", "code": "UPSTREAM_RATE_LIMIT", "retryAfter": 7}
    assert told[-2:] == [error, "[DONE]"]


def test_resumed_fold_spells_every_frame_as_the_first_one_did() -> None:
    tape = answer([Text("a"), Reasoning("b"), Text("c")], COMPLETED)
    assert frames(*tape) == frames(*tape)


def test_event_of_another_dialect_is_refused() -> None:
    with pytest.raises(TypeError, match="UserMessageStored"):
        wire.Chunks(LABEL).of(UserMessageStored("u", "Hello"))


CALL = st.sampled_from([("c-1", "{}"), ("c-2", '{"a": [1, "ü"]}'), ("c-3", "[]")])
PIECE = st.one_of(
    st.builds(Text, st.text(min_size=1)), st.builds(Reasoning, st.text(min_size=1)), CALL
)
ENDS: list[tuple[Terminal, Outcome]] = [
    (COMPLETED, "completed"),
    (Stopped("m-1", "abandoned"), "stopped"),
    (Failed("m-1", "UPSTREAM_LOST", "gone"), "failed"),
]


def pieces_of(drawn: list[Any]) -> list[Piece]:
    """Each call once, its arguments in two pieces."""
    found: list[Piece] = []
    called = set()
    for one in drawn:
        if not isinstance(one, tuple):
            found.append(one)
        elif one[0] not in called:
            called.add(one[0])
            found.append(ToolCallStarted(one[0], "tool"))
            found += [ToolCallArguments(one[0], one[1][:1]), ToolCallArguments(one[0], one[1][1:])]
    return found


@pytest.mark.parametrize(("terminal", "outcome"), ENDS)
@given(drawn=st.lists(PIECE, max_size=8))
@examples(60)
def test_whatever_a_run_says_is_right_by_the_contract(
    terminal: Terminal, outcome: Outcome, drawn: list[Any]
) -> None:
    pieces = pieces_of(drawn)
    told = chunks(*answer(pieces, terminal))
    timeline = [
        see(CONTRACT, "", chunk, at_ns=seq, event_id=f"r-1:{seq}") for seq, chunk in enumerate(told)
    ]
    text = "".join(one.content for one in pieces if isinstance(one, Text))
    verdict = judge(CONTRACT, timeline, 0, Expectation(text=text, outcome=outcome))
    assert verdict.violations == ()
