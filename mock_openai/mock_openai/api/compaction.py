"""`POST /v1/responses/compact`: a conversation made short, to go on from. What was said is not in
the item that stands for it: the mock listens to user messages, and they stay.

https://platform.openai.com/docs/api-reference/responses/compact
"""

from collections.abc import Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from mock_openai.api.operations import SESSION, ApiRoute, operation, with_body
from mock_openai.endpoints import ENDPOINTS
from mock_openai.endpoints.checks import Check, any_value, check_fields, maybe_string, string
from mock_openai.endpoints.response_input import INPUT
from mock_openai.http.body_limits import BodyLimits
from mock_openai.http.request_params import body_of, json_response, mock_of
from mock_openai.planning.seeding import chances
from mock_openai.request.json_body import parse_body
from mock_openai.request.parsed_request import ParsedRequest
from mock_openai.request.sessions import session_of
from mock_openai.scenarios.answer import created_by, key_of
from mock_openai.text.tokenizer import count

_RESPONSES = "/v1/responses"
_CACHED = ("prompt_cache_key", "prompt_cache_options", "prompt_cache_retention")
_FIELDS: dict[str, Check] = {
    "model": string,
    "input": INPUT,
    "instructions": maybe_string,
    "previous_response_id": maybe_string,
    "service_tier": maybe_string,
    "image": any_value,
    **dict.fromkeys(_CACHED, any_value),
}
_REQUIRED = ("model",)


async def _compact(request: Request) -> Response:
    mock, endpoint = mock_of(request), ENDPOINTS[_RESPONSES]
    headers = {name.lower(): value for name, value in request.headers.items()}
    body = parse_body(await body_of(request, BodyLimits()))
    check_fields({k: v for k, v in body.items() if v is not None}, _FIELDS, _REQUIRED)
    if body.get("input") is None:
        body = {**body, "input": ""}
    parsed, _ = endpoint.read(body, headers)
    before: Sequence[Mapping[str, Any]] = ()
    if parsed.previous is not None and endpoint.continue_from is not None:
        before = mock.recall(session_of(headers), parsed.previous)
        parsed = endpoint.continue_from(parsed, [dict(message) for message in before])
    return json_response(_compacted(parsed, [*before, *parsed.body["input"]], mock.settings.seed))


def _compacted(
    parsed: ParsedRequest, messages: Sequence[Mapping[str, Any]], seed: int
) -> dict[str, Any]:
    """All that the user has said, and one item that stands for the rest."""
    sources = chances(seed, "compaction", parsed.canonical)
    key = key_of(sources)
    texts = [
        _text_of(one["content"]) for one in messages if one["role"] == "user" and one["content"]
    ]
    item = {"id": f"cmp_{key}", "type": "compaction", "encrypted_content": key * 4}
    tokens, told = count(parsed.prompt) + parsed.extra_tokens, count(item["encrypted_content"])
    return {
        "id": f"resp_{key}",
        "object": "response.compaction",
        "created_at": created_by(sources("created")),
        "output": [*(_message(text, f"{key}{n:02}") for n, text in enumerate(texts)), item],
        "usage": {
            "input_tokens": tokens,
            "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
            "output_tokens": told,
            "output_tokens_details": {"reasoning_tokens": 0},
            "total_tokens": tokens + told,
        },
    }


def _text_of(content: str | Sequence[Mapping[str, Any]]) -> str:
    if isinstance(content, str):
        return content
    return "".join(part.get("text", "") for part in content)


def _message(text: str, key: str) -> dict[str, Any]:
    return {
        "id": f"msg_{key}",
        "type": "message",
        "status": "completed",
        "role": "user",
        "content": [{"type": "input_text", "text": text}],
    }


ROUTES = (
    ApiRoute(
        "POST",
        f"{_RESPONSES}/compact",
        _compact,
        with_body(
            operation("Make a conversation short", "compactResponse", SESSION), _FIELDS, *_REQUIRED
        ),
    ),
)
