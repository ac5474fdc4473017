"""The stream of a message, as faults and recordings see it. Pure.

https://docs.anthropic.com/en/api/messages-streaming
"""

from collections.abc import Mapping
from typing import Any

import orjson

from mock_openai.endpoints.anthropic.provider import error_object, kind_of
from mock_openai.plan import sse
from mock_openai.plan.wire import Json, Wire

PING = sse.event(b'{"type": "ping"}', "ping")
_WORDS = {
    400: "Your request was refused as scripted.",
    401: "invalid x-api-key",
    403: "Your API key does not have permission to use the specified resource.",
    404: "model: mock",
    413: "Request exceeds the maximum size",
    429: "This request would exceed your organization's rate limit.",
    500: "Internal server error",
    529: "Overloaded",
}
_OPENAIS = {"server_error": "overloaded_error", "rate_limit_exceeded": "rate_limit_error"}
"""The codes of OpenAI's errors in a stream, by which a fault may name these too."""


def _refusal(status: int, scripted: Mapping[str, str | None], headers: Mapping[str, str]) -> bytes:
    message = scripted.get("message") or _WORDS.get(status, "Refused as scripted.")
    code = scripted.get("code")
    details: dict[str, Any] = {"details": {"error_code": code}} if code else {}
    kind = scripted.get("type") or kind_of(status)
    return orjson.dumps(error_object(kind, message, headers.get("request-id", ""), **details))


def _stream_error(code: str) -> bytes:
    kind = _OPENAIS.get(code, code)
    message = "Overloaded" if kind == "overloaded_error" else "The stream broke off as scripted."
    return orjson.dumps(error_object(kind, message))


def _nameless_error(code: str) -> bytes:
    return sse.event(_stream_error(code))


def _error_event(code: str, number: int) -> bytes:
    return sse.event(_stream_error(code), "error")


def _delta(payload: Json) -> Json:
    delta = payload.get("delta")
    return delta if isinstance(delta, dict) else {}


def _content_of(payload: Json) -> str:
    said = _delta(payload).get("text")
    return said if isinstance(said, str) else ""


def _empty(payload: Json) -> bool:
    delta = _delta(payload)
    if "text" in delta:
        delta["text"] = ""
    return "text" in delta


def _move(payload: Json, added: int) -> bool:
    if "index" in payload:
        payload["index"] += added
    return "index" in payload


def _rename(payload: Json, ending: str) -> bool:
    """The message's id is told once: of another one nobody would hear."""
    return False


WIRE = Wire(
    name="messages",
    refusal=_refusal,
    used_up=(("anthropic-ratelimit-requests-remaining", "0"),),
    data_error=_nameless_error,
    event_error=_error_event,
    keep_alive=PING,
    content_of=_content_of,
    empty=_empty,
    move=_move,
    rename=_rename,
)
