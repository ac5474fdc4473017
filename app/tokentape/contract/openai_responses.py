"""What OpenAI's Responses promise over event streams: items, their parts, arguments and summaries,
each with a life of its own, said again whole at each `done` and at the end.

https://platform.openai.com/docs/api-reference/responses-streaming
"""

from collections.abc import Mapping
from dataclasses import replace

from tokentape.contract.contract import Contract, Kind, Outcome, Part, RequestTemplate
from tokentape.contract.life import Channel, Life
from tokentape.contract.openai_items import (
    CALLED,
    DONE,
    ITEM,
    TYPES,
    added_as,
    done_as,
    identity,
    inner_kinds,
    item_kinds,
    item_order,
    value_order,
)

_PART = {**ITEM, "content_index": "integer"}
_SUMMARY = {**ITEM, "summary_index": "integer"}
_ITEM_DONE = (DONE, *map(done_as, CALLED))


def _kind(
    name: str,
    fields: Mapping[str, str] | None = None,
    pieces: Mapping[str, str] | None = None,
    wholes: Mapping[str, str] | None = None,
    end: Outcome | None = None,
    code: str | None = None,
) -> Kind:
    return Kind(
        name=f"response.{name}",
        fields=fields or {},
        pieces=pieces or {},
        wholes=wholes or {},
        end=end,
        code=code,
    )


_LISTED = Part(
    of="response.output",
    kinds=(
        *(
            Kind(
                name=f"listed {item}",
                where={"type": item},
                fields=identity(item, ""),
            )
            for item in TYPES
        ),
        Kind(name="listed item", fields={"type": "string", "id": "string"}),
    ),
)
"""What a response has by now."""


def _whole_response(
    name: str,
    output: str = "array?",
    end: Outcome | None = None,
    code: str | None = None,
    wholes: Mapping[str, str] | None = None,
) -> Kind:
    return Kind(
        name=f"response.{name}",
        fields={"response": "object", "response.id": "string", "response.output": output},
        parts=(_LISTED,),
        wholes=wholes or {},
        end=end,
        code=code,
    )


def _part_kinds(
    name: str, added: str, path: str, channel: str, more: Mapping[str, str]
) -> tuple[Kind, Kind]:
    """A part of this name, opened and closed."""
    where, fields = {"part.type": added}, {**_PART, path: "string", **more}
    return (
        Kind(name=name, where={"type": "response.content_part.added", **where}, fields=fields),
        Kind(
            name=f"{name}-done",
            where={"type": "response.content_part.done", **where},
            fields=fields,
            wholes={channel: path},
        ),
    )


_NOTED = {"part.annotations": "array"}


_ENDS = {
    "response.completed": "closed",
    "response.incomplete": "closed",
    "response.failed": "closed",
    "error": "closed",
    "error-event": "closed",
    "error-object": "closed",
}
_REQUEST = {
    "model": "$model",
    "input": "$message",
    "stream": True,
    "temperature": "$temperature",
    "max_output_tokens": "$max_tokens",
}

RESPONSES = Contract(
    dialect="openai-responses",
    transport="sse",
    start=RequestTemplate(method="POST", path="/responses", body=_REQUEST),
    kind_from="type",
    kinds=(
        Kind(name="error", end="failed", code="code"),
        # By the event's name alone, whatever it holds: the official JavaScript client goes by it.
        Kind(name="error-event", event="error", end="failed", code="code"),
        _whole_response("created", "empty?"),
        _whole_response("queued", "empty?"),
        _whole_response("in_progress", "empty?"),
        Kind(name="keepalive"),
        *item_kinds(
            {
                "text": "item.content.{1}.text",
                "refusal": "item.content.{1}.refusal",
                "summary": "item.summary.{1}.text",
                "arguments": "item.arguments",
                "input": "item.input",
                "code": "item.code",
            }
        ),
        *_part_kinds("text-part", "output_text", "part.text", "text", _NOTED),
        *_part_kinds("refusal-part", "refusal", "part.refusal", "refusal", {}),
        *_part_kinds("reasoning-part", "reasoning_text", "part.text", "reasoning", {}),
        _kind("content_part.added", {**_PART, "part.type": "string"}),
        _kind("content_part.done", {**_PART, "part.type": "string"}),
        _kind("output_text.delta", {**_PART, "delta": "string"}, {"text": "delta"}),
        _kind("output_text.annotation.added", {**_PART, "annotation_index": "count"}),
        _kind("output_text.done", {**_PART, "text": "string"}, wholes={"text": "text"}),
        _kind("refusal.delta", {**_PART, "delta": "string"}, {"refusal": "delta"}),
        _kind("refusal.done", {**_PART, "refusal": "string"}, wholes={"refusal": "refusal"}),
        _kind("reasoning_text.delta", {**_PART, "delta": "string"}, {"reasoning": "delta"}),
        _kind("reasoning_text.done", {**_PART, "text": "string"}, wholes={"reasoning": "text"}),
        _kind("reasoning_summary_part.added", {**_SUMMARY, "part.text": "string"}),
        _kind(
            "reasoning_summary_text.delta", {**_SUMMARY, "delta": "string"}, {"summary": "delta"}
        ),
        _kind(
            "reasoning_summary_text.done",
            {**_SUMMARY, "text": "string"},
            wholes={"summary": "text"},
        ),
        _kind(
            "reasoning_summary_part.done",
            {**_SUMMARY, "part.text": "string"},
            wholes={"summary": "part.text"},
        ),
        *inner_kinds(),
        _kind("audio.delta", {"delta": "string"}),
        _kind("audio.done"),
        _kind("audio.transcript.delta", {"delta": "string"}),
        _kind("audio.transcript.done"),
        _whole_response(
            "completed",
            end="completed",
            wholes={
                "text": "response.output.{0}.content.{1}.text",
                "refusal": "response.output.{0}.content.{1}.refusal",
                "summary": "response.output.{0}.summary.{1}.text",
                "arguments": "response.output.{0}.arguments",
                "input": "response.output.{0}.input",
                "id": "response.output.{0}.id?",
            },
        ),
        # A limit that was asked for is an answer, as far as it goes.
        _whole_response("incomplete", end="completed"),
        _whole_response("failed", end="failed", code="response.error.code"),
        # As chat says it; some servers do in either.
        Kind(name="error-object", has=("error",), end="failed", code="error.code"),
    ),
    order={
        "opened": {
            "response.created": "working",
            "error": "closed",
            "error-event": "closed",
            "error-object": "closed",
        },
        "working": {"*": "working", "keepalive": "working", **_ENDS},
        "closed": {},
    },
    run="response.id",
    seq="sequence_number",
    steady=("response.model",),
    closed_before=("response.completed",),
    tied={"item_id": "output_index", "item.id": "output_index"},
    lives=(
        Life(
            name="item",
            key=("output_index",),
            dense=True,
            constant=("item_id|item.id", "item.type", "item.call_id"),
            closed_before=_ITEM_DONE,
            order=item_order(),
        ),
        Life(
            name="call",
            key=("item.type", "item.call_id"),
            order={
                "opened": dict.fromkeys(map(added_as, CALLED), "open"),
                "open": dict.fromkeys(map(done_as, CALLED), "closed"),
                "closed": {},
            },
        ),
        Life(
            name="part",
            key=("output_index", "content_index"),
            within="item",
            dense=True,
            order={
                "opened": {
                    "text-part": "text",
                    "refusal-part": "refusal",
                    "reasoning-part": "reasoning",
                    "response.content_part.added": "other",
                },
                "text": {
                    "response.output_text.delta": "text",
                    "response.output_text.annotation.added": "text",
                    "response.output_text.done": "said",
                },
                "said": {
                    "response.output_text.annotation.added": "said",
                    "text-part-done": "closed",
                },
                "refusal": {
                    "response.refusal.delta": "refusal",
                    "response.refusal.done": "refused",
                },
                "refused": {"refusal-part-done": "closed"},
                "reasoning": {
                    "response.reasoning_text.delta": "reasoning",
                    "response.reasoning_text.done": "thought",
                    "reasoning-part-done": "closed",
                },
                "thought": {"reasoning-part-done": "closed"},
                "other": {"response.content_part.done": "closed"},
                "closed": {},
            },
        ),
        Life(
            name="summary",
            key=("output_index", "summary_index"),
            within="item",
            dense=True,
            order={
                "opened": {"response.reasoning_summary_part.added": "open"},
                "open": {
                    "response.reasoning_summary_text.delta": "open",
                    "response.reasoning_summary_text.done": "said",
                },
                "said": {"response.reasoning_summary_part.done": "closed"},
                "closed": {},
            },
        ),
        Life(
            name="value",
            key=("output_index",),
            within="item",
            order=value_order(),
        ),
    ),
    channels=(
        Channel(name="text", of="part", answer=True),
        # Said once, and again at the end: of no use to who waits for an answer.
        Channel(name="id", of="item", content=False),
        Channel(name="refusal", of="part"),
        Channel(name="reasoning", of="part"),
        Channel(name="summary", of="summary"),
        Channel(
            name="arguments",
            of="value",
            json="any",
            excused_by={"response.status": ("incomplete",)},
        ),
        Channel(name="input", of="value"),
        Channel(name="code", of="value"),
    ),
)

BACKGROUND = replace(
    RESPONSES,
    start=RequestTemplate(
        method="POST", path="/responses", body={**_REQUEST, "background": True, "store": True}
    ),
    resume=RequestTemplate(
        method="GET",
        path="/responses/$run",
        query={"stream": "true", "starting_after": "$seq"},
    ),
)
"""Responses that outlive their connection, as OpenAI has them: only these can be resumed."""
