"""`POST /v1/chat/completions`: checks as OpenAI does, frames as OpenAI sends them.

https://platform.openai.com/docs/api-reference/chat
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import orjson

from mock_openai import sse
from mock_openai.answer import Answer, Beat, Choice
from mock_openai.ask import Ask, canonical
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
from mock_openai.endpoints.messages import MESSAGES, hear
from mock_openai.endpoints.tools import (
    FUNCTION_CHOICE,
    FUNCTIONS,
    RESPONSE_FORMAT,
    TOOL_CHOICE,
    TOOLS,
    tool_schemas,
    wanted_schema,
    wanted_tool,
)
from mock_openai.errors import ApiError
from mock_openai.framed import Framed
from mock_openai.likelihood import Likely
from mock_openai.overrides import Overrides, read_headers, read_model
from mock_openai.plan import Frame, Frames

LARGEST = 2**31 - 1
EFFORT = maybe(one_of(("none", "minimal", "low", "medium", "high", "xhigh", "max")))
VERBOSITY = maybe(one_of(("low", "medium", "high")))
CACHE_OPTIONS = maybe(
    fields({"mode": maybe_string, "ttl": maybe_string, "comparison_response_id": maybe_string})
)
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
    "prompt_cache_options": CACHE_OPTIONS,
    "safety_identifier": maybe_string,
}
_REQUIRED = ("model", "messages")


def read(body: dict[str, Any], headers: Mapping[str, str]) -> tuple[Ask, Overrides]:
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
    heard = hear(body["messages"])
    parameters = tool_schemas(_functions(body))
    names = tuple(parameters)
    schema = wanted_schema(body.get("response_format"), "response_format")
    given, body = body, {**body, "model": model, "messages": heard.messages}
    stop = body.get("stop") or ()
    limits = (body.get("max_completion_tokens"), body.get("max_tokens"))
    choice = _choice_of(body, names)
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
        tools=names,
        has_tool_result=heard.tool_result is not None,
        tool_rounds=heard.tool_rounds,
        tool_result=heard.tool_result or "",
        choices=body.get("n") or 1,
        limit=min((limit for limit in limits if limit is not None), default=None),
        stop=(stop,) if isinstance(stop, str) else tuple(stop),
        headers=headers,
        parameters=parameters,
        must_call=choice,
        parallel=body.get("parallel_tool_calls") is not False,
        schema=schema,
        logprobs=(body.get("top_logprobs") or 0) if body.get("logprobs") else None,
        extra_tokens=heard.image_tokens,
        images=heard.images,
        given=given,
    )
    return ask, by_model.under(read_headers(headers)).under(heard.overrides)


def _choice_of(body: Mapping[str, Any], names: Sequence[str]) -> str | None:
    if body.get("function_call") is not None:
        return wanted_tool(body["function_call"], names, param="function_call")
    if body.get("tool_choice") == "required" and body.get("tools") and not names:
        return None  # custom tools alone: they are never called
    return wanted_tool(body.get("tool_choice"), names)


def stream_options(body: Mapping[str, Any], streamed: bool) -> Mapping[str, Any] | None:
    options: Mapping[str, Any] | None = body.get("stream_options")
    if options is not None and not streamed:
        message = "The 'stream_options' parameter is only allowed when 'stream' is enabled."
        raise ApiError(400, message, "stream_options")
    return options


def named_model(body: Mapping[str, Any]) -> tuple[str, Overrides]:
    model, by_model = read_model(body["model"])
    if not model:
        raise ApiError(400, "you must provide a model parameter", "model")
    return model, by_model


def _functions(body: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    tools = body.get("tools") or ()
    return [t["function"] for t in tools if "function" in t] + list(body.get("functions") or ())


def stream(ask: Ask, answer: Answer) -> Frames:
    """A role frame for each choice, a frame for each beat, finish, usage, [DONE]."""
    head, tail = _envelope(ask, answer)
    roles: list[Frame] = []
    for number, choice in enumerate(answer.choices):
        content = b"null" if _silent(choice) else b'""'
        delta = b'{"role":"assistant","content":%b,"refusal":null}' % content
        roles.append(Frame(answer.first_ns, _chunk(head, tail, number, delta), "role"))
    ends: list[Frame] = []
    for number, choice in enumerate(answer.choices):
        data = _chunk(head, tail, number, b"{}", orjson.dumps(_finish(ask, choice)))
        ends.append(Frame(answer.last_ns, data, "finish"))
    if ask.usage:
        usage = orjson.dumps(_usage(answer))
        data = head[: -len(_CHOICES)] + b'"choices":[],"usage":' + usage + b"}\n\n"
        ends.append(Frame(answer.last_ns, data, "usage"))
    ends.append(Frame(answer.last_ns, sse.DONE, "done"))
    kinds = answer.beats.columns[2]
    if len(answer.choices) == 1 and not answer.likely and kinds.count("content") == len(kinds):
        return _plainly(roles, answer, head, tail, ends)
    return Frames.of([*roles, *_every_kind(ask, answer, head, tail), *ends])


def _plainly(
    begin: Sequence[Frame], answer: Answer, head: bytes, tail: bytes, end: Sequence[Frame]
) -> Frames:
    """The usual answer: one choice, and all of it content."""
    at_ns, _, kinds, texts, chunks, _ = answer.beats.columns
    before = head + b'0,"delta":{"content":"'
    after = b'"},"logprobs":null,"finish_reason":null}' + tail
    first, last = Frames.of(begin).columns, Frames.of(end).columns
    return Frames(
        (*first[0], *at_ns, *last[0]),
        Framed(first[1], before, orjson.dumps(texts), after, last[1]),
        (*first[2], *kinds, *last[2]),
        (*first[3], *chunks, *last[3]),
    )


def _silent(choice: Choice) -> bool:
    """It calls a tool or refuses, and says nothing else."""
    kinds = {part.kind for part in choice.parts}
    return "content" not in kinds and not kinds.isdisjoint(("tool", "refusal"))


def _finish(ask: Ask, choice: Choice) -> str:
    called = choice.finish == "tool_calls"
    return "function_call" if called and "functions" in ask.body else choice.finish


def _every_kind(ask: Ask, answer: Answer, head: bytes, tail: bytes) -> list[Frame]:
    """A call's name and id come in a frame of their own, before its arguments."""
    frames: list[Frame] = []
    begun: set[tuple[int, int]] = set()
    likely: Sequence[tuple[Likely, ...]] = answer.likely or [()] * len(answer.beats)
    for beat, tokens in zip(answer.beats, likely, strict=True):
        place = (beat.choice, beat.part)
        if beat.kind == "tool" and place not in begun:
            begun.add(place)
            data = _chunk(head, tail, beat.choice, orjson.dumps(_call_begin(ask, answer, beat)))
            frames.append(Frame(beat.at_ns, data, "tool"))
            if not beat.text:
                continue
        delta = orjson.dumps(_delta(ask, answer, beat))
        told = orjson.dumps(_told(beat.kind, tokens)) if tokens else b"null"
        data = _chunk(head, tail, beat.choice, delta, b"null", told)
        frames.append(Frame(beat.at_ns, data, beat.kind, beat.chunk))
    return frames


_DELTAS = {"content": "content", "refusal": "refusal", "reasoning": "reasoning_content"}


def _call_begin(ask: Ask, answer: Answer, beat: Beat) -> dict[str, Any]:
    part = answer.choices[beat.choice].parts[beat.part]
    function = {"name": part.name, "arguments": ""}
    if "functions" in ask.body:
        return {"function_call": function}
    index = _call_index(answer, beat)
    call = {"index": index, "id": f"call_{part.key}", "type": "function", "function": function}
    return {"tool_calls": [call]}


def _call_index(answer: Answer, beat: Beat) -> int:
    parts = answer.choices[beat.choice].parts[: beat.part]
    return sum(part.kind == "tool" for part in parts)


def _delta(ask: Ask, answer: Answer, beat: Beat) -> dict[str, Any]:
    if beat.kind != "tool":
        return {_DELTAS[beat.kind]: beat.text}
    if "functions" in ask.body:
        return {"function_call": {"arguments": beat.text}}
    call = {"index": _call_index(answer, beat), "function": {"arguments": beat.text}}
    return {"tool_calls": [call]}


def _told(kind: str, tokens: Sequence[Likely]) -> dict[str, Any]:
    told = [
        {
            **_token(one.token, one.logprob),
            "top_logprobs": [_token(token, logprob) for token, logprob in one.tops],
        }
        for one in tokens
    ]
    return {"content": None, "refusal": None, kind: told}


def _token(token: str, logprob: float) -> dict[str, Any]:
    return {"token": token, "logprob": logprob, "bytes": list(token.encode())}


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


def _chunk(
    head: bytes,
    tail: bytes,
    number: int,
    delta: bytes,
    finish: bytes = b"null",
    logprobs: bytes = b"null",
) -> bytes:
    return b'%b%d,"delta":%b,"logprobs":%b,"finish_reason":%b}%b' % (
        head, number, delta, logprobs, finish, tail,
    )  # fmt: skip


def _usage(answer: Answer) -> dict[str, Any]:
    return {
        "prompt_tokens": answer.prompt_tokens,
        "completion_tokens": answer.completion_tokens,
        "total_tokens": answer.prompt_tokens + answer.completion_tokens,
        "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": answer.reasoning_tokens,
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
            "choices": [_choice(ask, answer, i) for i in range(len(answer.choices))],
            "usage": _usage(answer),
            "service_tier": "default",
            "system_fingerprint": answer.fingerprint,
        }
    )


def _choice(ask: Ask, answer: Answer, number: int) -> dict[str, Any]:
    choice = answer.choices[number]
    refusals = choice.said("refusal")
    message: dict[str, Any] = {
        "role": "assistant",
        "content": None if _silent(choice) else choice.text,
        "refusal": refusals or None,
        "annotations": [],
    }
    if reasoning := choice.said("reasoning"):
        message["reasoning_content"] = reasoning
    calls = [
        {
            "id": f"call_{part.key}",
            "type": "function",
            "function": {"name": part.name, "arguments": part.text},
        }
        for part in choice.parts
        if part.kind == "tool"
    ]
    if calls and "functions" in ask.body:
        message["function_call"] = calls[0]["function"]
    elif calls:
        message["tool_calls"] = calls
    return {
        "index": number,
        "message": message,
        "logprobs": _all_told(answer, number) if ask.logprobs is not None else None,
        "finish_reason": _finish(ask, choice),
    }


def _all_told(answer: Answer, number: int) -> dict[str, Any]:
    told: dict[str, Any] = {"content": None, "refusal": None}
    for beat, tokens in zip(answer.beats, answer.likely, strict=True):
        if beat.choice == number and tokens:
            told[beat.kind] = (told[beat.kind] or []) + _told(beat.kind, tokens)[beat.kind]
    return told


ENDPOINT = Endpoint(
    "chat.completions",
    "/v1/chat/completions",
    read,
    stream,
    whole,
    request=object_schema(_FIELDS, _REQUIRED),
)
