"""The streams of OpenAI: choices in chunks, and the numbered events of responses. Pure."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import orjson

from mock_openai.plan import sse
from mock_openai.plan.wire import Json, Wire

_WORDS: dict[int, tuple[str, str, str | None]] = {
    400: ("Your request was refused as scripted.", "invalid_request_error", None),
    401: ("Incorrect API key provided: sk-mock.", "invalid_request_error", "invalid_api_key"),
    403: ("Country, region, or territory not supported", "request_forbidden", "unsupported"),
    404: ("The model does not exist.", "invalid_request_error", "model_not_found"),
    429: (
        "Rate limit reached. Please try again in 1s.",
        "requests",
        "rate_limit_exceeded",
    ),
    500: ("The server had an error while processing your request.", "server_error", None),
    503: ("The engine is currently overloaded, please try again later.", "server_error", None),
    529: ("The service is overloaded.", "server_error", "overloaded"),
}


def _refusal(status: int, scripted: Mapping[str, str | None], headers: Mapping[str, str]) -> bytes:
    message, kind, code = _WORDS.get(status, ("Refused as scripted.", "server_error", None))
    error = {"message": message, "type": kind, "param": None, "code": code, **scripted}
    return json.dumps({"error": error}).encode()


def _error_object(code: str) -> Json:
    """As OpenAI sends it when something breaks in mid-stream."""
    message = "The server had an error while processing your request."
    return {"message": message, "type": "server_error", "param": None, "code": code}


def _data_error(code: str) -> bytes:
    return sse.event(orjson.dumps({"error": _error_object(code)}))


def _bare_error(code: str, number: int) -> bytes:
    """As some servers have it: there is no `error` key, for which many clients look."""
    return sse.event(orjson.dumps(_error_object(code)), "error")


def _numbered_error(code: str, number: int) -> bytes:
    body = {**_error_object(code), "type": "error", "sequence_number": number}
    return sse.event(orjson.dumps(body), "error")


def _first_choice(payload: Json) -> Json | None:
    choices = payload.get("choices")
    first: Any = choices[0] if isinstance(choices, list) and choices else None
    return first if isinstance(first, dict) else None


def _chunk_content(payload: Json) -> str:
    choice = _first_choice(payload) or {}
    delta = choice.get("delta")
    content = delta.get("content") if isinstance(delta, dict) else choice.get("text")
    return content if isinstance(content, str) else ""


def _empty_chunk(payload: Json) -> bool:
    choice = _first_choice(payload)
    if choice is not None:
        choice["delta"] = {}
    return choice is not None


def _move_choice(payload: Json, added: int) -> bool:
    choice = _first_choice(payload)
    if choice is None or not isinstance(choice.get("index"), int):
        return False
    choice["index"] += added
    return True


def _rename(payload: Json, ending: str) -> bool:
    response = payload.get("response")
    holder = response if isinstance(response, dict) else payload
    if "id" in holder:
        holder["id"] = f"{holder['id']}{ending}"
    return "id" in holder


def _event_content(payload: Json) -> str:
    said = payload.get("delta") if payload.get("type") == "response.output_text.delta" else None
    return said if isinstance(said, str) else ""


def _empty_event(payload: Json) -> bool:
    is_text = isinstance(payload.get("delta"), str)
    if is_text:
        payload["delta"] = ""
    return is_text


def _move_item(payload: Json, added: int) -> bool:
    if "output_index" in payload:
        payload["output_index"] += added
    return "output_index" in payload


CHUNKS = Wire(
    name="chat",
    refusal=_refusal,
    used_up=(("x-ratelimit-remaining-requests", "0"), ("x-ratelimit-reset-requests", "1s")),
    data_error=_data_error,
    event_error=_bare_error,
    keep_alive=sse.KEEP_ALIVE,
    content_of=_chunk_content,
    empty=_empty_chunk,
    move=_move_choice,
    rename=_rename,
)
EVENTS = replace(
    CHUNKS,
    name="responses",
    event_error=_numbered_error,
    content_of=_event_content,
    empty=_empty_event,
    move=_move_item,
    numbered=True,
)
