"""A message as Anthropic sends it in one piece, and the blocks of its content. Pure."""

from base64 import b64encode
from hashlib import blake2b
from typing import Any

import orjson

from mock_openai.endpoints.segments import Segment, segments_of
from mock_openai.plan.wire import Json
from mock_openai.request.parsed_request import ParsedRequest
from mock_openai.scenarios.answer import Answer, Choice

_STOPS = {"length": "max_tokens", "tool_calls": "tool_use", "content_filter": "refusal"}
_REFUSED = {"type": "refusal", "category": None, "explanation": None}


def message(request: ParsedRequest, answer: Answer, *, begun: bool = False) -> Json:
    """As begun it is still empty, and has no reason to have stopped."""
    segments = [] if begun else segments_of(answer.choices[0])
    content = [block(request, answer, i, one) for i, one in enumerate(segments)]
    ending = {"stop_reason": None, "stop_sequence": None, "stop_details": None}
    return {
        "id": f"msg_{answer.key}",
        "type": "message",
        "role": "assistant",
        "model": answer.model,
        "content": content,
        **(ending if begun else ending_of(answer)),
        "usage": {
            **prompt_usage(answer),
            "cache_creation": {"ephemeral_5m_input_tokens": 0, "ephemeral_1h_input_tokens": 0},
            "output_tokens": min(1, answer.completion_tokens)
            if begun
            else answer.completion_tokens,
            "service_tier": "standard",
        },
    }


def prompt_usage(answer: Answer) -> Json:
    """What the request has cost."""
    return {
        "input_tokens": answer.prompt_tokens - answer.cached_tokens,  # Anthropic counts them apart
        "cache_creation_input_tokens": 0,
        "cache_read_input_tokens": answer.cached_tokens,
    }


def ending_of(answer: Answer) -> Json:
    """Why it stopped."""
    choice = answer.choices[0]
    reason = _reason(choice)
    return {
        "stop_reason": reason,
        "stop_sequence": choice.stop if reason == "stop_sequence" else None,
        "stop_details": _REFUSED if reason == "refusal" else None,
    }


def _reason(choice: Choice) -> str:
    if any(part.kind == "refusal" for part in choice.parts) and choice.finish == "stop":
        return "refusal"
    if choice.finish == "stop":
        return "end_turn" if choice.stop is None else "stop_sequence"
    return _STOPS.get(choice.finish, choice.finish)


def block(
    request: ParsedRequest, answer: Answer, number: int, segment: Segment, *, begun: bool = False
) -> Json:
    """A block of the content; as begun it is still empty."""
    text = "" if begun else segment.text
    if segment.kind == "tool":
        return {
            "type": "tool_use",
            "id": f"toolu_{segment.key}",
            "name": segment.name,
            "input": {} if begun else _input(segment.text),
        }
    if segment.kind == "reasoning":
        return {
            "type": "thinking",
            "thinking": "" if is_omitted(request) else text,
            "signature": "" if begun else signature(answer, number),
        }
    return {"type": "text", "text": text}


def _input(arguments: str) -> Any:
    """What is no JSON, as where the limit has cut it off, can't be sent in one piece."""
    try:
        return orjson.loads(arguments)
    except orjson.JSONDecodeError:
        return {}


def is_omitted(request: ParsedRequest) -> bool:
    """Whether thoughts are signed alone, and not sent."""
    return (request.body.get("thinking") or {}).get("display") == "omitted"


def signature(answer: Answer, number: int) -> str:
    """Of the thoughts in block `number`: the same for the same answer."""
    digest = blake2b(f"{answer.key}:{number}".encode(), digest_size=48).digest()
    return b64encode(digest).decode()


def whole(request: ParsedRequest, answer: Answer) -> bytes:
    """The unstreamed body."""
    return orjson.dumps(message(request, answer))
