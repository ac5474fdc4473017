"""Anthropic, as a provider: its headers, and the shape of its errors. Pure.

https://docs.anthropic.com/en/api/errors, https://docs.anthropic.com/en/api/rate-limits
"""

import re
from collections.abc import Mapping
from typing import Any

from mock_openai.endpoints.provider import Provider
from mock_openai.errors import ApiError
from mock_openai.plan.wire import Headers, Json
from mock_openai.scenarios.answer import Answer

KINDS = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    409: "conflict_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    504: "timeout_error",
    529: "overloaded_error",
}
"""The type of an error, by its status."""
_RESET = "2026-01-01T00:00:00Z"
_RATE_LIMITS = (
    ("anthropic-ratelimit-requests-limit", "4000"),
    ("anthropic-ratelimit-requests-remaining", "3999"),
    ("anthropic-ratelimit-requests-reset", _RESET),
    ("anthropic-ratelimit-input-tokens-limit", "2000000"),
    ("anthropic-ratelimit-input-tokens-remaining", "1999000"),
    ("anthropic-ratelimit-input-tokens-reset", _RESET),
    ("anthropic-ratelimit-output-tokens-limit", "400000"),
    ("anthropic-ratelimit-output-tokens-remaining", "399000"),
    ("anthropic-ratelimit-output-tokens-reset", _RESET),
)
_MODELS = (
    "claude-opus-5-5", "claude-opus-5", "claude-opus-4-8", "claude-opus-4-7", "claude-opus-4-6",
    "claude-opus-4-5", "claude-opus-4-5-20251101", "claude-sonnet-5-5", "claude-sonnet-5",
    "claude-sonnet-4-6", "claude-sonnet-4-5", "claude-sonnet-4-5-20250929", "claude-haiku-5-5",
    "claude-haiku-4-5", "claude-haiku-4-5-20251001", "claude-fable-5-2", "claude-fable-5-1",
    "claude-fable-5", "claude-mythos-5-2", "claude-mythos-5-1", "claude-mythos-5",
    "claude-mythos-preview",
)  # fmt: skip
_VERSION = "anthropic-version"
_A_DATE = re.compile(r"20\d\d-[01]\d-[0-3]\d")


def kind_of(status: int) -> str:
    """The type of an error of this status."""
    return KINDS.get(status, "api_error" if status >= 500 else "invalid_request_error")


def error_object(kind: str, message: str, request_id: str | None = None, **more: Any) -> Json:
    """An error as it is sent; in a stream it has no request's id."""
    named = {} if request_id is None else {"request_id": request_id}
    return {"type": "error", "error": {"type": kind, "message": message, **more}, **named}


def _check(headers: Mapping[str, str], needs_key: bool) -> None:
    key = headers.get("x-api-key", "").strip()
    scheme, _, token = headers.get("authorization", "").partition(" ")
    if needs_key and not key and not (scheme.lower() == "bearer" and token.strip()):
        raise ApiError(401, "x-api-key header is required", "x-api-key")
    if _VERSION not in headers:
        raise ApiError(400, f"{_VERSION}: header is required", _VERSION)
    if not _A_DATE.fullmatch(headers[_VERSION]):
        message = f'{_VERSION}: "{headers[_VERSION][:100]}" is not a valid version'
        raise ApiError(400, message, _VERSION)


def _error(error: ApiError, digest: str) -> Json:
    return error_object(kind_of(error.status), error.message, f"req_{digest}")


def _refusal_headers(digest: str) -> Headers:
    return (("request-id", f"req_{digest}"),)


def _answer_headers(answer: Answer) -> Headers:
    return (
        ("request-id", f"req_{answer.request_id}"),
        ("anthropic-organization-id", "mock"),
        *_RATE_LIMITS,
    )


def _unknown_model(model: str) -> ApiError:
    return ApiError(404, f"model: {model}", "model", "model_not_found")


def _unknown_url(method: str, path: str) -> ApiError:
    return ApiError(404, "Not found", None, "unknown_url")


_TEXT = {"type": "string"}
_SCHEMA = {
    "type": "object",
    "properties": {
        "type": {"const": "error"},
        "error": {
            "type": "object",
            "properties": {"type": _TEXT, "message": _TEXT},
            "required": ["type", "message"],
        },
        "request_id": _TEXT,
    },
    "required": ["type", "error", "request_id"],
}
ANTHROPIC = Provider(
    "anthropic",
    "Anthropic",
    _check,
    _error,
    _refusal_headers,
    _answer_headers,
    _unknown_model,
    _unknown_url,
    models=_MODELS,
    headers={_VERSION: {"type": "string", "pattern": f"^{_A_DATE.pattern}$"}},
    errors=_SCHEMA,
)
