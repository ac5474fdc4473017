"""The stream of `/v1/responses`: one event a frame, its sequence_number is the frame's place.

https://platform.openai.com/docs/api-reference/responses-streaming
"""

from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from mock_openai.endpoints.response_object import (
    Item,
    content_object,
    final_status,
    full_logprobs,
    item_object,
    items_of,
    response_object,
    short_logprobs,
    summarized,
)
from mock_openai.endpoints.segments import Segment
from mock_openai.plan import sse
from mock_openai.plan.plan import Frame
from mock_openai.request.parsed_request import ParsedRequest
from mock_openai.scenarios.answer import Answer, TimedChunk
from mock_openai.scenarios.scenario import FAILED
from mock_openai.text.logprobs import TokenLogprobs


def frames_of(request: ParsedRequest, answer: Answer) -> list[Frame]:
    """All events of the answer; the first are there at once, the last with the last chunk."""
    writing = _EventWriter(request, answer)
    writing.begin()
    items = items_of(answer.choices[0], answer.key)
    chunks = iter(
        zip(answer.timed_chunks, answer.likely or [()] * len(answer.timed_chunks), strict=True)
    )
    for number, item in enumerate(items):
        writing.item(number, item, chunks, last=number == len(items) - 1)
    writing.end()
    return writing.frames


class _EventWriter:
    """Counts events, and knows the time of the last one."""

    def __init__(self, request: ParsedRequest, answer: Answer) -> None:
        self.frames: list[Frame] = []
        self._request = request
        self._answer = answer
        self._at_ns = 0

    def _event(
        self, kind: str, name: str, fields: dict[str, Any], chunk: int | None = None
    ) -> None:
        event = {"type": name, **fields, "sequence_number": len(self.frames)}
        self.frames.append(Frame(self._at_ns, sse.event(orjson.dumps(event), name), kind, chunk))

    def _state(self, kind: str, name: str, status: str) -> None:
        response = response_object(self._request, self._answer, status)
        self._event(kind, f"response.{name}", {"response": response})

    def begin(self) -> None:
        background = bool(self._request.body.get("background"))
        self._state("begin", "created", "queued" if background else "in_progress")
        if background:
            self._state("begin", "queued", "queued")
        self._state("begin", "in_progress", "in_progress")
        self._at_ns = self._answer.first_ns

    def end(self) -> None:
        self._at_ns = self._answer.last_ns
        status = final_status(self._answer)
        self._state("finish", status, status)

    def item(
        self,
        number: int,
        item: Item,
        chunks: Iterator[tuple[TimedChunk, Sequence[TokenLogprobs]]],
        *,
        last: bool,
    ) -> None:
        request, answer = self._request, self._answer
        counts = [
            sum(one.first <= timed.part < one.last for timed in answer.timed_chunks)
            for one in item.segments
        ]
        played = [[next(chunks) for _ in range(many)] for many in counts]
        if played[0]:
            self._at_ns = played[0][0][0].at_ns
        begun = item_object(request, answer, item, "in_progress")
        self._event("item", "response.output_item.added", {"output_index": number, "item": begun})
        status = final_status(answer) if last else "completed"
        where = {"item_id": item.id, "output_index": number}
        for place, (segment, own) in enumerate(zip(item.segments, played, strict=True)):
            dones = self._segment(where, place, segment, own)
            if status == FAILED and place == len(item.segments) - 1:
                return  # what was under way is not done
            for name, fields in dones:
                self._event("part", name, fields)
        done = item_object(request, answer, item, status)
        self._event("item", "response.output_item.done", {"output_index": number, "item": done})

    def _segment(
        self,
        where: dict[str, Any],
        place: int,
        segment: Segment,
        chunks: Sequence[tuple[TimedChunk, Sequence[TokenLogprobs]]],
    ) -> list[tuple[str, dict[str, Any]]]:
        """Up to its last delta; gives the events that say that it is done."""
        if chunks:
            self._at_ns = chunks[0][0].at_ns
        if segment.kind == "tool" and segment.name in self._request.custom_tools:
            self._deltas("response.custom_tool_call_input.delta", where, chunks)
            done = {**where, "input": segment.text}
            return [("response.custom_tool_call_input.done", done)]
        if segment.kind == "tool":
            self._deltas("response.function_call_arguments.delta", where, chunks)
            done = {**where, "name": segment.name, "arguments": segment.text}
            return [("response.function_call_arguments.done", done)]
        if segment.kind == "reasoning" and summarized(self._request):
            return self._summary({**where, "summary_index": place}, segment, chunks)
        where = {**where, "content_index": place}
        part = content_object(self._answer, segment, begun=True)
        self._event("part", "response.content_part.added", {**where, "part": part})
        name, field = _CONTENTS[segment.kind]
        self._deltas(f"{name}.delta", where, chunks)
        done = {**where, field: segment.text}
        if segment.kind == "content":
            done["logprobs"] = _without_bytes(full_logprobs(self._answer, segment))
        part = content_object(self._answer, segment)
        return [(f"{name}.done", done), ("response.content_part.done", {**where, "part": part})]

    def _summary(
        self,
        where: dict[str, Any],
        segment: Segment,
        chunks: Sequence[tuple[TimedChunk, Sequence[TokenLogprobs]]],
    ) -> list[tuple[str, dict[str, Any]]]:
        name = "response.reasoning_summary"
        self._event(
            "part", f"{name}_part.added", {**where, "part": {"type": "summary_text", "text": ""}}
        )
        self._deltas(f"{name}_text.delta", where, chunks)
        part = {"type": "summary_text", "text": segment.text}
        return [
            (f"{name}_text.done", {**where, "text": segment.text}),
            (f"{name}_part.done", {**where, "part": part}),
        ]

    def _deltas(
        self,
        name: str,
        where: dict[str, Any],
        chunks: Sequence[tuple[TimedChunk, Sequence[TokenLogprobs]]],
    ) -> None:
        """What differs from one delta to the next is put in between bytes that don't."""
        start = sse.event(orjson.dumps({"type": name, **where, "delta": ""}), name)[:-5]
        is_text = name == "response.output_text.delta"
        dumps = orjson.dumps
        for timed, tokens in chunks:
            if is_text:
                logprobs = b',"logprobs":' + (dumps(short_logprobs(tokens)) if tokens else b"[]")
            else:
                logprobs = b""
            sequence = b',"sequence_number":%d}\n\n' % len(self.frames)
            data = start + dumps(timed.text) + logprobs + sequence
            self.frames.append(Frame(timed.at_ns, data, timed.kind, timed.chunk))
        if chunks:
            self._at_ns = chunks[-1][0].at_ns


_CONTENTS = {
    "content": ("response.output_text", "text"),
    "refusal": ("response.refusal", "refusal"),
    "reasoning": ("response.reasoning_text", "text"),
}


def _without_bytes(logprobs: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "token": one["token"],
            "logprob": one["logprob"],
            "top_logprobs": [
                {"token": top["token"], "logprob": top["logprob"]} for top in one["top_logprobs"]
            ],
        }
        for one in logprobs
    ]
