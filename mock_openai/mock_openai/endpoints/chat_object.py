"""A chat completion as OpenAI sends it: chunk by chunk, or as one object.

https://platform.openai.com/docs/api-reference/chat-streaming
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson

from mock_openai.plan import sse
from mock_openai.plan.encoded_frames import EncodedFrames
from mock_openai.plan.plan import Frame, Frames
from mock_openai.request.parsed_request import ParsedRequest
from mock_openai.scenarios.answer import Answer, Beat, Choice
from mock_openai.text.logprobs import TokenLogprobs


def stream(ask: ParsedRequest, answer: Answer) -> Frames:
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
        data = head[: -len(CHOICES)] + b'"choices":[],"usage":' + usage + b"}\n\n"
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
        EncodedFrames(first[1], before, orjson.dumps(texts), after, last[1]),
        (*first[2], *kinds, *last[2]),
        (*first[3], *chunks, *last[3]),
    )


def _silent(choice: Choice) -> bool:
    """It calls a tool or refuses, and says nothing else."""
    kinds = {part.kind for part in choice.parts}
    return "content" not in kinds and not kinds.isdisjoint(("tool", "refusal"))


def _finish(ask: ParsedRequest, choice: Choice) -> str:
    called = choice.finish == "tool_calls"
    return "function_call" if called and "functions" in ask.body else choice.finish


def _every_kind(ask: ParsedRequest, answer: Answer, head: bytes, tail: bytes) -> list[Frame]:
    """A call's name and id come in a frame of their own, before its arguments."""
    frames: list[Frame] = []
    begun: set[tuple[int, int]] = set()
    likely: Sequence[tuple[TokenLogprobs, ...]] = answer.likely or [()] * len(answer.beats)
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


def _call_begin(ask: ParsedRequest, answer: Answer, beat: Beat) -> dict[str, Any]:
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


def _delta(ask: ParsedRequest, answer: Answer, beat: Beat) -> dict[str, Any]:
    if beat.kind != "tool":
        return {_DELTAS[beat.kind]: beat.text}
    if "functions" in ask.body:
        return {"function_call": {"arguments": beat.text}}
    call = {"index": _call_index(answer, beat), "function": {"arguments": beat.text}}
    return {"tool_calls": [call]}


def _told(kind: str, tokens: Sequence[TokenLogprobs]) -> dict[str, Any]:
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


CHOICES = b'"choices":[{"index":'


def _envelope(ask: ParsedRequest, answer: Answer) -> tuple[bytes, bytes]:
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


def whole(ask: ParsedRequest, answer: Answer) -> bytes:
    """The unstreamed body."""
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


def _choice(ask: ParsedRequest, answer: Answer, number: int) -> dict[str, Any]:
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
    told: dict[str, list[Any]] = {}
    for beat, tokens in zip(answer.beats, answer.likely, strict=True):
        if beat.choice == number and tokens:
            told.setdefault(beat.kind, []).extend(_told(beat.kind, tokens)[beat.kind])
    return {"content": None, "refusal": None, **told}
