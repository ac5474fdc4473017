"""What a right server sends by each contract: events and payloads; only the text is open."""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import replace

from tests.unit.app.check.keyed_speakers import RUN as RUN
from tests.unit.app.check.keyed_speakers import Wire as Wire
from tests.unit.app.check.keyed_speakers import ag_ui, ai_sdk_ui, anthropic
from tokentape.contract.anthropic import MESSAGES
from tokentape.contract.contract import Contract, Json
from tokentape.contract.openai import CHAT
from tokentape.contract.openai_responses import RESPONSES
from tokentape.dialects.ag_ui.contract import CONTRACT as AG_UI
from tokentape.dialects.ai_sdk_ui.contract import CONTRACT as AI_SDK_UI
from tokentape.dialects.contracts import CONTRACTS

Speaker = Callable[[Sequence[str], str], Wire]
"""Words and how the answer ends → the events, without the run's id and numbers."""


def ai_chat_sse(words: Sequence[str], end: str) -> Wire:
    ends: dict[str, dict[str, Json]] = {
        "completed": {"done": True},
        "stopped": {"done": True, "stopped": True},
        "failed": {"error": "Failed to process message", "code": "UPSTREAM_LOST"},
    }
    return [
        *(("", {"content": word, "sessionId": "s"}) for word in words),
        ("", {**ends[end], "sessionId": "s"}),
    ]


def ai_chat_socketio(words: Sequence[str], end: str) -> Wire:
    whole = {"response": "".join(words), "sessionId": "s"}
    ends: dict[str, Wire] = {
        "completed": [("ai:complete", whole)],
        "stopped": [("ai:complete", {**whole, "stopped": True})],
        "failed": [("ai:error", {"error": "lost", "code": "UPSTREAM_LOST", "sessionId": "s"})],
    }
    return [*(("ai:stream", {"content": word, "sessionId": "s"}) for word in words), *ends[end]]


def ai_gateway(words: Sequence[str], end: str) -> Wire:
    ends: dict[str, Wire] = {
        "completed": [("chat:end", {"conversationId": "c", "finishReason": "stop"})],
        "stopped": [("chat:stopped", {"conversationId": "c"})],
        "failed": [("chat:error", {"message": "lost", "code": "UPSTREAM_LOST"})],
    }
    return [
        ("chat:conversation", {"conversationId": "c"}),
        ("chat:user-message", {"messageId": "m", "content": "Weather?"}),
        *(("chat:message", {"content": word, "isComplete": False}) for word in words),
        *ends[end],
    ]


def openai_chat(words: Sequence[str], end: str) -> Wire:
    def chunk(delta: dict[str, Json], finish: str | None = None) -> dict[str, Json]:
        return {
            "id": RUN,
            "object": "chat.completion.chunk",
            "created": 1_700_000_000,
            "model": "gpt-4o-mini",
            "choices": [{"index": 0, "delta": delta, "finish_reason": finish}],
        }

    opening: Wire = [("", chunk({"role": "assistant", "content": ""}))]
    said: Wire = [("", chunk({"content": word})) for word in words]
    if end == "failed":
        return [*opening, *said, ("", {"error": {"message": "lost", "code": "UPSTREAM_LOST"}})]
    return [*opening, *said, ("", chunk({}, "stop")), ("", "[DONE]")]


def openai_responses(words: Sequence[str], end: str) -> Wire:
    whole = "".join(words)
    response = {"id": RUN, "model": "gpt-4o-mini"}
    item: dict[str, Json] = {"output_index": 0}
    part: dict[str, Json] = {"item_id": "i", "output_index": 0, "content_index": 0}
    content = [{"type": "output_text", "text": whole, "annotations": []}]
    said = {"id": "i", "type": "message", "content": content}
    deltas = [{"type": "response.output_text.delta", "delta": word, **part} for word in words]
    failed = {"type": "response.failed", "response": {**response, "error": {"code": "SAD"}}}
    rest: list[dict[str, Json]] = [
        {"type": "response.output_text.done", "text": whole, **part},
        {"type": "response.content_part.done", "part": content[0], **part},
        {"type": "response.output_item.done", "item": said, **item},
        {"type": "response.completed", "response": {**response, "output": [said]}},
    ]
    payloads: list[dict[str, Json]] = [
        {"type": "response.created", "response": response},
        {"type": "response.in_progress", "response": response},
        {"type": "response.output_item.added", "item": {**said, "content": []}, **item},
        {"type": "response.content_part.added", "part": {**content[0], "text": ""}, **part},
        *deltas,
        *([failed] if end == "failed" else rest),
    ]
    return [(payload["type"], payload) for payload in payloads]


def threads(words: Sequence[str], end: str) -> Wire:
    def frame(kind: str, told: Json) -> tuple[str, dict[str, Json]]:
        return "", {"type": kind, "data": told, "timestamp": "2026-11-21T09:00:00.000Z"}

    opening = [frame("connected", {"threadId": "t"}), frame("message_saved", {"message": {}})]
    said = [frame("ai_response", {"content": word, "isComplete": False}) for word in words]
    if end == "failed":
        failed = {"error": "lost", "code": "UPSTREAM_LOST"}
        return [*opening, *said, frame("error", failed), frame("done", {"success": False})]
    whole = {"content": "", "isComplete": True, "accumulated": "".join(words)}
    return [*opening, *said, frame("ai_response", whole), frame("done", {"success": True})]


def stream_chat(words: Sequence[str], end: str) -> Wire:
    chunks: Wire = []
    for index, word in enumerate(words):
        whole = "".join(words[: index + 1])
        told = {"content": word, "fullResponse": whole, "isComplete": False}
        chunks.append(("stream-chunk", told))
    whole = "".join(words)
    ends: dict[str, Wire] = {
        "completed": [("stream-complete", {"fullResponse": whole, "isComplete": True})],
        "stopped": [("stream-stopped", {"fullResponse": whole})],
        "failed": [("stream-error", {"error": "lost", "code": "UPSTREAM_LOST"})],
    }
    return [("stream-start", {"model": "gpt-4"}), *chunks, *ends[end]]


def inference_sockets(words: Sequence[str], end: str) -> Wire:
    whole = {"id": "m", "roomId": "r", "userId": "assistant", "content": "".join(words)}
    ends: dict[str, Wire] = {
        "completed": [("message:new", whole)],
        "stopped": [("message:new", {**whole, "stopped": True})],
        "failed": [("error", {"message": "lost", "code": "UPSTREAM_LOST", "roomId": "r"})],
    }
    return [*(("message:stream", {"roomId": "r", "content": word}) for word in words), *ends[end]]


GATEWAY = CONTRACTS["ai-gateway/socketio"]
OVER_WEBSOCKET = replace(GATEWAY, transport="websocket", namespace="/ws", auth=None)
"""A plain WebSocket's contract, whatever dialects speak over one today."""

BY_KEY: dict[str, Speaker] = {
    "ai-chat/sse": ai_chat_sse,
    "ai-chat/socketio": ai_chat_socketio,
    "ai-gateway/socketio": ai_gateway,
    "inference/sse": openai_chat,
    "threads/sse": threads,
    "stream-chat/socketio": stream_chat,
    "stream-chat/sse": stream_chat,
    "inference/socketio": inference_sockets,
    "inference/websocket": inference_sockets,
}
SPEAKERS: dict[str, tuple[Contract, Speaker]] = {
    **{key: (CONTRACTS[key], speaker) for key, speaker in BY_KEY.items() if key in CONTRACTS},
    CHAT.key: (CHAT, openai_chat),
    RESPONSES.key: (RESPONSES, openai_responses),
    OVER_WEBSOCKET.key: (OVER_WEBSOCKET, ai_gateway),
}

KEYED: dict[str, tuple[Contract, Speaker]] = {
    AG_UI.key: (AG_UI, ag_ui),
    AI_SDK_UI.key: (AI_SDK_UI, ai_sdk_ui),
    MESSAGES.key: (MESSAGES, anthropic),
}
"""Contracts whose parts have lives of their own, beside OpenAI's."""


def numbered(contract: Contract, wire: Wire, first: int = 0) -> Wire:
    """The wire as it is sent: each payload with its run's id and its number."""
    told: Wire = []
    for number, (event, payload) in enumerate(wire, first):
        if isinstance(payload, dict):
            more: dict[str, Json] = {}
            if contract.seq and "." not in contract.seq:
                more[contract.seq] = number
            if contract.run and "." not in contract.run:
                more[contract.run] = RUN
            payload = {**payload, **more}
        told.append((event, payload))
    return told


def some_words(seed: str, count: int) -> list[str]:
    """Words that are all different, so that damage has one explanation."""
    words: list[str] = []
    number = 0
    while len(words) < count:
        word = hashlib.sha256(f"{seed}/{number}".encode()).hexdigest()[:5] + " "
        number += 1
        if word not in words:
            words.append(word)
    return words
