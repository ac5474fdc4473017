"""`ag-ui` on the wire, event by event, and held against its own contract."""

from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.harness.chance import examples
from tokentape.contract.contract import Outcome
from tokentape.contract.timeline import see
from tokentape.contract.verdict import Expectation, judge
from tokentape.dialects.ag_ui import wire
from tokentape.dialects.ag_ui.contract import CONTRACT
from tokentape.runs.events import (
    Completed,
    Entry,
    Event,
    Failed,
    Finished,
    Reasoning,
    RunNamed,
    Stopped,
    Terminal,
    Text,
    ToolCallArguments,
    ToolCallStarted,
)
from tokentape.runs.parts import Parts, Piece
from tokentape.runs.tape import Label

LABEL = Label("r-1", "ag-ui", "c", None, "m-1", "gpt-4")
NAMED = RunNamed('my "thread"', "my run")
IDS = {"threadId": 'my "thread"', "runId": "my run"}
STARTED = {"type": "RUN_STARTED", **IDS, "protocolVersion": "1.0"}
COMPLETED = Completed("m-1", "stop", 7, "gpt-4", 4)
USAGE = {"model": "gpt-4", "inputTokens": 4, "outputTokens": 3, "totalTokens": 7}
FINISHED = {
    "type": "RUN_FINISHED",
    **IDS,
    "outcome": {"type": "success"},
    "usage": [USAGE],
    "metadata": {"finishReason": "stop"},
}


def payloads(events: list[Event]) -> list[Any]:
    """What each event is; each is one frame, numbered like its event."""
    encode = wire.sse(LABEL)
    found = []
    for seq, event in enumerate(events):
        frame, head = encode(Entry(seq, 0, event)).decode(), f"id: r-1:{seq}\ndata: "
        assert frame.startswith(head)
        assert frame.endswith("\n\n")
        found.append(orjson.loads(frame.removeprefix(head)))
    return found


def answer(pieces: list[Piece], terminal: Terminal) -> list[Event]:
    """The tape of a run of these pieces, as `Run` records it."""
    parts = Parts("m-1")
    pieced = parts.events(pieces)
    ends = [] if isinstance(terminal, Failed) else parts.close(whole=terminal == COMPLETED)
    return [NAMED, *pieced, *ends, terminal]


def test_text_is_a_message() -> None:
    assert payloads(answer([Text("Hi"), Text(' "ü"\n')], COMPLETED)) == [
        STARTED,
        {"type": "TEXT_MESSAGE_START", "messageId": "m-1", "role": "assistant"},
        {"type": "TEXT_MESSAGE_CONTENT", "messageId": "m-1", "delta": "Hi"},
        {"type": "TEXT_MESSAGE_CONTENT", "messageId": "m-1", "delta": ' "ü"\n'},
        {"type": "TEXT_MESSAGE_END", "messageId": "m-1"},
        FINISHED,
    ]


def test_reasoning_is_a_message_in_a_span() -> None:
    pieces: list[Piece] = [Reasoning("h"), Reasoning("m")]
    assert payloads(answer(pieces, COMPLETED))[1:-1] == [
        {"type": "REASONING_START", "messageId": "m-1-0"},
        {"type": "REASONING_MESSAGE_START", "messageId": "m-1-0", "role": "reasoning"},
        {"type": "REASONING_MESSAGE_CONTENT", "messageId": "m-1-0", "delta": "h"},
        {"type": "REASONING_MESSAGE_CONTENT", "messageId": "m-1-0", "delta": "m"},
        {"type": "REASONING_MESSAGE_END", "messageId": "m-1-0"},
        {"type": "REASONING_END", "messageId": "m-1-0"},
    ]


def test_calls_are_left_to_the_caller() -> None:
    calls: list[Piece] = [
        ToolCallStarted("a", "f"),
        ToolCallStarted("b", "g"),
        ToolCallArguments("b", "[1]"),
        ToolCallArguments("a", "{}"),
    ]
    start, args, end = "TOOL_CALL_START", "TOOL_CALL_ARGS", "TOOL_CALL_END"
    *events, last = payloads(answer(calls, COMPLETED))
    assert events[1:] == [
        {"type": start, "toolCallId": "a", "toolCallName": "f", "parentMessageId": "m-1"},
        {"type": start, "toolCallId": "b", "toolCallName": "g", "parentMessageId": "m-1"},
        {"type": args, "toolCallId": "b", "delta": "[1]"},
        {"type": args, "toolCallId": "a", "delta": "{}"},
        {"type": end, "toolCallId": "a"},
        {"type": end, "toolCallId": "b"},
    ]
    assert last["outcome"] == {"type": "success", "pendingToolCallIds": ["a", "b"]}


def test_a_stop_is_an_outcome_and_a_failure_an_error_that_ends_all() -> None:
    call: list[Piece] = [ToolCallStarted("a", "f"), ToolCallArguments("a", '{"x"')]
    stopped = payloads(answer(call, Stopped("m-1", "requested")))
    assert stopped[-2:] == [
        {"type": "TOOL_CALL_END", "toolCallId": "a"},
        {
            "type": "RUN_FINISHED",
            **IDS,
            "outcome": {"type": "cancelled"},
            "metadata": {"stopReason": "requested"},
        },
    ]
    failed = payloads(answer(call, Failed("m-1", "UPSTREAM_RATE_LIMIT", "Slow down.", 7)))
    assert failed[-2]["type"] == "TOOL_CALL_ARGS"
    assert failed[-1] == {
        "type": "RUN_ERROR",
        "message": "Slow down.",
        "code": "UPSTREAM_RATE_LIMIT",
        "metadata": {"retryAfter": 7},
    }


def test_the_callers_other_run_is_repeated() -> None:
    (started,) = payloads([RunNamed("t", "r", "before")])
    assert started["parentRunId"] == "before"


def test_what_no_ag_ui_has_is_refused() -> None:
    with pytest.raises(TypeError, match="ag-ui does not send Finished"):
        payloads([Finished("stop")])


PIECES = st.sampled_from([Text("t"), Reasoning("r"), ToolCallStarted("", "f")])
ENDS: dict[Outcome, Terminal] = {
    "completed": COMPLETED,
    "stopped": Stopped("m-1", "requested"),
    "failed": Failed("m-1", "UPSTREAM_TRUNCATED", "Cut."),
}


def with_calls(pieces: list[Piece], *, whole: bool) -> list[Piece]:
    """Each call with an id of its own, and arguments after the next piece."""
    found: list[Piece] = []
    open_calls: list[str] = []
    for piece in pieces:
        if not isinstance(piece, ToolCallStarted):
            found.append(piece)
        else:
            open_calls.append(f"c{len(found)}")
            found.append(ToolCallStarted(open_calls[-1], "f"))
        found += [ToolCallArguments(one, "[") for one in open_calls[:1]]
        if whole:
            found += [ToolCallArguments(one, "]") for one in open_calls[:1]]
            open_calls = open_calls[1:]
    return found


@examples(60)
@given(st.lists(PIECES, max_size=8), st.sampled_from(list(ENDS)))
def test_whatever_is_said_is_lawful(pieces: list[Piece], outcome: Outcome) -> None:
    whole = with_calls(pieces, whole=outcome == "completed")
    timeline = [
        see(CONTRACT, "", payload, at_ns=seq, event_id=f"r-1:{seq}")
        for seq, payload in enumerate(payloads(answer(whole, ENDS[outcome])))
    ]
    text = "".join(piece.content for piece in whole if isinstance(piece, Text))
    asked = {"threadId": 'my "thread"', "runId": "my run"}
    expected = Expectation(text=text, outcome=outcome, request=asked)
    verdict = judge(CONTRACT, timeline, 0, expected)
    assert (verdict.violations, verdict.outcome) == ((), outcome)
