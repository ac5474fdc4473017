"""`POST /v1/chat/completions`: a request checked as OpenAI does, and read.

https://platform.openai.com/docs/api-reference/chat
"""

from collections.abc import Mapping, Sequence
from typing import Any

from mock_openai.endpoints.chat_object import stream, whole
from mock_openai.endpoints.checks import (
    Check,
    any_value,
    boolean,
    check_fields,
    decimal,
    fields,
    integer,
    logit_bias,
    maybe,
    maybe_string,
    metadata,
    object_schema,
    one_of,
    stops,
    string,
)
from mock_openai.endpoints.endpoint import Endpoint
from mock_openai.endpoints.messages import MESSAGES, read_messages
from mock_openai.endpoints.tools import (
    FUNCTION_CHOICE,
    FUNCTIONS,
    RESPONSE_FORMAT,
    TOOL_CHOICE,
    TOOLS,
    forced_tool,
    response_schema,
    tool_schemas,
)
from mock_openai.errors import ApiError
from mock_openai.request.overrides import Overrides, read_headers, read_model
from mock_openai.request.parsed_request import ParsedRequest, canonical

LARGEST = 2**31 - 1
EFFORT = maybe(one_of(("none", "minimal", "low", "medium", "high", "xhigh", "max")))
VERBOSITY = maybe(one_of(("low", "medium", "high")))
CACHING: dict[str, Check] = {"mode": maybe_string, "ttl": maybe_string}
"""How a prompt is cached: both APIs have these."""
_STREAM_OPTIONS: dict[str, Check] = {"include_usage": boolean, "include_obfuscation": boolean}
_FIELDS: dict[str, Check] = {
    "model": string,
    "messages": MESSAGES,
    "stream": boolean,
    "stream_options": maybe(fields(_STREAM_OPTIONS)),
    "temperature": decimal(0, 2),
    "top_p": decimal(0, 1),
    "presence_penalty": decimal(-2, 2),
    "frequency_penalty": decimal(-2, 2),
    "n": integer(1, 128),
    "max_tokens": integer(1, LARGEST),
    "max_completion_tokens": integer(1, LARGEST),
    "seed": integer(-(2**63), 2**63 - 1),
    "stop": stops,
    "logprobs": boolean,
    "top_logprobs": integer(0, 20),
    "logit_bias": logit_bias,
    "tools": TOOLS,
    "tool_choice": TOOL_CHOICE,
    "functions": FUNCTIONS,
    "function_call": FUNCTION_CHOICE,
    "parallel_tool_calls": boolean,
    "response_format": RESPONSE_FORMAT,
    "reasoning_effort": EFFORT,
    "verbosity": VERBOSITY,
    "service_tier": maybe_string,
    "user": maybe_string,
    "metadata": metadata,
    "store": boolean,
    "modalities": any_value,
    "audio": any_value,
    "prediction": any_value,
    "web_search_options": any_value,
    "moderation": any_value,
    "prompt_cache_key": maybe_string,
    "prompt_cache_retention": maybe_string,
    "prompt_cache_options": maybe(fields(CACHING)),
    "safety_identifier": maybe_string,
}
_REQUIRED = ("model", "messages")


def read(body: dict[str, Any], headers: Mapping[str, str]) -> tuple[ParsedRequest, Overrides]:
    """The request, and what it chooses of the mock. Raises ApiError."""
    check_fields(body, _FIELDS, _REQUIRED)
    streamed = body.get("stream") is True
    options = stream_options(body, streamed)
    if body.get("top_logprobs") is not None and not body.get("logprobs"):
        message = "The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled."
        raise ApiError(400, message, "top_logprobs")
    if body.get("max_tokens") is not None and body.get("max_completion_tokens") is not None:
        message = (
            "Setting 'max_tokens' and 'max_completion_tokens' at the same time is not supported."
        )
        raise ApiError(400, message, "max_tokens", "invalid_parameter_combination")
    model, by_model = named_model(body)
    parsed_messages = read_messages(body["messages"])
    parameters = tool_schemas(_functions(body))
    names = tuple(parameters)
    schema = response_schema(body.get("response_format"), "response_format")
    given, body = body, {**body, "model": model, "messages": parsed_messages.messages}
    stop = body.get("stop") or ()
    limits = (body.get("max_completion_tokens"), body.get("max_tokens"))
    custom = tuple(tool["custom"]["name"] for tool in body.get("tools") or () if "custom" in tool)
    choice = _choice_of(body, names, custom)
    parsed = ParsedRequest(
        endpoint=ENDPOINT.name,
        body=body,
        canonical=canonical(body),
        model=model,
        stream=streamed,
        usage=bool(options and options.get("include_usage")),
        last_user=parsed_messages.last_user,
        system=parsed_messages.system,
        turn=parsed_messages.turn,
        prompt=parsed_messages.prompt,
        tools=names,
        has_tool_result=parsed_messages.tool_result is not None,
        tool_rounds=parsed_messages.tool_rounds,
        tool_result=parsed_messages.tool_result or "",
        choices=body.get("n") or 1,
        limit=min((limit for limit in limits if limit is not None), default=None),
        stop=(stop,) if isinstance(stop, str) else tuple(stop),
        headers=headers,
        parameters=parameters,
        custom_tools=custom,
        must_call=choice,
        parallel=body.get("parallel_tool_calls") is not False,
        schema=schema,
        logprobs=(body.get("top_logprobs") or 0) if body.get("logprobs") else None,
        extra_tokens=parsed_messages.image_tokens,
        images=parsed_messages.images,
        given=given,
    )
    return parsed, by_model.under(read_headers(headers)).under(parsed_messages.overrides)


def _choice_of(body: Mapping[str, Any], names: Sequence[str], custom: Sequence[str]) -> str | None:
    if body.get("function_call") is not None:
        return forced_tool(body["function_call"], names, param="function_call")
    return forced_tool(body.get("tool_choice"), names, custom)


def stream_options(body: Mapping[str, Any], streamed: bool) -> Mapping[str, Any] | None:
    """Raises ApiError where they come without a stream."""
    options: Mapping[str, Any] | None = body.get("stream_options")
    if options is not None and not streamed:
        message = "The 'stream_options' parameter is only allowed when 'stream' is enabled."
        raise ApiError(400, message, "stream_options")
    return options


def named_model(body: Mapping[str, Any]) -> tuple[str, Overrides]:
    """The model without a scenario's suffix, and what that says. Raises ApiError."""
    model, by_model = read_model(body["model"])
    if not model:
        raise ApiError(400, "you must provide a model parameter", "model")
    return model, by_model


def _functions(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    tools = body.get("tools") or ()
    return [t["function"] for t in tools if "function" in t] + list(body.get("functions") or ())


ENDPOINT = Endpoint(
    "chat.completions",
    "/v1/chat/completions",
    read,
    stream,
    whole,
    request=object_schema(_FIELDS, _REQUIRED),
    summary="Answer a chat",
    answers=("id", "object", "created", "model", "choices"),
)
