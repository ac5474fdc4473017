"""What a right server sends by each contract whose parts have lives of their own; only the text is
open."""

from collections.abc import Sequence
from typing import Any

from tokentape.contract.contract import Json

Wire = list[tuple[str, dict[str, Json] | str]]

RUN = "run-1"
THREAD = "thread-1"


def ag_ui(words: Sequence[str], end: str) -> Wire:
    run, message = {"threadId": THREAD, "runId": RUN}, {"messageId": "m"}
    events: list[dict[str, Json]] = [
        {"type": "RUN_STARTED", **run, "protocolVersion": "1.0"},
        {"type": "TEXT_MESSAGE_START", **message, "role": "assistant"},
        *({"type": "TEXT_MESSAGE_CONTENT", **message, "delta": word} for word in words),
    ]
    if end == "failed":
        events.append({"type": "RUN_ERROR", "message": "lost", "code": "UPSTREAM_LOST"})
    else:
        ended = {"type": "TEXT_MESSAGE_END", **message}
        events += [ended, {"type": "RUN_FINISHED", **run, "outcome": {"type": "success"}}]
    return [("", event) for event in events]


def ai_sdk_ui(words: Sequence[str], end: str) -> Wire:
    events: list[dict[str, Json]] = [
        {"type": "start", "messageId": "m"},
        {"type": "start-step"},
        {"type": "text-start", "id": "0"},
        *({"type": "text-delta", "id": "0", "delta": word} for word in words),
    ]
    ends: dict[str, list[dict[str, Json]]] = {
        "completed": [
            {"type": "text-end", "id": "0"},
            {"type": "finish-step"},
            {"type": "finish", "finishReason": "stop"},
        ],
        "stopped": [{"type": "abort"}],
        "failed": [{"type": "error", "errorText": "lost"}],
    }
    return [*(("", event) for event in (*events, *ends[end])), ("", "[DONE]")]


def anthropic(words: Sequence[str], end: str) -> Wire:
    def event(kind: str, **fields: Any) -> tuple[str, dict[str, Json]]:
        return kind, {"type": kind, **fields}

    usage = {"input_tokens": 3, "output_tokens": 1}
    first = {"id": "msg", "role": "assistant", "content": [], "usage": usage}
    opening: Wire = [
        event("message_start", message=first),
        event("content_block_start", index=0, content_block={"type": "text", "text": ""}),
        event("ping"),
    ]
    said = [
        event("content_block_delta", index=0, delta={"type": "text_delta", "text": word})
        for word in words
    ]
    if end == "failed":
        error = {"type": "overloaded_error", "message": "lost"}
        return [*opening, *said, event("error", error=error)]
    return [
        *opening,
        *said,
        event("content_block_stop", index=0),
        event("message_delta", delta={"stop_reason": "end_turn"}, usage={"output_tokens": 9}),
        event("message_stop"),
    ]
