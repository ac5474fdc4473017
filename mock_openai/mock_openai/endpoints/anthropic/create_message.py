"""`POST /v1/messages`: a request checked as Anthropic does, and read.

https://docs.anthropic.com/en/api/messages
"""

from collections.abc import Mapping
from typing import Any

from mock_openai.endpoints.anthropic.checks import (
    boolean,
    bounded,
    check_fields,
    fields,
    invalid,
    items,
    maybe,
    one_of,
    string,
    text,
)
from mock_openai.endpoints.anthropic.content import MESSAGES, SYSTEM, messages_of
from mock_openai.endpoints.anthropic.message_events import stream
from mock_openai.endpoints.anthropic.message_object import whole
from mock_openai.endpoints.anthropic.provider import ANTHROPIC
from mock_openai.endpoints.anthropic.tools import (
    OUTPUT,
    THINKING,
    TOOL_CHOICE,
    TOOLS,
    forced_tool,
    schemas_of,
)
from mock_openai.endpoints.anthropic.wire import WIRE
from mock_openai.endpoints.checks import Check, any_value, object_schema
from mock_openai.endpoints.endpoint import Endpoint
from mock_openai.endpoints.messages import read_messages
from mock_openai.errors import ApiError
from mock_openai.request.overrides import Overrides, read_headers, read_model
from mock_openai.request.parsed_request import ParsedRequest, canonical

PROMPT: dict[str, Check] = {
    "model": text("^.+$"),
    "messages": MESSAGES,
    "system": SYSTEM,
    "tools": TOOLS,
    "tool_choice": TOOL_CHOICE,
    "thinking": THINKING,
    "output_config": OUTPUT,
    "cache_control": any_value,
    "mcp_servers": any_value,
    "context_management": any_value,
    "speed": maybe(one_of("standard", "fast")),
    "user_profile_id": string,
    "workspace_id": string,
}
"""What is counted as a prompt, and who asks it."""
_FIELDS: dict[str, Check] = {
    **PROMPT,
    "max_tokens": bounded(int, 1),
    "stream": boolean,
    "stop_sequences": items(text(r"^.*\S.*$")),
    "temperature": bounded(float, 0, 1),
    "top_p": bounded(float, 0, 1),
    "top_k": bounded(int, 0),
    "metadata": fields({"user_id": maybe(string)}),
    "service_tier": one_of("auto", "standard_only"),
    "container": any_value,
    "inference_geo": maybe(string),
    "diagnostics": any_value,
}
_REQUIRED = ("model", "max_tokens", "messages")


def read(body: dict[str, Any], headers: Mapping[str, str]) -> tuple[ParsedRequest, Overrides]:
    """The request, and what it chooses of the mock. Raises ApiError."""
    check_fields(body, _FIELDS, _REQUIRED)
    _check_thinking(body)
    return read_prompt("messages", body, headers)


def read_prompt(
    endpoint: str, body: dict[str, Any], headers: Mapping[str, str]
) -> tuple[ParsedRequest, Overrides]:
    """A checked request of the endpoint of this name. Raises ApiError."""
    model, by_model = read_model(body["model"])
    parsed = read_messages(messages_of(body))
    parameters = schemas_of(body.get("tools") or ())
    choice = body.get("tool_choice")
    forced = forced_tool(choice, tuple(parameters))
    given = body
    body = {**body, "model": model, "messages": parsed.messages}
    request = ParsedRequest(
        endpoint=endpoint,
        body=body,
        canonical=canonical(body),
        model=model,
        stream=body.get("stream") is True,
        last_user=parsed.last_user,
        system=parsed.system,
        turn=parsed.turn,
        prompt=parsed.prompt,
        tools=tuple(parameters),
        has_tool_result=parsed.tool_result is not None,
        tool_rounds=parsed.tool_rounds,
        limit=body.get("max_tokens"),
        stop=tuple(body.get("stop_sequences") or ()),
        headers=headers,
        tool_result=parsed.tool_result or "",
        parameters=parameters,
        must_call=forced,
        parallel=not (choice or {}).get("disable_parallel_tool_use"),
        schema=_schema_of(body),
        extra_tokens=parsed.image_tokens,
        images=parsed.images,
        user=(body.get("metadata") or {}).get("user_id") or "",
        given=given,
    )
    return request, by_model.under(read_headers(headers)).under(parsed.overrides)


def _schema_of(body: Mapping[str, Any]) -> Any:
    output = (body.get("output_config") or {}).get("format")
    return output["schema"] if output else None


def _check_thinking(body: Mapping[str, Any]) -> None:
    thinking = body.get("thinking") or {"type": "disabled"}
    if thinking["type"] == "disabled":
        return
    if body.get("temperature", 1) != 1:
        message = "`temperature` may only be set to 1 when thinking is enabled."
        raise ApiError(400, message, "temperature")
    if (body.get("tool_choice") or {}).get("type") in ("any", "tool"):
        message = "Thinking may not be enabled when tool_choice forces tool use."
        raise ApiError(400, message, "thinking")
    if thinking.get("budget_tokens", 0) >= body["max_tokens"]:
        raise invalid("max_tokens", "must be greater than `thinking.budget_tokens`")


ENDPOINT = Endpoint(
    "messages",
    "/v1/messages",
    read,
    stream,
    whole,
    request=object_schema(_FIELDS, _REQUIRED),
    summary="Answer messages, as Anthropic does",
    answers=("id", "type", "role", "content", "model", "stop_reason", "usage"),
    provider=ANTHROPIC,
    wire=WIRE,
)
