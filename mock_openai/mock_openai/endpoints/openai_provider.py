"""OpenAI, as a provider of the endpoints that other servers imitate. Pure.

https://platform.openai.com/docs/api-reference/debugging-requests
"""

from collections.abc import Mapping

from mock_openai.endpoints.openai_errors import check_key, model_not_found, unknown_url
from mock_openai.endpoints.provider import Provider
from mock_openai.errors import ApiError
from mock_openai.plan.pacing import MS
from mock_openai.plan.wire import Headers, Json
from mock_openai.scenarios.answer import Answer

_RATE_LIMITS = (
    ("x-ratelimit-limit-requests", "10000"),
    ("x-ratelimit-limit-tokens", "2000000"),
    ("x-ratelimit-remaining-requests", "9999"),
    ("x-ratelimit-remaining-tokens", "1999000"),
    ("x-ratelimit-reset-requests", "6ms"),
    ("x-ratelimit-reset-tokens", "1ms"),
)


def _check(headers: Mapping[str, str], needs_key: bool) -> None:
    if needs_key:
        check_key(headers)


def _error(error: ApiError, digest: str) -> Json:
    return error.body()


def _refusal_headers(digest: str) -> Headers:
    return (("x-request-id", f"req_{digest}"), ("openai-processing-ms", "1"))


def _answer_headers(answer: Answer) -> Headers:
    return (
        ("x-request-id", f"req_{answer.request_id}"),
        ("openai-processing-ms", str(answer.first_ns // MS)),
        ("openai-version", "2020-10-01"),
        ("openai-organization", "mock"),
        *_RATE_LIMITS,
    )


OPENAI = Provider(
    "openai",
    "OpenAI",
    _check,
    _error,
    _refusal_headers,
    _answer_headers,
    model_not_found,
    unknown_url,
    profiles=True,
)
