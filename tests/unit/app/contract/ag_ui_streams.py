"""Streams of AG-UI by their names: those that are allowed, and the others with what is wrong."""

from typing import Any

from tests.unit.app.contract.judging import Event, interleaved

DONE = "[DONE]"


def ag(kind: str, **fields: Any) -> Event:
    return {"type": kind, **fields}


def started(run: str = "r1", thread: str = "t1") -> Event:
    return ag("RUN_STARTED", threadId=thread, runId=run)


def finished(run: str = "r1", thread: str = "t1", **more: Any) -> Event:
    return ag("RUN_FINISHED", threadId=thread, runId=run, **more)


def text(key: str, *deltas: str) -> list[Event]:
    return [
        ag("TEXT_MESSAGE_START", messageId=key, role="assistant"),
        *(ag("TEXT_MESSAGE_CONTENT", messageId=key, delta=delta) for delta in deltas),
        ag("TEXT_MESSAGE_END", messageId=key),
    ]


def call(key: str, *deltas: str, name: str = "look") -> list[Event]:
    return [
        ag("TOOL_CALL_START", toolCallId=key, toolCallName=name),
        *(ag("TOOL_CALL_ARGS", toolCallId=key, delta=delta) for delta in deltas),
        ag("TOOL_CALL_END", toolCallId=key),
    ]


def answered(key: str) -> Event:
    """A snapshot that has the result of a call."""
    result = {"id": f"of {key}", "role": "tool", "toolCallId": key, "content": "4"}
    return ag("MESSAGES_SNAPSHOT", messages=[result])


def activity(key: str, content: Event) -> Event:
    return ag("ACTIVITY_SNAPSHOT", messageId=key, activityType="plan", content=content)


def patched(key: str, *operations: Event) -> Event:
    return ag("ACTIVITY_DELTA", messageId=key, activityType="plan", patch=list(operations))


def interrupts(*ids: str) -> Event:
    listed = [{"id": one, "reason": "ask"} for one in ids]
    return {"type": "interrupt", "interrupts": listed}


ERROR = ag("RUN_ERROR", message="it broke")
LAWFUL: dict[str, list[Any]] = {
    "a text": [started(), *text("m", "Hel", "lo"), finished()],
    "an empty delta": [started(), *text("m", ""), finished()],
    "nothing said": [started(), finished()],
    "interleaved": [
        started(),
        *interleaved(text("a", "1", "2"), text("b", "3"), call("c", "{", "}"), call("d", "[1]")),
        finished(),
    ],
    "opened again": [started(), *text("m", "a"), *text("n", "b"), *text("m", "c"), finished()],
    "an error amid a text": [started(), *text("m", "a")[:2], ERROR],
    "an error at once": [ERROR],
    "a late error": [started(), finished(), ERROR],
    "two runs": [started(), *text("m", "a"), finished(), started("r2"), finished("r2")],
    "a run after an error": [started(), ERROR, started("r2"), finished("r2")],
    "a step of each owner": [
        started(),
        ag("STEP_STARTED", stepName="s"),
        ag("STEP_STARTED", stepName="s", subagentRunId="x"),
        ag("STEP_FINISHED", stepName="s"),
        ag("STEP_FINISHED", stepName="s", subagentRunId="x"),
        finished(),
    ],
    "a span and its message of one id": [
        started(),
        ag("REASONING_START", messageId="m"),
        ag("REASONING_MESSAGE_START", messageId="m", role="reasoning"),
        ag("REASONING_MESSAGE_CONTENT", messageId="m", delta="hm"),
        ag("REASONING_MESSAGE_END", messageId="m"),
        ag("REASONING_END", messageId="m"),
        finished(),
    ],
    "chunks": [
        started(),
        ag("TEXT_MESSAGE_CHUNK", messageId="m", delta="a"),
        ag("TEXT_MESSAGE_CHUNK", delta="b"),
        finished(),
    ],
    "chunks that other events come amid": [
        started(),
        ag("TOOL_CALL_CHUNK", toolCallId="c", toolCallName="look", delta="{"),
        ag("RAW", event=1),
        ag("TOOL_CALL_CHUNK", delta="}"),
        *text("m", "a"),
        ag("TOOL_CALL_CHUNK", toolCallId="c", toolCallName="look", delta=" "),
        finished(),
    ],
    "chunks of two owners at once": [
        started(),
        ag("TEXT_MESSAGE_CHUNK", messageId="m", delta="a"),
        ag("TEXT_MESSAGE_CHUNK", messageId="n", delta="b", subagentRunId="x"),
        ag("TEXT_MESSAGE_CHUNK", delta="c"),
        ag("TEXT_MESSAGE_CHUNK", delta="d", subagentRunId="x"),
        finished(),
    ],
    "a chunk by its call's id, without the owner": [
        started(),
        ag("TOOL_CALL_CHUNK", toolCallId="c", toolCallName="look", delta="{", subagentRunId="x"),
        ag("TOOL_CALL_CHUNK", toolCallId="c", delta="}"),
        finished(),
    ],
    "a chunked call that an error cuts": [
        started(),
        ag("TOOL_CALL_CHUNK", toolCallId="c", toolCallName="look", delta="{"),
        ERROR,
    ],
    "a call that goes on and that an error cuts": [started(), *call("c", "{"), ERROR],
    "a result of the run before": [
        started(),
        *call("c", "{}"),
        finished(),
        started("r2"),
        ag("TOOL_CALL_RESULT", messageId="m", toolCallId="c", content="4"),
        finished("r2"),
    ],
    "a message of its owner, who is not named again": [
        started(),
        ag("TEXT_MESSAGE_START", messageId="m", subagentRunId="x"),
        *text("m", "a")[1:],
        finished(),
    ],
    "a call of its message's owner": [
        started(),
        ag("TEXT_MESSAGE_START", messageId="m", subagentRunId="x"),
        text("m")[-1],
        {**call("c")[0], "parentMessageId": "m"},
        {**call("c", "{}")[1], "subagentRunId": "x"},
        call("c")[-1],
        finished(),
    ],
    "a subagent of a subagent": [
        started(),
        ag("SUBAGENT_STARTED", subagentRunId="x", name="a"),
        ag("SUBAGENT_STARTED", subagentRunId="y", name="b", parentSubagentRunId="x"),
        ag("SUBAGENT_FINISHED", subagentRunId="y"),
        ag("SUBAGENT_FINISHED", subagentRunId="x"),
        finished(),
    ],
    "an unknown event": [started(), ag("FRESH", x=1), finished()],
    "an interrupt": [
        started(),
        finished(outcome={"type": "interrupt", "interrupts": [{"id": "i", "reason": "ask"}]}),
    ],
    "a call that the client is to run": [
        started(),
        *call("c", "{}"),
        *call("d", "{}"),
        ag("TOOL_CALL_RESULT", messageId="m", toolCallId="d", content="4"),
        ag("TOOL_CALL_CHUNK", toolCallId="e", toolCallName="look", delta="{}"),
        finished(outcome={"type": "success", "pendingToolCallIds": ["e", "c"]}),
        started("r2"),
        ag("TOOL_CALL_RESULT", messageId="n", toolCallId="c", content="4"),
        finished("r2", outcome={"type": "success", "pendingToolCallIds": []}),
    ],
    "a call whose result a snapshot has": [
        started(),
        *call("c", "{}"),
        ag(
            "MESSAGES_SNAPSHOT",
            messages=[
                {"id": "m", "role": "tool", "toolCallId": "c", "content": "4"},
                {"id": "n", "role": "tool", "toolCallId": "old", "content": "5"},
            ],
        ),
        finished(outcome={"type": "success", "pendingToolCallIds": []}),
    ],
    "a call whose result a snapshot has while it is open": [
        started(),
        call("c")[0],
        answered("c"),
        *call("c", "{", "}")[1:],
        *call("d", "{}"),
        finished(outcome={"type": "success", "pendingToolCallIds": ["d"]}),
    ],
    "a call that was answered and is told again": [
        started(),
        answered("c"),
        *call("c", "{}"),
        finished(outcome={"type": "success", "pendingToolCallIds": []}),
    ],
    "patches of a state, over runs": [
        started(),
        ag("STATE_DELTA", delta=[{"op": "remove", "path": "/unknown"}]),
        ag("STATE_SNAPSHOT", snapshot={"a": [1]}),
        ag("STATE_DELTA", delta=[{"op": "add", "path": "/a/-", "value": {"b": 2}}]),
        finished(),
        started("r2"),
        ag("STATE_DELTA", delta=[{"op": "replace", "path": "/a/1/b", "value": 3}]),
        ag("STATE_SNAPSHOT", snapshot=None),
        ag("STATE_DELTA", delta=[{"op": "add", "path": "", "value": {}}]),
        finished("r2"),
    ],
    "patches of activities": [
        started(),
        activity("m", {"done": 0}),
        activity("n", {"left": 1}),
        patched("m", {"op": "replace", "path": "/done", "value": 1}),
        patched("n", {"op": "remove", "path": "/left"}),
        patched("o", {"op": "remove", "path": "/nobody-knows"}),
        finished(),
    ],
    "two interrupts": [
        started(),
        finished(outcome=interrupts("i", "j")),
        started("r2"),
        finished("r2", outcome=interrupts("i")),
    ],
    "a result": [
        started(),
        *call("c", "{}"),
        ag("TOOL_CALL_RESULT", messageId="m", toolCallId="c", content="4"),
        finished(),
    ],
}
WRONG: dict[str, tuple[list[Any], list[str]]] = {
    "text before the start": (
        [*text("m", "a"), started(), finished()],
        ["out_of_order", "missing_end"],
    ),
    "content before its start": ([started(), *text("m", "a")[1:], finished()], ["out_of_order"]),
    "content after its end": (
        [started(), *text("m", "a"), text("m", "b")[1], finished()],
        ["out_of_order"],
    ),
    "opened twice": (
        [started(), text("m")[0], *text("m", "a"), finished()],
        ["out_of_order"],
    ),
    "left open": ([started(), *text("m", "a")[:2], finished()], ["left_open"]),
    "a call left open": ([started(), *call("c", "{}")[:2], finished()], ["left_open"]),
    "left open by a cancelled run": (
        [started(), *text("m", "a")[:2], finished(outcome={"type": "cancelled"})],
        ["left_open"],
    ),
    "a lone end of a step": (
        [started(), ag("STEP_FINISHED", stepName="s"), finished()],
        ["out_of_order"],
    ),
    "an end of another's step": (
        [
            started(),
            ag("STEP_STARTED", stepName="s"),
            ag("STEP_FINISHED", stepName="s", subagentRunId="x"),
            finished(),
        ],
        ["out_of_order", "left_open"],
    ),
    "a second end": ([started(), finished(), finished()], ["second_end"]),
    "text after the end": ([started(), finished(), *text("m", "a")], ["event_after_end"]),
    "a run within a run": ([started(), started("r2"), finished("r2")], ["missing_end"]),
    "cut": ([started(), *text("m", "a")], ["missing_end"]),
    "an empty body": ([], ["missing_end"]),
    "a field missing": (
        [started(), ag("TOOL_CALL_START", toolCallId="c"), *call("c")[1:], finished()],
        ["field_wrong"],
    ),
    "a field of another type": (
        [
            started(),
            text("m")[0],
            ag("TEXT_MESSAGE_CONTENT", messageId="m", delta=4),
            ag("TEXT_MESSAGE_END", messageId="m"),
            finished(),
        ],
        ["field_wrong"],
    ),
    "null for an optional": (
        [started(), ag("TEXT_MESSAGE_START", messageId="m", role=None), *text("m")[1:], finished()],
        ["field_wrong"],
    ),
    "a tool's role on a text": (
        [
            started(),
            ag("TEXT_MESSAGE_START", messageId="m", role="tool"),
            *text("m")[1:],
            finished(),
        ],
        ["field_wrong"],
    ),
    "an interrupt without interrupts": (
        [started(), finished(outcome={"type": "interrupt", "interrupts": []})],
        ["field_wrong"],
    ),
    "a first chunk without its id": (
        [started(), ag("TEXT_MESSAGE_CHUNK", delta="a"), finished()],
        ["field_wrong"],
    ),
    "a chunk without its id behind a message": (
        [
            started(),
            ag("TEXT_MESSAGE_CHUNK", messageId="m", delta="a"),
            *text("n", "b"),
            ag("TEXT_MESSAGE_CHUNK", delta="c"),
            finished(),
        ],
        ["field_wrong"],
    ),
    "a first chunk of a call without its name": (
        [started(), ag("TOOL_CALL_CHUNK", toolCallId="c", delta="{}"), finished()],
        ["field_wrong"],
    ),
    "a chunk by another owner than the call's": (
        [
            started(),
            ag("TOOL_CALL_CHUNK", toolCallId="c", toolCallName="look", delta="{"),
            ag("TOOL_CALL_CHUNK", toolCallId="c", delta="}", subagentRunId="x"),
            finished(),
        ],
        ["id_changed"],
    ),
    "an end of a message in chunks": (
        [started(), ag("TEXT_MESSAGE_CHUNK", messageId="m", delta="a"), text("m")[-1], finished()],
        ["out_of_order"],
    ),
    "a chunk of a message that is open": (
        [
            started(),
            text("m")[0],
            ag("TEXT_MESSAGE_CHUNK", messageId="m", delta="a"),
            text("m")[-1],
            finished(),
        ],
        ["out_of_order"],
    ),
    "a chunk of another role": (
        [
            started(),
            ag("TEXT_MESSAGE_CHUNK", messageId="m", delta="a"),
            ag("TEXT_MESSAGE_CHUNK", messageId="m", role="user", delta="b"),
            finished(),
        ],
        ["id_changed"],
    ),
    "a chunk that may be of two": (
        [
            started(),
            ag("TEXT_MESSAGE_CHUNK", messageId="m", delta="a", subagentRunId="x"),
            ag("TEXT_MESSAGE_CHUNK", messageId="n", delta="b", subagentRunId="y"),
            ag("TEXT_MESSAGE_CHUNK", delta="c"),
            finished(),
        ],
        ["field_wrong"],
    ),
    "a message that another goes on with": (
        [
            started(),
            text("m")[0],
            {**text("m", "a")[1], "subagentRunId": "x"},
            text("m")[-1],
            finished(),
        ],
        ["id_changed"],
    ),
    "a call in another's message": (
        [
            started(),
            *text("m"),
            {**call("c")[0], "parentMessageId": "m", "subagentRunId": "x"},
            *call("c", "{}")[1:],
            finished(),
        ],
        ["id_changed"],
    ),
    "a subagent of an unknown one": (
        [
            started(),
            ag("SUBAGENT_STARTED", subagentRunId="y", name="b", parentSubagentRunId="x"),
            ag("SUBAGENT_FINISHED", subagentRunId="y"),
            finished(),
        ],
        ["out_of_order"],
    ),
    "an empty type": ([started(), ag(""), finished()], ["out_of_order"]),
    "no type": ([started(), {"messageId": "m"}, finished()], ["out_of_order"]),
    "a result of a call of nobody": (
        [
            started(),
            ag("TOOL_CALL_RESULT", messageId="m", toolCallId="c", content="4"),
            finished(),
        ],
        ["out_of_order"],
    ),
    "a pending call that nobody made": (
        [started(), finished(outcome={"type": "success", "pendingToolCallIds": ["c"]})],
        ["field_wrong"],
    ),
    "a pending call that was answered": (
        [
            started(),
            *call("c", "{}"),
            ag("TOOL_CALL_RESULT", messageId="m", toolCallId="c", content="4"),
            finished(outcome={"type": "success", "pendingToolCallIds": ["c"]}),
        ],
        ["field_wrong"],
    ),
    "a call that is not among those pending": (
        [
            started(),
            *call("c", "{}"),
            *call("d", "{}"),
            finished(outcome={"type": "success", "pendingToolCallIds": ["c"]}),
        ],
        ["field_wrong"],
    ),
    "a pending call that was answered while it was open": (
        [
            started(),
            call("c")[0],
            answered("c"),
            *call("c", "{}")[1:],
            finished(outcome={"type": "success", "pendingToolCallIds": ["c"]}),
        ],
        ["field_wrong"],
    ),
    "an answered call that is left open": (
        [started(), call("c")[0], answered("c"), finished()],
        ["left_open"],
    ),
    "a pending call whose end is lost": (
        [
            started(),
            *call("c", "{}")[:-1],
            finished(outcome={"type": "success", "pendingToolCallIds": ["c"]}),
        ],
        ["left_open"],
    ),
    "a pending call whose start is lost": (
        [
            started(),
            *call("c", "{}")[1:],
            finished(outcome={"type": "success", "pendingToolCallIds": []}),
        ],
        ["out_of_order"],
    ),
    "a pending call that is begun twice and not over": (
        [
            started(),
            *call("c", "{}"),
            call("c")[0],
            finished(outcome={"type": "success", "pendingToolCallIds": ["c"]}),
        ],
        ["left_open"],
    ),
    "a patch of a state that has no such place": (
        [
            started(),
            ag("STATE_SNAPSHOT", snapshot={"a": 1}),
            finished(),
            started("r2"),
            ag("STATE_DELTA", delta=[{"op": "replace", "path": "/b", "value": 1}]),
            ag("STATE_DELTA", delta=[{"op": "remove", "path": "/b"}]),
            finished("r2"),
        ],
        ["field_wrong"],
    ),
    "a patch of another activity": (
        [
            started(),
            activity("m", {"done": 0}),
            activity("n", {}),
            patched("n", {"op": "replace", "path": "/done", "value": 1}),
            finished(),
        ],
        ["field_wrong"],
    ),
    "two interrupts of one id": (
        [started(), finished(outcome=interrupts("i", "i"))],
        ["out_of_order"],
    ),
    "an operation without its path": (
        [started(), ag("STATE_DELTA", delta=[{"op": "remove"}]), finished()],
        ["field_wrong"],
    ),
    "a message of no role in a snapshot": (
        [started(), ag("MESSAGES_SNAPSHOT", messages=[{"id": "m", "role": "bot"}]), finished()],
        ["field_wrong"],
    ),
    "arguments that are no JSON": (
        [started(), *call("c", "{", '"a"'), finished()],
        ["not_json"],
    ),
    "another run's end": ([started(), finished("r2")], ["id_changed"]),
    "another thread's end": ([started(), finished(thread="t2")], ["id_changed"]),
    "a run's id that an earlier one had": (
        [started(), finished(), started("r2"), finished("r2"), started(), finished()],
        ["field_wrong"],
    ),
    "another thread": (
        [started(), finished(), started("r2", "t2"), finished("r2", "t2")],
        ["id_changed"],
    ),
    "a tool that is called otherwise": (
        [started(), *call("c", "{}"), call("c", name="find")[0], *call("c")[1:], finished()],
        ["id_changed"],
    ),
    "a done mark": ([started(), finished(), DONE], ["event_after_end"]),
}
