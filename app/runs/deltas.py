"""Frames of a chat completion stream → what they add to the answer: pure.

Reads only choice 0 and what a run needs; OpenAI's object is described at
https://platform.openai.com/docs/api-reference/chat-streaming
"""

from dataclasses import dataclass
from typing import Any

import orjson

from app.errors import UpstreamFault
from app.runs.sse_frames import Frame, Named

DONE = b"[DONE]"
# Words of an upstream's error that mean something else than "refused".
ERROR_CODES = {
    "context_length_exceeded": "CONTEXT_TOO_LONG",
    "string_above_max_length": "CONTEXT_TOO_LONG",
    "model_not_found": "INVALID_MODEL",
    "rate_limit_exceeded": "UPSTREAM_RATE_LIMIT",
    "rate_limit_error": "UPSTREAM_RATE_LIMIT",
    "insufficient_quota": "UPSTREAM_RATE_LIMIT",
    "overloaded_error": "UPSTREAM_RATE_LIMIT",
}
IN_MID_ANSWER = "The model's server reported an error in mid-answer."


@dataclass(slots=True)
class Deltas:
    """Folds frames. `finish_reason` set means that the answer is whole; `fault`, that it broke."""

    finish_reason: str | None = None
    model: str | None = None
    total_tokens: int | None = None
    prompt_tokens: int = 0
    done: bool = False
    fault: UpstreamFault | None = None
    chunks: int = 0

    def texts(self, frames: list[Frame]) -> list[str]:
        """The non-empty contents of `frames`, up to `[DONE]` or the first bad frame."""
        texts: list[str] = []
        for frame in frames:
            if (frame.data if type(frame) is Named else frame) == DONE:
                self.done = True
                break
            try:
                text = self._text(_chunk(frame))
            except UpstreamFault as fault:
                self.fault = fault
                break
            if text:
                texts.append(text)
        self.chunks += len(texts)
        return texts

    def _text(self, chunk: dict[str, Any]) -> str | None:
        try:
            if self.model is None:
                self.model = str(chunk["model"]) if chunk.get("model") else None
            usage = chunk.get("usage")
            if usage:
                self.total_tokens = int(usage["total_tokens"])
                self.prompt_tokens = int(usage.get("prompt_tokens") or 0)
            for choice in chunk["choices"]:
                if choice.get("index", 0) != 0:
                    continue
                reason = choice.get("finish_reason")
                if reason:
                    self.finish_reason = str(reason)
                text = (choice.get("delta") or {}).get("content")
                if text is None:
                    return None
                if type(text) is str:
                    return text
                raise UpstreamFault("UPSTREAM_MALFORMED")
        except (KeyError, TypeError, ValueError, AttributeError):
            raise UpstreamFault("UPSTREAM_MALFORMED") from None
        return None


def _chunk(frame: Frame) -> dict[str, Any]:
    event, data = frame if isinstance(frame, Named) else ("", frame)
    try:
        chunk = orjson.loads(data)
    except orjson.JSONDecodeError:
        chunk = None
    if event == "error" or (isinstance(chunk, dict) and "error" in chunk):
        error = chunk.get("error", chunk) if isinstance(chunk, dict) else None
        raise UpstreamFault(code_of(error), IN_MID_ANSWER)
    if not isinstance(chunk, dict):
        raise UpstreamFault("UPSTREAM_MALFORMED")
    return chunk


def code_of(error: object, otherwise: str = "UPSTREAM_REFUSED") -> str:
    """Our code for an upstream's error object, by its `code`, then its `type`."""
    if isinstance(error, dict):
        for key in (error.get("code"), error.get("type")):
            if isinstance(key, str) and key in ERROR_CODES:
                return ERROR_CODES[key]
    return otherwise
