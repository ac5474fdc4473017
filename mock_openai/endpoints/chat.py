"""`POST /v1/chat/completions`: checks as OpenAI does, frames as OpenAI sends them.

https://platform.openai.com/docs/api-reference/chat
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from mock_openai import sse
from mock_openai.answer import Answer, Choice
from mock_openai.ask import Ask, canonical
from mock_openai.endpoints.checks import (
    Check,
    any_value,
    array,
    boolean,
    check_fields,
    decimal,
    integer,
    mapping,
    maybe_string,
    one_of,
    stops,
    string,
    wrong_type,
)
from mock_openai.endpoints.endpoint import Endpoint
from mock_openai.endpoints.messages import check_messages, hear
from mock_openai.errors import ApiError
from mock_openai.overrides import Overrides, read_headers, read_model
from mock_openai.plan import Frame

_LARGEST = 2**31 - 1
_FIELDS: dict[str, Check] = {
    "model": string,
    "messages": check_messages,
    "stream": boolean,
    "stream_options": mapping,
    "temperature": decimal(0, 2),
    "top_p": decimal(0, 1),
    "presence_penalty": decimal(-2, 2),
    "frequency_penalty": decimal(-2, 2),
    "n": integer(1, 128),
    "max_tokens": integer(1, _LARGEST),
    "max_completion_tokens": integer(1, _LARGEST),
    "seed": integer(-(2**63), 2**63 - 1),
    "stop": stops,
    "logprobs": boolean,
    "top_logprobs": integer(0, 20),
    "logit_bias": mapping,
    "tools": array,
    "tool_choice": any_value,
    "functions": array,
    "function_call": any_value,
    "parallel_tool_calls": boolean,
    "response_format": mapping,
    "reasoning_effort": one_of(("none", "minimal", "low", "medium", "high", "xhigh")),
    "verbosity": one_of(("low", "medium", "high")),
    "service_tier": maybe_string,
    "user": maybe_string,
    "metadata": mapping,
    "store": boolean,
    "modalities": any_value,
    "audio": any_value,
    "prediction": any_value,
    "web_search_options": any_value,
    "moderation": any_value,
    "prompt_cache_key": maybe_string,
    "prompt_cache_retention": maybe_string,
    "prompt_cache_options": any_value,
    "safety_identifier": maybe_string,
}
_STREAM_OPTIONS: dict[str, Check] = {"include_usage": boolean, "include_obfuscation": boolean}


def read(body: dict[str, Any], headers: Mapping[str, str]) -> tuple[Ask, Overrides]:
    check_fields(body, _FIELDS, ("model", "messages"))
    streamed = body.get("stream") is True
    options = body.get("stream_options")
    if options is not None:
        if not streamed:
            message = "The 'stream_options' parameter is only allowed when 'stream' is enabled."
            raise ApiError(400, message, "stream_options")
        check_fields(options, _STREAM_OPTIONS, (), "stream_options.")
    if body.get("top_logprobs") is not None and not body.get("logprobs"):
        message = "The 'top_logprobs' parameter is only allowed when 'logprobs' is enabled."
        raise ApiError(400, message, "top_logprobs")
    model, by_model = read_model(body["model"])
    if not model:
        raise ApiError(400, "you must provide a model parameter", "model")
    heard = hear(body["messages"])
    body = {**body, "model": model, "messages": heard.messages}
    stop = body.get("stop") or ()
    limits = (body.get("max_completion_tokens"), body.get("max_tokens"))
    ask = Ask(
        endpoint=ENDPOINT.name,
        body=body,
        canonical=canonical(body),
        model=model,
        stream=streamed,
        usage=bool(options and options.get("include_usage")),
        last_user=heard.last_user,
        system=heard.system,
        turn=heard.turn,
        prompt=heard.prompt,
        tools=_tool_names(body.get("tools") or ()),
        has_tool_result=heard.has_tool_result,
        choices=body.get("n") or 1,
        limit=min((limit for limit in limits if limit is not None), default=None),
        stop=(stop,) if isinstance(stop, str) else tuple(stop),
        headers=headers,
    )
    return ask, by_model.under(read_headers(headers)).under(heard.overrides)


def _tool_names(tools: Any) -> tuple[str, ...]:
    names = []
    for i, tool in enumerate(tools):
        if not isinstance(tool, dict):
            raise wrong_type(f"tools[{i}]", "an object", tool)
        check_fields(tool, _TOOL, ("type",), f"tools[{i}].")
        function = tool.get("function")
        if isinstance(function, dict):
            check_fields(function, _FUNCTION, ("name",), f"tools[{i}].function.")
            names.append(function["name"])
    return tuple(names)


_TOOL: dict[str, Check] = {"type": string, "function": mapping, "custom": mapping}
_FUNCTION: dict[str, Check] = {
    "name": string,
    "description": maybe_string,
    "parameters": mapping,
    "strict": boolean,
}


def stream(ask: Ask, answer: Answer) -> list[Frame]:
    """A role frame for each choice, a frame for each beat, finish, usage, [DONE]."""
    head, tail = _envelope(ask, answer)
    frames: list[Frame] = []
    for number in range(len(answer.choices)):
        delta = b'{"role":"assistant","content":"","refusal":null}'
        frames.append(Frame(answer.first_ns, _chunk(head, tail, number, delta), "role"))
    starts = [b'%b%d,"delta":{"content":' % (head, i) for i in range(len(answer.choices))]
    end = b'},"logprobs":null,"finish_reason":null}' + tail
    dumps = orjson.dumps
    frames.extend(
        Frame(beat.at_ns, starts[beat.choice] + dumps(beat.text) + end, beat.kind, beat.chunk)
        for beat in answer.beats
    )
    for number, choice in enumerate(answer.choices):
        data = _chunk(head, tail, number, b"{}", dumps(choice.finish))
        frames.append(Frame(answer.last_ns, data, "finish"))
    if ask.usage:
        data = head[: -len(_CHOICES)] + b'"choices":[],"usage":' + dumps(_usage(answer)) + b"}\n\n"
        frames.append(Frame(answer.last_ns, data, "usage"))
    frames.append(Frame(answer.last_ns, sse.DONE, "done"))
    return frames


_CHOICES = b'"choices":[{"index":'


def _envelope(ask: Ask, answer: Answer) -> tuple[bytes, bytes]:
    """What is the same in all frames: up to the choice's index, and after the choice."""
    fields = orjson.dumps(
        {
            "id": f"chatcmpl-{answer.key}",
            "object": "chat.completion.chunk",
            "created": answer.created,
            "model": answer.model,
            "service_tier": "default",
            "system_fingerprint": answer.fingerprint,
        }
    )
    head = b"data: " + fields[:-1] + b"," + _CHOICES
    return head, b'],"usage":null}\n\n' if ask.usage else b"]}\n\n"


def _chunk(head: bytes, tail: bytes, number: int, delta: bytes, finish: bytes = b"null") -> bytes:
    return b'%b%d,"delta":%b,"logprobs":null,"finish_reason":%b}%b' % (
        head, number, delta, finish, tail,
    )  # fmt: skip


def _usage(answer: Answer) -> dict[str, Any]:
    return {
        "prompt_tokens": answer.prompt_tokens,
        "completion_tokens": answer.completion_tokens,
        "total_tokens": answer.prompt_tokens + answer.completion_tokens,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": 0,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def whole(ask: Ask, answer: Answer) -> bytes:
    return orjson.dumps(
        {
            "id": f"chatcmpl-{answer.key}",
            "object": "chat.completion",
            "created": answer.created,
            "model": answer.model,
            "choices": [_choice(i, choice) for i, choice in enumerate(answer.choices)],
            "usage": _usage(answer),
            "service_tier": "default",
            "system_fingerprint": answer.fingerprint,
        }
    )


def _choice(number: int, choice: Choice) -> dict[str, Any]:
    return {
        "index": number,
        "message": {
            "role": "assistant",
            "content": choice.text,
            "refusal": None,
            "annotations": [],
        },
        "logprobs": None,
        "finish_reason": choice.finish,
    }


ENDPOINT = Endpoint("chat.completions", "/v1/chat/completions", read, stream, whole)
