"""A run as AG-UI's events, one an event of the tape. Pure.

Run and number stand in the SSE `id` alone: the protocol's client warns of fields that it does not
know. https://docs.ag-ui.com/spec/1.0
"""

from typing import Any

import orjson

from tokentape.dialects.part_frames import part_frames
from tokentape.runs.events import (
    Completed,
    Event,
    Failed,
    PartEnded,
    PartStarted,
    ReasoningEnded,
    ReasoningStarted,
    RunNamed,
    Stopped,
    ToolCallArguments,
    ToolCallEnded,
    ToolCallStarted,
)
from tokentape.runs.tape import Label
from tokentape.viewers.rendering import Encoder

PROTOCOL_VERSION = "1.0"

MESSAGES = {"text": "TEXT_MESSAGE", "reasoning": "REASONING_MESSAGE"}
"""A part's kind → how its events are called."""
ROLES = {"text": "assistant", "reasoning": "reasoning"}


def sse(label: Label) -> Encoder[bytes]:
    """The frames of an event stream."""
    events = Events(label)

    def piece_of(part: PartStarted) -> bytes:
        words = MESSAGES[part.kind].encode(), orjson.dumps(part.part_id)
        return b'{"type":"%b_CONTENT","messageId":%b,"delta":' % words

    return part_frames(label, piece_of, lambda event: orjson.dumps(events.of(event)))


class Events:
    """Every event but pieces of text and reasoning; remembers what the caller calls the run, and
    its tool calls."""

    def __init__(self, label: Label) -> None:
        self._label = label
        self._ids: dict[str, Any] = {}
        self._calls: list[str] = []

    def of(self, event: Event) -> dict[str, Any]:
        """One event's payload."""
        match event:
            case RunNamed(thread, run, parent):
                self._ids = {"threadId": thread, "runId": run}
                version = {"protocolVersion": PROTOCOL_VERSION}
                follows = {} if parent is None else {"parentRunId": parent}
                return {"type": "RUN_STARTED", **self._ids, **version, **follows}
            case ReasoningStarted(part_id):
                return {"type": "REASONING_START", "messageId": part_id}
            case ReasoningEnded(part_id):
                return {"type": "REASONING_END", "messageId": part_id}
            case PartStarted(part_id, kind):
                role = {"role": ROLES[kind]}
                return {"type": f"{MESSAGES[kind]}_START", "messageId": part_id, **role}
            case PartEnded(part_id, kind):
                return {"type": f"{MESSAGES[kind]}_END", "messageId": part_id}
            case ToolCallStarted(call_id, name):
                self._calls.append(call_id)
                # Calls and text are one message, as they are upstream.
                parent_id = {"parentMessageId": self._label.message_id}
                call = {"toolCallId": call_id, "toolCallName": name}
                return {"type": "TOOL_CALL_START", **call, **parent_id}
            case ToolCallArguments(call_id, content):
                return {"type": "TOOL_CALL_ARGS", "toolCallId": call_id, "delta": content}
            case ToolCallEnded(call_id):
                return {"type": "TOOL_CALL_END", "toolCallId": call_id}
            case Completed():
                return self._finished(event)
            case Stopped(_, reason):
                outcome = {"outcome": {"type": "cancelled"}}
                return {
                    "type": "RUN_FINISHED",
                    **self._ids,
                    **outcome,
                    "metadata": {"stopReason": reason},
                }
            case Failed(_, code, message, retry_after_s):
                wait = {} if retry_after_s is None else {"metadata": {"retryAfter": retry_after_s}}
                return {"type": "RUN_ERROR", "message": message, "code": code, **wait}
        raise TypeError(f"ag-ui does not send {type(event).__name__}")

    def _finished(self, end: Completed) -> dict[str, Any]:
        outcome: dict[str, Any] = {"type": "success"}
        if self._calls:
            # Nobody here runs tools: the caller does, and sends the results with its next run.
            outcome["pendingToolCallIds"] = self._calls
        usage = {
            "model": end.model,
            "inputTokens": end.prompt_tokens,
            "outputTokens": end.total_tokens - end.prompt_tokens,
            "totalTokens": end.total_tokens,
        }
        return {
            "type": "RUN_FINISHED",
            **self._ids,
            "outcome": outcome,
            "usage": [usage],
            "metadata": {"finishReason": end.finish_reason},
        }
