"""A run as chunks of the AI SDK's UI message stream, one an event, closed by `[DONE]`. Pure.

Run and number stand in the SSE `id` alone: the SDK's own servers send no further fields.
https://ai-sdk.dev/docs/ai-sdk-ui/stream-protocol
"""

from dataclasses import dataclass, field
from io import StringIO
from typing import Any

import orjson

from tokentape.dialects.ai_sdk_ui.ui_messages import UNREADABLE
from tokentape.dialects.failure_details import retry_after
from tokentape.dialects.part_frames import part_frames
from tokentape.json_depth import read_json
from tokentape.runs.events import (
    Broken,
    Completed,
    Counted,
    Event,
    Failed,
    Finished,
    ModelStep,
    Opened,
    PartEnded,
    PartStarted,
    Stopped,
    Terminal,
    ToolCallArguments,
    ToolCallEnded,
    ToolCallStarted,
)
from tokentape.runs.tape import Label
from tokentape.store.conversations import Begun
from tokentape.viewers.rendering import Encoder

HEADERS = {"X-Vercel-AI-UI-Message-Stream": "v1"}
"""By which proxies and other clients know the stream."""

DONE = b"[DONE]"
STOPPED = "The answer was stopped."
FINISH_REASONS = {
    "stop": "stop",
    "length": "length",
    "content_filter": "content-filter",
    "tool_calls": "tool-calls",
    "function_call": "tool-calls",
}
"""OpenAI's word → the SDK's, which takes no other; whatever is not here is `other`."""


def opening(_begun: Begun) -> tuple[Event, ...]:
    """What stands before the first piece."""
    return Opened(), ModelStep("started")


def closing(terminal: Terminal) -> tuple[Event, ...]:
    """What stands between the last piece and `[DONE]`. Who stops or breaks finishes no step."""
    match terminal:
        case Completed(_, finish_reason, total_tokens, _, prompt_tokens):
            counted = Counted(prompt_tokens, total_tokens)
            return ModelStep("finished"), counted, Finished(finish_reason)
        case Stopped(_, reason):
            return (Finished(reason, stopped=True),)
        case Failed(_, code, message, retry_after_s):
            return (Broken(code, message, retry_after_s),)


def sse(label: Label) -> Encoder[bytes]:
    """The frames of an event stream."""
    chunks = Chunks(label)

    def piece_of(part: PartStarted) -> bytes:
        words = part.kind.encode(), orjson.dumps(part.part_id)
        return b'{"type":"%b-delta","id":%b,"delta":' % words

    def data_of(event: Event) -> bytes:
        return DONE if isinstance(event, Terminal) else orjson.dumps(chunks.of(event))

    return part_frames(label, piece_of, data_of)


class Chunks:
    """Every event but the pieces of text and reasoning, and the end; remembers open calls."""

    def __init__(self, label: Label) -> None:
        self._label = label
        self._calls: dict[str, OpenCall] = {}

    def of(self, event: Event) -> dict[str, Any]:
        """The chunk of an event."""
        match event:
            case Opened():
                metadata = {"runId": self._label.run_id, "model": self._label.model}
                message_id = self._label.message_id
                return {"type": "start", "messageId": message_id, "messageMetadata": metadata}
            case ModelStep(status):
                return {"type": "start-step" if status == "started" else "finish-step"}
            case PartStarted(part_id, kind):
                return {"type": f"{kind}-start", "id": part_id}
            case PartEnded(part_id, kind):
                return {"type": f"{kind}-end", "id": part_id}
            case ToolCallStarted() | ToolCallArguments() | ToolCallEnded():
                return self._call(event)
            case Counted(prompt_tokens, total_tokens):
                usage = {
                    "inputTokens": prompt_tokens,
                    "outputTokens": total_tokens - prompt_tokens,
                    "totalTokens": total_tokens,
                }
                return {"type": "message-metadata", "messageMetadata": {"usage": usage}}
            case Finished(reason, stopped=True):
                return {"type": "abort", "reason": reason}
            case Finished(reason):
                return {"type": "finish", "finishReason": FINISH_REASONS.get(reason, "other")}
            case Broken(code, message):
                return {"type": "error", "errorText": message, "code": code, **retry_after(event)}
        raise TypeError(f"ai-sdk-ui does not send {type(event).__name__}")

    def _call(self, event: ToolCallStarted | ToolCallArguments | ToolCallEnded) -> dict[str, Any]:
        named = {"toolCallId": event.call_id}
        match event:
            case ToolCallStarted(call_id, name):
                self._calls[call_id] = OpenCall(name)
                return {"type": "tool-input-start", **named, "toolName": name}
            case ToolCallArguments(call_id, content):
                self._calls[call_id].arguments.write(content)
                return {"type": "tool-input-delta", **named, "inputTextDelta": content}
            case ToolCallEnded(call_id, whole):
                call = self._calls.pop(call_id)
                arguments = call.arguments.getvalue()
                named["toolName"] = call.name
                problem = STOPPED
                if whole:
                    try:
                        value = read_json(arguments)
                    except ValueError:  # Python reads more than clients, and deeper ones
                        problem = UNREADABLE
                    else:
                        return {"type": "tool-input-available", **named, "input": value}
                broken = {"input": arguments, "errorText": problem}
                return {"type": "tool-input-error", **named, **broken}


@dataclass(frozen=True, slots=True)
class OpenCall:
    """A call of a tool that is not whole yet."""

    name: str
    arguments: StringIO = field(default_factory=StringIO)
