"""The events of a streamed message: one block after another, and why it stopped. Pure.

https://docs.anthropic.com/en/api/messages-streaming
"""

from collections.abc import Sequence
from typing import Any

import orjson

from mock_openai.endpoints.anthropic.message_object import (
    block,
    ending_of,
    is_omitted,
    message,
    prompt_usage,
    signature,
)
from mock_openai.endpoints.anthropic.wire import PING
from mock_openai.endpoints.segments import Segment, segments_of
from mock_openai.plan import sse
from mock_openai.plan.encoded_frames import EncodedFrames
from mock_openai.plan.plan import Frame, Frames
from mock_openai.request.parsed_request import ParsedRequest
from mock_openai.scenarios.answer import Answer

_DELTAS = {
    "content": ("text_delta", "text"),
    "refusal": ("text_delta", "text"),
    "reasoning": ("thinking_delta", "thinking"),
    "tool": ("input_json_delta", "partial_json"),
}


def stream(request: ParsedRequest, answer: Answer) -> Frames:
    """The begin at once, each block's events at their times, and the end with the last of them."""
    segments = segments_of(answer.choices[0])
    begun = message(request, answer, begun=True)
    begin = [Frame(0, _event("message_start", message=begun), "begin")]
    end = _end(answer)
    if not segments:
        return Frames.of([*begin, Frame(0, PING, "ping"), *end])
    if len(segments) == 1 and segments[0].kind == "content":
        return _plainly(begin, request, answer, segments[0], end)
    return Frames.of([*begin, *_blocks(request, answer, segments), *end])


def _event(name: str, **more: Any) -> bytes:
    return sse.event(orjson.dumps({"type": name, **more}), name)


def _end(answer: Answer) -> list[Frame]:
    usage = {
        **prompt_usage(answer),
        "output_tokens": answer.completion_tokens,
        "output_tokens_details": {"thinking_tokens": answer.reasoning_tokens},
    }
    stopped = _event("message_delta", delta=ending_of(answer), usage=usage)
    return [
        Frame(answer.last_ns, stopped, "finish"),
        Frame(answer.last_ns, _event("message_stop"), "done"),
    ]


def _around(number: int, kind: str) -> tuple[bytes, bytes]:
    """What stands before and after the text of a delta, which is the same in all of a block."""
    name, field = _DELTAS[kind]
    around = _event("content_block_delta", index=number, delta={"type": name, field: ""})
    before, after = around[:-5], around[-5:]
    return before, after


def _start(request: ParsedRequest, answer: Answer, number: int, segment: Segment) -> bytes:
    content_block = block(request, answer, number, segment, begun=True)
    return _event("content_block_start", index=number, content_block=content_block)


def _plainly(
    begin: Sequence[Frame],
    request: ParsedRequest,
    answer: Answer,
    segment: Segment,
    end: Sequence[Frame],
) -> Frames:
    """The usual answer: one block of text."""
    at_ns, _, kinds, texts, chunks, _ = answer.timed_chunks.columns
    before, after = _around(0, "content")
    starts = [
        *begin,
        Frame(at_ns[0], _start(request, answer, 0, segment), "block"),
        Frame(at_ns[0], PING, "ping"),
    ]
    stop = Frame(at_ns[-1], _event("content_block_stop", index=0), "block")
    first, last = Frames.of(starts).columns, Frames.of([stop, *end]).columns
    return Frames(
        (*first[0], *at_ns, *last[0]),
        EncodedFrames(first[1], before, orjson.dumps(texts), after, last[1]),
        (*first[2], *kinds, *last[2]),
        (*first[3], *chunks, *last[3]),
    )


def _blocks(request: ParsedRequest, answer: Answer, segments: Sequence[Segment]) -> list[Frame]:
    frames: list[Frame] = []
    for number, segment in enumerate(segments):
        timed = [one for one in answer.timed_chunks if segment.first <= one.part < segment.last]
        first_ns, last_ns = timed[0].at_ns, timed[-1].at_ns
        frames.append(Frame(first_ns, _start(request, answer, number, segment), "block"))
        if not number:
            frames.append(Frame(first_ns, PING, "ping"))
        before, after = _around(number, segment.kind)
        if segment.kind == "tool":
            frames.append(Frame(first_ns, before + after, "tool"))
        if segment.kind != "reasoning" or not is_omitted(request):
            frames += [
                Frame(one.at_ns, before + orjson.dumps(one.text)[1:-1] + after, one.kind, one.chunk)
                for one in timed
                if one.text
            ]
        if segment.kind == "reasoning":
            signed = {"type": "signature_delta", "signature": signature(answer, number)}
            frames.append(
                Frame(
                    last_ns, _event("content_block_delta", index=number, delta=signed), "signature"
                )
            )
        frames.append(Frame(last_ns, _event("content_block_stop", index=number), "block"))
    return frames
