"""`POST /v1/messages/count_tokens`: how many tokens a request would have.

https://docs.anthropic.com/en/api/messages-count-tokens
"""

from collections.abc import Mapping
from typing import Any

import orjson

from mock_openai.endpoints.anthropic.checks import check_fields
from mock_openai.endpoints.anthropic.create_message import PROMPT, read_prompt
from mock_openai.endpoints.anthropic.provider import ANTHROPIC
from mock_openai.endpoints.anthropic.wire import WIRE
from mock_openai.endpoints.checks import object_schema
from mock_openai.endpoints.endpoint import Endpoint, at_once
from mock_openai.plan.plan import Frame
from mock_openai.request.overrides import Overrides
from mock_openai.request.parsed_request import ParsedRequest
from mock_openai.scenarios.answer import Answer

_REQUIRED = ("model", "messages")


def read(body: dict[str, Any], headers: Mapping[str, str]) -> tuple[ParsedRequest, Overrides]:
    """The request, and what it chooses of the mock. Raises ApiError."""
    check_fields(body, PROMPT, _REQUIRED)
    return read_prompt("messages.count_tokens", body, headers)


def whole(request: ParsedRequest, answer: Answer) -> bytes:
    """The body: as many as the usage of an answer to it says."""
    return orjson.dumps({"input_tokens": answer.prompt_tokens})


def stream(request: ParsedRequest, answer: Answer) -> list[Frame]:
    """Never called: the request has no `stream`."""
    raise AssertionError("a count is never streamed")


ENDPOINT = Endpoint(
    "messages.count_tokens",
    "/v1/messages/count_tokens",
    read,
    stream,
    whole,
    request=object_schema(PROMPT, _REQUIRED),
    summary="Count the tokens of messages, as Anthropic does",
    answers=("input_tokens",),
    due_ns=at_once,
    scripted=False,
    provider=ANTHROPIC,
    wire=WIRE,
)
