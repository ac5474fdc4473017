"""What AG-UI 1.0 promises: https://docs.ag-ui.com/spec/1.0.

The official client takes a stream that breaks off for a whole one; this contract does not.
"""

from collections.abc import Mapping

from tokentape.contract.contract import Contract, Kind, Outcome, RequestTemplate
from tokentape.contract.life import Channel, Life
from tokentape.contract.order import Order

_ATTRIBUTED = {"subagentRunId": "string?"}


def _kind(
    name: str,
    fields: Mapping[str, str] | None = None,
    pieces: Mapping[str, str] | None = None,
    end: Outcome | None = None,
    code: str | None = None,
) -> Kind:
    return Kind(name=name, fields=fields or {}, pieces=pieces or {}, end=end, code=code)


def _span(start: str, goes_on: str, end: str, result: str | None = None) -> Order:
    """Opened, gone on with, closed; and opened again once it is closed."""
    closed = {start: "open"} if result is None else {start: "open", result: "closed"}
    open_ = {end: "closed"} if goes_on == "" else {goes_on: "open", end: "closed"}
    return {"opened": {start: "open"}, "open": open_, "closed": closed}


def _chunks(kind: str) -> Order:
    return {"opened": {kind: "open"}, "open": {kind: "open"}}


_MESSAGE = {"messageId": "string", **_ATTRIBUTED}
_CALL = {"toolCallId": "string", **_ATTRIBUTED}

CONTRACT = Contract(
    dialect="ag-ui",
    transport="sse",
    start=RequestTemplate(
        method="POST",
        path="/ag-ui",
        headers={"Accept": "text/event-stream"},
        body={
            "threadId": "$conversation",
            "runId": "$uuid",
            "protocolVersion": "1.0",
            "state": {},
            "messages": [{"id": "$uuid", "role": "user", "content": "$message"}],
            "tools": [],
            "context": [],
            "forwardedProps": {
                "model": "$model",
                "maxTokens": "$max_tokens",
                "temperature": "$temperature",
            },
        },
    ),
    # By the run's own id, which our server sends in each SSE `id`: the ids of the protocol are the
    # caller's.
    resume=RequestTemplate(
        method="GET",
        path="/ag-ui/runs/$run",
        headers={"Last-Event-ID": "$run:$seq"},
    ),
    stop=RequestTemplate(method="DELETE", path="/ag-ui/runs/$run"),
    free_path=True,
    names_conversation=True,
    close="follows",
    kind_from="type",
    unknown="passed",
    kinds=(
        _kind(
            "RUN_STARTED",
            {
                "threadId": "string",
                "runId": "string",
                "protocolVersion": "string?",
                "parentRunId": "string?",
            },
        ),
        Kind(
            name="interrupted",
            where={"type": "RUN_FINISHED", "outcome.type": "interrupt"},
            fields={"threadId": "string", "runId": "string", "outcome.interrupts": "filled"},
            end="completed",
        ),
        Kind(
            name="cancelled",
            where={"type": "RUN_FINISHED", "outcome.type": "cancelled"},
            fields={"threadId": "string", "runId": "string"},
            end="stopped",
        ),
        _kind(
            "RUN_FINISHED",
            {
                "threadId": "string",
                "runId": "string",
                "outcome": "object?",
                "outcome.type": "=success/cancelled/interrupt?",
            },
            end="completed",
        ),
        _kind("RUN_ERROR", {"message": "string", "code": "string?"}, end="failed", code="code"),
        _kind(
            "TEXT_MESSAGE_START",
            {**_MESSAGE, "role": "=developer/system/assistant/user?", "name": "string?"},
        ),
        _kind("TEXT_MESSAGE_CONTENT", {**_MESSAGE, "delta": "string"}, {"text": "delta"}),
        _kind("TEXT_MESSAGE_END", _MESSAGE),
        _kind(
            "TEXT_MESSAGE_CHUNK",
            {
                "messageId": "string?",
                "delta": "string?",
                **_ATTRIBUTED,
                "role": "=developer/system/assistant/user?",
            },
            {"chunked text": "delta"},
        ),
        _kind("TOOL_CALL_START", {**_CALL, "toolCallName": "string", "parentMessageId": "string?"}),
        _kind("TOOL_CALL_ARGS", {**_CALL, "delta": "string"}, {"arguments": "delta"}),
        _kind("TOOL_CALL_END", _CALL),
        _kind(
            "TOOL_CALL_CHUNK",
            {"toolCallId": "string?", "toolCallName": "string?", "delta": "string?", **_ATTRIBUTED},
            {"chunked arguments": "delta"},
        ),
        _kind(
            "TOOL_CALL_RESULT", {**_CALL, "messageId": "string", "content": "any", "role": "=tool?"}
        ),
        _kind("REASONING_START", _MESSAGE),
        _kind("REASONING_END", _MESSAGE),
        _kind("REASONING_MESSAGE_START", {**_MESSAGE, "role": "=reasoning?"}),
        _kind("REASONING_MESSAGE_CONTENT", {**_MESSAGE, "delta": "string"}, {"reasoning": "delta"}),
        _kind("REASONING_MESSAGE_END", _MESSAGE),
        _kind(
            "REASONING_MESSAGE_CHUNK", {"messageId": "string?", "delta": "string?", **_ATTRIBUTED}
        ),
        _kind(
            "REASONING_ENCRYPTED_VALUE",
            {
                "subtype": "=message/tool-call",
                "entityId": "string",
                "encryptedValue": "string",
                **_ATTRIBUTED,
            },
        ),
        _kind("STEP_STARTED", {"stepName": "string", **_ATTRIBUTED}),
        _kind("STEP_FINISHED", {"stepName": "string", **_ATTRIBUTED}),
        _kind("SUBAGENT_STARTED", {"subagentRunId": "string", "name": "string"}),
        _kind("SUBAGENT_FINISHED", {"subagentRunId": "string"}),
        _kind(
            "SUBAGENT_ERROR", {"subagentRunId": "string", "message": "string", "code": "string?"}
        ),
        _kind("STATE_SNAPSHOT", {"snapshot": "any", **_ATTRIBUTED}),
        _kind("STATE_DELTA", {"delta": "array", **_ATTRIBUTED}),
        _kind("MESSAGES_SNAPSHOT", {"messages": "array"}),
        _kind(
            "ACTIVITY_SNAPSHOT",
            {
                "messageId": "string",
                "activityType": "string",
                "content": "object",
                "replace": "boolean?",
                **_ATTRIBUTED,
            },
        ),
        _kind(
            "ACTIVITY_DELTA",
            {"messageId": "string", "activityType": "string", "patch": "array", **_ATTRIBUTED},
        ),
        _kind("RAW", {"event": "any", "source": "string?"}),
        _kind("CUSTOM", {"name": "string", "value": "any"}),
    ),
    order={
        "opened": {"RUN_STARTED": "running", "RUN_ERROR": "failed"},
        "running": {
            "*": "running",
            "RUN_FINISHED": "finished",
            "interrupted": "finished",
            "cancelled": "finished",
            "RUN_ERROR": "failed",
        },
        "finished": {"RUN_STARTED": "running", "RUN_ERROR": "failed"},
        "failed": {"RUN_STARTED": "running"},
    },
    may_stop_in=("finished", "failed"),
    restarts_on=("RUN_STARTED",),
    closed_before=("RUN_FINISHED", "interrupted", "cancelled"),
    run=None,
    conversation="threadId",
    steady=("threadId", "runId"),
    must_echo={"runId": "runId", "threadId": "threadId"},
    lives=(
        Life(
            name="message",
            key=("messageId",),
            may_stop_in=("closed",),
            constant=("subagentRunId",),
            order=_span("TEXT_MESSAGE_START", "TEXT_MESSAGE_CONTENT", "TEXT_MESSAGE_END"),
        ),
        Life(
            name="tool call",
            key=("toolCallId",),
            may_stop_in=("closed",),
            constant=("toolCallName",),
            order=_span("TOOL_CALL_START", "TOOL_CALL_ARGS", "TOOL_CALL_END", "TOOL_CALL_RESULT"),
        ),
        Life(
            name="reasoning span",
            key=("messageId",),
            may_stop_in=("closed",),
            order=_span("REASONING_START", "", "REASONING_END"),
        ),
        Life(
            name="reasoning",
            key=("messageId",),
            may_stop_in=("closed",),
            order=_span(
                "REASONING_MESSAGE_START", "REASONING_MESSAGE_CONTENT", "REASONING_MESSAGE_END"
            ),
        ),
        Life(
            name="step",
            key=("subagentRunId?", "stepName"),
            may_stop_in=("closed",),
            order=_span("STEP_STARTED", "", "STEP_FINISHED"),
        ),
        Life(
            name="subagent",
            key=("subagentRunId",),
            order={
                "opened": {"SUBAGENT_STARTED": "open"},
                "open": {"SUBAGENT_FINISHED": "closed", "SUBAGENT_ERROR": "closed"},
                "closed": {},
            },
        ),
        Life(
            name="chunked message",
            key=("messageId",),
            sticky=True,
            may_stop_in=("open",),
            order=_chunks("TEXT_MESSAGE_CHUNK"),
        ),
        Life(
            name="chunked reasoning",
            key=("messageId",),
            sticky=True,
            may_stop_in=("open",),
            order=_chunks("REASONING_MESSAGE_CHUNK"),
        ),
        Life(
            name="chunked tool call",
            key=("toolCallId",),
            sticky=True,
            may_stop_in=("open",),
            constant=("toolCallName",),
            order=_chunks("TOOL_CALL_CHUNK"),
        ),
    ),
    channels=(
        Channel(name="text", of="message", answer=True),
        Channel(name="chunked text", of="chunked message", answer=True),
        Channel(
            name="arguments",
            of="tool call",
            json="any",
            excused_by={"outcome.type": ("cancelled",)},
        ),
        Channel(
            name="chunked arguments",
            of="chunked tool call",
            json="any",
            excused_by={"outcome.type": ("cancelled",)},
        ),
        Channel(name="reasoning", of="reasoning"),
    ),
)
"""A run may be followed by another; none begins before the one before it is over."""
