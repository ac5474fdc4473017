"""The stream of `/v1/responses`: one event a frame, its sequence_number is the frame's place.

https://platform.openai.com/docs/api-reference/responses-streaming
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import orjson

from mock_openai.endpoints.response_object import (
    Item,
    Segment,
    content_object,
    final_status,
    full_logprobs,
    item_object,
    items_of,
    response_object,
    short_logprobs,
    summarized,
)
from mock_openai.plan import sse
from mock_openai.plan.plan import Frame
from mock_openai.request.parsed_request import ParsedRequest
from mock_openai.scenarios.answer import Answer, Beat
from mock_openai.text.logprobs import TokenLogprobs


def frames_of(ask: ParsedRequest, answer: Answer) -> list[Frame]:
    """All events of the answer; the first are there at once, the last with the last chunk."""
    writing = _EventWriter(ask, answer)
    writing.begin()
    items = items_of(answer.choices[0], answer.key)
    beats = iter(zip(answer.beats, answer.likely or [()] * len(answer.beats), strict=True))
    for number, item in enumerate(items):
        writing.item(number, item, beats, last=number == len(items) - 1)
    writing.end()
    return writing.frames


class _EventWriter:
    """Counts events, and knows the time of the last one."""

    def __init__(self, ask: ParsedRequest, answer: Answer) -> None:
        self.frames: list[Frame] = []
        self._ask = ask
        self._answer = answer
        self._at_ns = 0

    def _event(
        self, kind: str, name: str, fields: dict[str, Any], chunk: int | None = None
    ) -> None:
        event = {"type": name, **fields, "sequence_number": len(self.frames)}
        self.frames.append(Frame(self._at_ns, sse.event(orjson.dumps(event), name), kind, chunk))

    def _state(self, kind: str, name: str, status: str) -> None:
        response = response_object(self._ask, self._answer, status)
        self._event(kind, f"response.{name}", {"response": response})

    def begin(self) -> None:
        background = bool(self._ask.body.get("background"))
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
        beats: Iterator[tuple[Beat, Sequence[TokenLogprobs]]],
        *,
        last: bool,
    ) -> None:
        ask, answer = self._ask, self._answer
        counts = [
            sum(one.first <= beat.part < one.last for beat in answer.beats) for one in item.segments
        ]
        played = [[next(beats) for _ in range(wanted)] for wanted in counts]
        if played[0]:
            self._at_ns = played[0][0][0].at_ns
        begun = item_object(ask, answer, item, "in_progress")
        self._event("item", "response.output_item.added", {"output_index": number, "item": begun})
        for place, (segment, said) in enumerate(zip(item.segments, played, strict=True)):
            self._segment(item, {"item_id": item.id, "output_index": number}, place, segment, said)
        status = final_status(answer) if last else "completed"
        done = item_object(ask, answer, item, status)
        self._event("item", "response.output_item.done", {"output_index": number, "item": done})

    def _segment(
        self,
        item: Item,
        where: dict[str, Any],
        place: int,
        segment: Segment,
        said: Sequence[tuple[Beat, Sequence[TokenLogprobs]]],
    ) -> None:
        if said:
            self._at_ns = said[0][0].at_ns
        if segment.kind == "tool":
            self._deltas("response.function_call_arguments.delta", where, said)
            done = {**where, "name": segment.name, "arguments": segment.text}
            self._event("part", "response.function_call_arguments.done", done)
            return
        if segment.kind == "reasoning" and summarized(self._ask):
            self._summary({**where, "summary_index": place}, segment, said)
            return
        where = {**where, "content_index": place}
        part = content_object(self._answer, segment, begun=True)
        self._event("part", "response.content_part.added", {**where, "part": part})
        name, field = _CONTENTS[segment.kind]
        self._deltas(f"{name}.delta", where, said)
        done = {**where, field: segment.text}
        if segment.kind == "content":
            done["logprobs"] = _without_bytes(full_logprobs(self._answer, segment))
        self._event("part", f"{name}.done", done)
        part = content_object(self._answer, segment)
        self._event("part", "response.content_part.done", {**where, "part": part})

    def _summary(
        self,
        where: dict[str, Any],
        segment: Segment,
        said: Sequence[tuple[Beat, Sequence[TokenLogprobs]]],
    ) -> None:
        name = "response.reasoning_summary"
        self._event(
            "part", f"{name}_part.added", {**where, "part": {"type": "summary_text", "text": ""}}
        )
        self._deltas(f"{name}_text.delta", where, said)
        self._event("part", f"{name}_text.done", {**where, "text": segment.text})
        part = {"type": "summary_text", "text": segment.text}
        self._event("part", f"{name}_part.done", {**where, "part": part})

    def _deltas(
        self, name: str, where: dict[str, Any], said: Sequence[tuple[Beat, Sequence[TokenLogprobs]]]
    ) -> None:
        """What differs from one delta to the next is put in between bytes that don't."""
        start = sse.event(orjson.dumps({"type": name, **where, "delta": ""}), name)[:-5]
        spoken = name == "response.output_text.delta"
        dumps = orjson.dumps
        for beat, tokens in said:
            if spoken:
                told = b',"logprobs":' + (dumps(short_logprobs(tokens)) if tokens else b"[]")
            else:
                told = b""
            sequence = b',"sequence_number":%d}\n\n' % len(self.frames)
            data = start + dumps(beat.text) + told + sequence
            self.frames.append(Frame(beat.at_ns, data, beat.kind, beat.chunk))
        if said:
            self._at_ns = said[-1][0].at_ns


_CONTENTS = {
    "content": ("response.output_text", "text"),
    "refusal": ("response.refusal", "refusal"),
    "reasoning": ("response.reasoning_text", "text"),
}


def _without_bytes(told: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    return [
        {
            "token": one["token"],
            "logprob": one["logprob"],
            "top_logprobs": [
                {"token": top["token"], "logprob": top["logprob"]} for top in one["top_logprobs"]
            ],
        }
        for one in told
    ]
