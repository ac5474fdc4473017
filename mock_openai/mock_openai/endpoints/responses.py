"""`POST /v1/responses`: checks as OpenAI does, events as OpenAI sends them.

https://platform.openai.com/docs/api-reference/responses
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import orjson

from mock_openai.endpoints.chat import CACHING, EFFORT, LARGEST, VERBOSITY, named_model
from mock_openai.endpoints.checks import (
    Check,
    any_value,
    boolean,
    check_fields,
    decimal,
    fields,
    integer,
    items,
    mapping,
    maybe,
    maybe_string,
    metadata,
    missing,
    object_schema,
    one_of,
    string,
    wrong_value,
)
from mock_openai.endpoints.endpoint import Endpoint
from mock_openai.endpoints.messages import ParsedMessages, read_messages
from mock_openai.endpoints.response_events import frames_of
from mock_openai.endpoints.response_input import INPUT, TOOL_CHOICE, TOOLS, messages_of
from mock_openai.endpoints.response_object import final_status, response_object
from mock_openai.endpoints.tools import TEXT_FORMAT, forced_tool, response_schema, tool_schemas
from mock_openai.errors import ApiError
from mock_openai.plan.openai_wire import EVENTS
from mock_openai.plan.plan import Frame
from mock_openai.request.overrides import Overrides, read_headers
from mock_openai.request.parsed_request import ParsedRequest, canonical, named_conversation
from mock_openai.scenarios.answer import Answer

_SUMMARY = maybe(one_of(("auto", "concise", "detailed")))
_LOGPROBS = "message.output_text.logprobs"
_INCLUDE = one_of(
    (
        "file_search_call.results", "web_search_call.results", "web_search_call.action.sources",
        "message.input_image.image_url", "computer_call_output.output.image_url",
        "code_interpreter_call.outputs", "reasoning.encrypted_content", _LOGPROBS,
    )
)  # fmt: skip
_CACHING: dict[str, Check] = {
    **CACHING, "comparison_response_id": maybe_string, "prewarm": boolean,
}  # fmt: skip
_IN_BACKGROUND: dict[str, Check] = {
    "completion_window": maybe_string, "continuation_id": maybe_string,
}  # fmt: skip
_TEMPLATE: dict[str, Check] = {"id": string, "version": maybe_string, "variables": mapping}
_FIELDS: dict[str, Check] = {
    "model": string,
    "input": INPUT,
    "instructions": maybe_string,
    "stream": boolean,
    "stream_options": maybe(fields({"include_obfuscation": boolean})),
    "background": boolean,
    "background_options": maybe(fields(_IN_BACKGROUND)),
    "store": boolean,
    "previous_response_id": maybe_string,
    "conversation": any_value,
    "max_output_tokens": integer(16, LARGEST),
    "max_tool_calls": integer(0, LARGEST),
    "temperature": decimal(0, 2),
    "top_p": decimal(0, 1),
    "top_logprobs": integer(0, 20),
    "tools": TOOLS,
    "tool_choice": TOOL_CHOICE,
    "parallel_tool_calls": boolean,
    "reasoning": maybe(
        fields(
            {
                "effort": EFFORT,
                "summary": _SUMMARY,
                "generate_summary": _SUMMARY,
                "mode": any_value,
                "context": any_value,
            }
        )
    ),
    "text": maybe(fields({"format": TEXT_FORMAT, "verbosity": VERBOSITY})),
    "truncation": maybe(one_of(("auto", "disabled"))),
    "include": maybe(items(_INCLUDE, expected="an array of strings")),
    "metadata": metadata,
    "user": maybe_string,
    "service_tier": maybe_string,
    "safety_identifier": maybe_string,
    "prompt": maybe(fields(_TEMPLATE, ("id",), closed=False)),
    "prompt_cache_key": maybe_string,
    "prompt_cache_retention": maybe_string,
    "prompt_cache_options": maybe(fields(_CACHING)),
    "context_management": any_value,
    "moderation": any_value,
    "image": any_value,
    "access_programs": any_value,
    "client_metadata": mapping,
}
_REQUIRED = ("model",)
_TEMPLATE_MODEL = "gpt-4o"
"""The model of a prompt that OpenAI keeps, where the request names none."""
_INSTEAD_OF_INPUT = ("previous_response_id", "conversation", "prompt")


def read(body: dict[str, Any], headers: Mapping[str, str]) -> tuple[ParsedRequest, Overrides]:
    """The request, and what it chooses of the mock. Raises ApiError."""
    if body.get("prompt") and body.get("model") is None:
        body = {**body, "model": _TEMPLATE_MODEL}
    check_fields(body, _FIELDS, _REQUIRED)
    if body.get("input") is None and not any(body.get(name) for name in _INSTEAD_OF_INPUT):
        raise missing("input")
    _check_together(body)
    model, by_model = named_model(body)
    parsed_messages = read_messages(
        _with_instructions(body.get("instructions"), messages_of(body.get("input") or []))
    )
    tools = [tool for tool in body.get("tools") or () if tool["type"] == "function"]
    parameters = tool_schemas(tools)
    names = tuple(parameters)
    custom = tuple(tool["name"] for tool in body.get("tools") or () if tool["type"] == "custom")
    schema = response_schema((body.get("text") or {}).get("format"), "text.format.schema")
    given = body
    body = {**body, "model": model, "input": parsed_messages.messages[_instructed(body) :]}
    likely = _LOGPROBS in (body.get("include") or ()) or bool(body.get("top_logprobs"))
    parsed = ParsedRequest(
        endpoint=ENDPOINT.name,
        text_param="input",
        body=body,
        canonical=canonical(body),
        model=model,
        stream=body.get("stream") is True,
        tools=names,
        limit=body.get("max_output_tokens"),
        headers=headers,
        parameters=parameters,
        custom_tools=custom,
        must_call=_forced_tool(body.get("tool_choice"), names, custom),
        parallel=body.get("parallel_tool_calls") is not False,
        schema=schema,
        logprobs=(body.get("top_logprobs") or 0) if likely else None,
        previous=body.get("previous_response_id") or named_conversation(body),
        given=given,
    )
    overrides = by_model.under(read_headers(headers)).under(parsed_messages.overrides)
    return _with(parsed, parsed_messages), overrides


def _check_together(body: Mapping[str, Any]) -> None:
    if body.get("previous_response_id") and body.get("conversation"):
        message = (
            "Mutually exclusive parameters: 'previous_response_id' and 'conversation'. "
            "Ensure you are only providing one of these."
        )
        raise ApiError(400, message, "previous_response_id", "mutually_exclusive_parameters")
    if body.get("stream_options") is not None and body.get("stream") is not True:
        message = "The 'stream_options' parameter is only allowed when 'stream' is enabled."
        raise ApiError(400, message, "stream_options")
    if body.get("background") and body.get("store") is False:
        raise ApiError(400, "Background mode requires 'store' to be true.", "background")
    if isinstance(body.get("conversation"), dict) and "id" not in body["conversation"]:
        raise missing("conversation.id")
    _check_id(body.get("previous_response_id"), "previous_response_id", "resp")
    _check_id(named_conversation(body), "conversation", "conv")


def _check_id(name: Any, param: str, begins: str) -> None:
    maybe_string.run(name, param)
    if name is not None and not name.startswith(f"{begins}_"):
        message = f"Invalid '{param}': '{name[:100]}'. Expected an ID that begins with '{begins}'."
        raise wrong_value(param, message)


def _forced_tool(choice: Any, names: Sequence[str], custom: Sequence[str]) -> str | None:
    if not (names or custom) and (choice == "required" or _allows(choice)):
        return None  # another kind of tool is to be called
    if isinstance(choice, dict) and not _allows(choice):
        if choice["type"] not in ("function", "custom"):
            return None
        string.run(choice.get("name"), "tool_choice.name")
    return forced_tool(choice, names, custom)


def _allows(choice: Any) -> bool:
    return isinstance(choice, dict) and choice["type"] == "allowed_tools"


def _instructed(body: Mapping[str, Any]) -> int:
    return 1 if body.get("instructions") else 0


def _with_instructions(
    instructions: str | None, messages: list[dict[str, Any]]
) -> list[dict[str, Any]]:
    return [{"role": "system", "content": instructions}, *messages] if instructions else messages


def _with(request: ParsedRequest, parsed: ParsedMessages) -> ParsedRequest:
    return replace(
        request,
        last_user=parsed.last_user,
        system=parsed.system,
        turn=parsed.turn,
        prompt=parsed.prompt,
        has_tool_result=parsed.tool_result is not None,
        tool_rounds=parsed.tool_rounds,
        tool_result=parsed.tool_result or "",
        extra_tokens=parsed.image_tokens,
        images=parsed.images,
    )


def continued(request: ParsedRequest, history: Sequence[dict[str, Any]]) -> ParsedRequest:
    """The request with what was said before; instructions are not carried along."""
    own = list(request.body["input"])
    return _with(
        request,
        read_messages(_with_instructions(request.body.get("instructions"), [*history, *own])),
    )


def messages_after(request: ParsedRequest, answer: Answer) -> list[dict[str, Any]]:
    """What a conversation gains by this answer, as messages: by one that failed, the question."""
    if answer.failed:
        return [*request.body["input"]]
    choice = answer.choices[0]
    calls = [
        {"role": "assistant", "content": "", "called": part.name}
        for part in choice.parts
        if part.kind == "tool"
    ]
    text = choice.text + choice.text_of("refusal")
    texts = [{"role": "assistant", "content": text}] if text else []
    return [*request.body["input"], *texts, *calls]


def stream(request: ParsedRequest, answer: Answer) -> list[Frame]:
    """Every event of the answer."""
    return frames_of(request, answer)


def whole(request: ParsedRequest, answer: Answer) -> bytes:
    """In the background, the answer is only begun when it is given."""
    status = "queued" if request.body.get("background") else final_status(answer)
    return orjson.dumps(response_object(request, answer, status))


def _due_ns(request: ParsedRequest, answer: Answer) -> int:
    return 0 if request.body.get("background") else answer.last_ns


ENDPOINT = Endpoint(
    "responses",
    "/v1/responses",
    read,
    stream,
    whole,
    request=object_schema(_FIELDS, _REQUIRED),
    summary="Answer, and keep the answer",
    answers=("id", "object", "status", "output"),
    due_ns=_due_ns,
    continue_from=continued,
    wire=EVENTS,
    may_fail=True,
)
