"""AG-UI's events, each with what its fields must hold: https://docs.ag-ui.com/spec/1.0."""

from collections.abc import Mapping

from tokentape.contract.contract import Kind, Part
from tokentape.dialects.ag_ui.values import (
    INPUT,
    OUTCOME,
    OWNED,
    SUBAGENT_OUTCOME,
    USAGE,
    content,
    messages,
    patch,
)

_BASIS = {"timestamp": "integer?", "rawEvent": "value?", "metadata": "object?"}
"""What every event may have."""


def _kind(
    name: str,
    fields: Mapping[str, str] | None = None,
    *parts: Part,
    pieces: Mapping[str, str] | None = None,
    text: str | None = None,
) -> Kind:
    given = {**_BASIS, **(fields or {})}
    return Kind(name=name, fields=given, pieces=pieces or {}, text=text, parts=parts)


_MESSAGE = {"messageId": "string", **OWNED}
_CALL = {"toolCallId": "string", **OWNED}
_ROLE = "=developer/system/assistant/user?"
_RUN = {"threadId": "string", "runId": "string"}

_RUNS = (
    _kind(
        "RUN_STARTED",
        {**_RUN, "protocolVersion": "string?", "parentRunId": "string?", "input": "object?"},
        INPUT,
    ),
    Kind(
        name="interrupted",
        where={"type": "RUN_FINISHED", "outcome.type": "interrupt"},
        fields={**_BASIS, **_RUN, "outcome.interrupts": "filled", "usage": "array?"},
        parts=(OUTCOME, USAGE),
        end="completed",
    ),
    Kind(
        name="cancelled",
        where={"type": "RUN_FINISHED", "outcome.type": "cancelled"},
        fields={**_BASIS, **_RUN, "usage": "array?"},
        parts=(OUTCOME, USAGE),
        end="stopped",
    ),
    Kind(
        name="RUN_FINISHED",
        fields={
            **_BASIS,
            **_RUN,
            "outcome": "object?",
            "outcome.type": "=success/cancelled/interrupt?",
            "usage": "array?",
        },
        lists={"outcome.pendingToolCallIds": ("tool call", "closed")},
        parts=(OUTCOME, USAGE),
        end="completed",
    ),
    Kind(
        name="RUN_ERROR",
        fields={**_BASIS, "message": "string", "code": "string?", "usage": "array?"},
        parts=(USAGE,),
        end="failed",
        code="code",
    ),
    _kind("STEP_STARTED", {"stepName": "string", **OWNED}),
    _kind("STEP_FINISHED", {"stepName": "string", **OWNED}),
    Kind(
        name="SUBAGENT_STARTED",
        fields={
            **_BASIS,
            "subagentRunId": "string",
            "name": "string",
            "description": "string?",
            "parentSubagentRunId": "string?",
            "parentToolCallId": "string?",
            "parentMessageId": "string?",
        },
        refers={"parentSubagentRunId": "subagent"},
    ),
    _kind(
        "SUBAGENT_FINISHED",
        {"subagentRunId": "string", "outcome": "object?"},
        SUBAGENT_OUTCOME,
    ),
    _kind("SUBAGENT_ERROR", {"subagentRunId": "string", "message": "string", "code": "string?"}),
)
_MESSAGES = (
    _kind("TEXT_MESSAGE_START", {**_MESSAGE, "role": _ROLE, "name": "string?"}),
    _kind("TEXT_MESSAGE_CONTENT", {**_MESSAGE, "delta": "string"}, pieces={"text": "delta"}),
    _kind("TEXT_MESSAGE_END", _MESSAGE),
    _kind(
        "TEXT_MESSAGE_CHUNK",
        {"messageId": "string?", "delta": "string?", "role": _ROLE, "name": "string?", **OWNED},
        text="delta",
    ),
    _kind("TOOL_CALL_START", {**_CALL, "toolCallName": "string", "parentMessageId": "string?"}),
    _kind("TOOL_CALL_ARGS", {**_CALL, "delta": "string"}, pieces={"arguments": "delta"}),
    _kind("TOOL_CALL_END", _CALL),
    _kind(
        "TOOL_CALL_CHUNK",
        {
            "toolCallId": "string?",
            "toolCallName": "string?",
            "parentMessageId": "string?",
            "delta": "string?",
            **OWNED,
        },
    ),
    _kind(
        "TOOL_CALL_RESULT",
        {**_CALL, "messageId": "string", "content": "string|array", "role": "=tool?"},
        content(),
    ),
    _kind("REASONING_START", _MESSAGE),
    _kind("REASONING_END", _MESSAGE),
    _kind("REASONING_MESSAGE_START", {**_MESSAGE, "role": "=reasoning"}),
    _kind(
        "REASONING_MESSAGE_CONTENT", {**_MESSAGE, "delta": "string"}, pieces={"reasoning": "delta"}
    ),
    _kind("REASONING_MESSAGE_END", _MESSAGE),
    _kind("REASONING_MESSAGE_CHUNK", {"messageId": "string?", "delta": "string?", **OWNED}),
)
_SECRET = {"entityId": "string", "encryptedValue": "string", **OWNED}
_ACTIVITY = {"messageId": "string", "activityType": "string", **OWNED}
_SHOWN = {**_BASIS, **_ACTIVITY, "content": "object", "replace": "boolean?"}
_FREE = (
    Kind(
        name="encrypted-of-call",
        where={"type": "REASONING_ENCRYPTED_VALUE", "subtype": "tool-call"},
        fields={**_BASIS, **_SECRET},
    ),
    _kind("REASONING_ENCRYPTED_VALUE", {**_SECRET, "subtype": "=message/tool-call"}),
    _kind("STATE_SNAPSHOT", {"snapshot": "any", **OWNED}),
    _kind("STATE_DELTA", {"delta": "array", **OWNED}, patch("delta")),
    _kind("MESSAGES_SNAPSHOT", {"messages": "array"}, messages("messages", "snapshot")),
    Kind(
        name="activity-kept",
        where={"type": "ACTIVITY_SNAPSHOT", "replace": False},
        fields=_SHOWN,
    ),
    _kind("ACTIVITY_SNAPSHOT", _SHOWN),
    _kind("ACTIVITY_DELTA", {**_ACTIVITY, "patch": "array"}, patch("patch")),
    _kind("RAW", {"event": "any", "source": "string?", **OWNED}),
    _kind("CUSTOM", {"name": "string", "value": "any", **OWNED}),
)
KINDS = (*_RUNS, *_MESSAGES, *_FREE)
