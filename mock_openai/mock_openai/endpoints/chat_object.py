"""A chat completion as OpenAI sends it: chunk by chunk, or as one object.

https://platform.openai.com/docs/api-reference/chat-streaming
"""

from collections.abc import Sequence
from typing import Any

import orjson

from mock_openai.plan import sse
from mock_openai.plan.encoded_frames import EncodedFrames
from mock_openai.plan.plan import Frame, Frames
from mock_openai.request.parsed_request import ParsedRequest
from mock_openai.scenarios.answer import Answer, Choice, TimedChunk
from mock_openai.scenarios.parts import Part
from mock_openai.text.logprobs import TokenLogprobs


def stream(request: ParsedRequest, answer: Answer) -> Frames:
    """A role frame for each choice, a frame for each timed chunk, finish, usage, [DONE]."""
    head, tail = _envelope(request, answer)
    roles: list[Frame] = []
    for number, choice in enumerate(answer.choices):
        content = b"null" if _silent(choice) else b'""'
        delta = b'{"role":"assistant","content":%b,"refusal":null}' % content
        roles.append(Frame(answer.first_ns, _chunk(head, tail, number, delta), "role"))
    ends: list[Frame] = []
    for number, choice in enumerate(answer.choices):
        data = _chunk(head, tail, number, b"{}", orjson.dumps(_finish(request, choice)))
        ends.append(Frame(answer.last_ns, data, "finish"))
    if request.usage:
        usage = orjson.dumps(_usage(answer))
        data = head[: -len(CHOICES)] + b'"choices":[],"usage":' + usage + b"}\n\n"
        ends.append(Frame(answer.last_ns, data, "usage"))
    ends.append(Frame(answer.last_ns, sse.DONE, "done"))
    kinds = answer.timed_chunks.columns[2]
    if len(answer.choices) == 1 and not answer.likely and kinds.count("content") == len(kinds):
        return _plainly(roles, answer, head, tail, ends)
    return Frames.of([*roles, *_every_kind(request, answer, head, tail), *ends])


def _plainly(
    begin: Sequence[Frame], answer: Answer, head: bytes, tail: bytes, end: Sequence[Frame]
) -> Frames:
    """The usual answer: one choice, and all of it content."""
    at_ns, _, kinds, texts, chunks, _ = answer.timed_chunks.columns
    before = head + b'0,"delta":{"content":"'
    after = b'"},"logprobs":null,"finish_reason":null}' + tail
    first, last = Frames.of(begin).columns, Frames.of(end).columns
    return Frames(
        (*first[0], *at_ns, *last[0]),
        EncodedFrames(first[1], before, orjson.dumps(texts), after, last[1]),
        (*first[2], *kinds, *last[2]),
        (*first[3], *chunks, *last[3]),
    )


def _silent(choice: Choice) -> bool:
    """It calls a tool or refuses, and says nothing else."""
    kinds = {part.kind for part in choice.parts}
    return "content" not in kinds and not kinds.isdisjoint(("tool", "refusal"))


def _finish(request: ParsedRequest, choice: Choice) -> str:
    called = choice.finish == "tool_calls"
    return "function_call" if called and "functions" in request.body else choice.finish


def _every_kind(request: ParsedRequest, answer: Answer, head: bytes, tail: bytes) -> list[Frame]:
    """A call's name and id come in a frame of their own, before its arguments."""
    frames: list[Frame] = []
    begun: set[tuple[int, int]] = set()
    likely: Sequence[tuple[TokenLogprobs, ...]] = answer.likely or [()] * len(answer.timed_chunks)
    for timed, tokens in zip(answer.timed_chunks, likely, strict=True):
        place = (timed.choice, timed.part)
        if timed.kind == "tool" and place not in begun:
            begun.add(place)
            data = _chunk(
                head, tail, timed.choice, orjson.dumps(_call_begin(request, answer, timed))
            )
            frames.append(Frame(timed.at_ns, data, "tool"))
            if not timed.text:
                continue
        delta = orjson.dumps(_delta(request, answer, timed))
        logprobs = orjson.dumps(_logprobs(timed.kind, tokens)) if tokens else b"null"
        data = _chunk(head, tail, timed.choice, delta, b"null", logprobs)
        frames.append(Frame(timed.at_ns, data, timed.kind, timed.chunk))
    return frames


_DELTAS = {"content": "content", "refusal": "refusal", "reasoning": "reasoning_content"}


def _call_begin(request: ParsedRequest, answer: Answer, timed: TimedChunk) -> dict[str, Any]:
    part = answer.choices[timed.choice].parts[timed.part]
    if "functions" in request.body:
        return {"function_call": {"name": part.name, "arguments": ""}}
    call = _call(request, part._replace(text=""))
    return {"tool_calls": [{"index": _call_index(answer, timed), **call}]}


def _call(request: ParsedRequest, part: Part) -> dict[str, Any]:
    """A function has arguments, a custom tool an input."""
    kind, field = _fields_of(request, part.name)
    return {"id": f"call_{part.key}", "type": kind, kind: {"name": part.name, field: part.text}}


def _fields_of(request: ParsedRequest, name: str) -> tuple[str, str]:
    return ("custom", "input") if name in request.custom_tools else ("function", "arguments")


def _call_index(answer: Answer, timed: TimedChunk) -> int:
    parts = answer.choices[timed.choice].parts[: timed.part]
    return sum(part.kind == "tool" for part in parts)


def _delta(request: ParsedRequest, answer: Answer, timed: TimedChunk) -> dict[str, Any]:
    if timed.kind != "tool":
        return {_DELTAS[timed.kind]: timed.text}
    if "functions" in request.body:
        return {"function_call": {"arguments": timed.text}}
    kind, field = _fields_of(request, answer.choices[timed.choice].parts[timed.part].name)
    call = {"index": _call_index(answer, timed), kind: {field: timed.text}}
    return {"tool_calls": [call]}


def _logprobs(kind: str, tokens: Sequence[TokenLogprobs]) -> dict[str, Any]:
    logprobs = [
        {
            **_token(one.token, one.logprob),
            "top_logprobs": [_token(token, logprob) for token, logprob in one.tops],
        }
        for one in tokens
    ]
    return {"content": None, "refusal": None, kind: logprobs}


def _token(token: str, logprob: float) -> dict[str, Any]:
    return {"token": token, "logprob": logprob, "bytes": list(token.encode())}


CHOICES = b'"choices":[{"index":'


def _envelope(request: ParsedRequest, answer: Answer) -> tuple[bytes, bytes]:
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
    head = b"data: " + fields[:-1] + b"," + CHOICES
    return head, b'],"usage":null}\n\n' if request.usage else b"]}\n\n"


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
        "prompt_tokens_details": {"cached_tokens": answer.cached_tokens, "audio_tokens": 0},
        "completion_tokens_details": {
            "reasoning_tokens": answer.reasoning_tokens,
            "audio_tokens": 0,
            "accepted_prediction_tokens": 0,
            "rejected_prediction_tokens": 0,
        },
    }


def whole(request: ParsedRequest, answer: Answer) -> bytes:
    """The unstreamed body."""
    return orjson.dumps(
        {
            "id": f"chatcmpl-{answer.key}",
            "object": "chat.completion",
            "created": answer.created,
            "model": answer.model,
            "choices": [_choice(request, answer, i) for i in range(len(answer.choices))],
            "usage": _usage(answer),
            "service_tier": "default",
            "system_fingerprint": answer.fingerprint,
        }
    )


def _choice(request: ParsedRequest, answer: Answer, number: int) -> dict[str, Any]:
    choice = answer.choices[number]
    refusals = choice.text_of("refusal")
    message: dict[str, Any] = {
        "role": "assistant",
        "content": None if _silent(choice) else choice.text,
        "refusal": refusals or None,
        "annotations": [],
    }
    if reasoning := choice.text_of("reasoning"):
        message["reasoning_content"] = reasoning
    calls = [_call(request, part) for part in choice.parts if part.kind == "tool"]
    if calls and "functions" in request.body:
        message["function_call"] = calls[0]["function"]
    elif calls:
        message["tool_calls"] = calls
    return {
        "index": number,
        "message": message,
        "logprobs": _all_logprobs(answer, number) if request.logprobs is not None else None,
        "finish_reason": _finish(request, choice),
    }


def _all_logprobs(answer: Answer, number: int) -> dict[str, Any]:
    logprobs: dict[str, list[Any]] = {}
    for timed, tokens in zip(answer.timed_chunks, answer.likely, strict=True):
        if timed.choice == number and tokens:
            logprobs.setdefault(timed.kind, []).extend(_logprobs(timed.kind, tokens)[timed.kind])
    return {"content": None, "refusal": None, **logprobs}
