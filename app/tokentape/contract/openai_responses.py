"""What OpenAI's Responses promise over event streams: items, their parts, arguments and summaries,
each with a life of its own, said again whole at each `done` and at the end.

https://platform.openai.com/docs/api-reference/responses-streaming
"""

from collections.abc import Mapping
from dataclasses import replace

from tokentape.contract.contract import Contract, Kind, Outcome, RequestTemplate
from tokentape.contract.life import Channel, Life
from tokentape.contract.order import Order

_ITEM = {"item_id": "string", "output_index": "integer"}
_PART = {**_ITEM, "content_index": "integer"}
_SUMMARY = {**_ITEM, "summary_index": "integer"}
_TOOL_STATES = (
    "code_interpreter_call.in_progress",
    "code_interpreter_call.interpreting",
    "code_interpreter_call.completed",
    "file_search_call.in_progress",
    "file_search_call.searching",
    "file_search_call.completed",
    "web_search_call.in_progress",
    "web_search_call.searching",
    "web_search_call.completed",
    "image_generation_call.in_progress",
    "image_generation_call.generating",
    "image_generation_call.partial_image",
    "image_generation_call.completed",
    "mcp_call.in_progress",
    "mcp_call.completed",
    "mcp_call.failed",
    "mcp_list_tools.in_progress",
    "mcp_list_tools.completed",
    "mcp_list_tools.failed",
    "compaction.compacting",
    "shell_call_command.added",
    "shell_call_command.delta",
    "shell_call_command.done",
    "shell_call_output_content.delta",
    "shell_call_output_content.done",
)
"""How far the model's own tools are: they belong to an item, and to no answer."""
_SPELLED = {
    "function_call_arguments": ("arguments", "arguments"),
    "mcp_call_arguments": ("arguments", "arguments"),
    "custom_tool_call_input": ("input", "input"),
    "code_interpreter_call_code": ("code", "code"),
}
"""What an item's one value is written as: event → channel, and the field that repeats it whole."""


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


def _spelled(event: str, channel: str, whole: str) -> tuple[Kind, Kind]:
    return (
        _kind(f"{event}.delta", {**_ITEM, "delta": "string"}, {channel: "delta"}),
        _kind(f"{event}.done", {**_ITEM, whole: "string"}, wholes={channel: whole}),
    )


def _written(*events: str) -> Order:
    """Pieces, if any, and then the whole."""
    deltas = {f"response.{event}.delta": "open" for event in events}
    dones = {f"response.{event}.done": "closed" for event in events}
    return {"opened": {**deltas, **dones}, "open": {**deltas, **dones}, "closed": {}}


_PART_KINDS = (
    "content_part.added",
    "output_text.delta",
    "output_text.annotation.added",
    "output_text.done",
    "refusal.delta",
    "refusal.done",
    "reasoning_text.delta",
    "reasoning_text.done",
    "content_part.done",
    "reasoning_summary_part.added",
    "reasoning_summary_text.delta",
    "reasoning_summary_text.done",
    "reasoning_summary_part.done",
)
_WITHIN_ITEM = (
    *_PART_KINDS,
    *(f"{event}.{way}" for event in _SPELLED for way in ("delta", "done")),
    *_TOOL_STATES,
)
_ENDS = {
    "response.completed": "closed",
    "response.incomplete": "closed",
    "response.failed": "closed",
    "error": "closed",
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
        _kind("created", {"response.id": "string"}),
        _kind("queued"),
        _kind("in_progress"),
        Kind(name="keepalive"),
        _kind("output_item.added", {"output_index": "integer", "item.type": "string"}),
        Kind(
            name="reasoning-part",
            where={"type": "response.content_part.added", "part.type": "reasoning_text"},
            fields=_PART,
        ),
        _kind("content_part.added", {**_PART, "part.type": "string"}),
        _kind("output_text.delta", {**_PART, "delta": "string"}, {"text": "delta"}),
        _kind("output_text.annotation.added", _PART),
        _kind("output_text.done", {**_PART, "text": "string"}, wholes={"text": "text"}),
        _kind("refusal.delta", {**_PART, "delta": "string"}, {"refusal": "delta"}),
        _kind("refusal.done", {**_PART, "refusal": "string"}, wholes={"refusal": "refusal"}),
        _kind("reasoning_text.delta", {**_PART, "delta": "string"}, {"reasoning": "delta"}),
        _kind("reasoning_text.done", {**_PART, "text": "string"}, wholes={"reasoning": "text"}),
        Kind(
            name="text-part-done",
            where={"type": "response.content_part.done", "part.type": "output_text"},
            fields=_PART,
            wholes={"text": "part.text"},
        ),
        _kind("content_part.done", _PART),
        _kind("reasoning_summary_part.added", _SUMMARY),
        _kind(
            "reasoning_summary_text.delta", {**_SUMMARY, "delta": "string"}, {"summary": "delta"}
        ),
        _kind(
            "reasoning_summary_text.done",
            {**_SUMMARY, "text": "string"},
            wholes={"summary": "text"},
        ),
        _kind("reasoning_summary_part.done", _SUMMARY, wholes={"summary": "part.text"}),
        *(kind for event, names in _SPELLED.items() for kind in _spelled(event, *names)),
        *(_kind(name, {"output_index": "integer"}) for name in _TOOL_STATES),
        _kind(
            "output_item.done",
            {"output_index": "integer", "item.type": "string"},
            wholes={"text": "item.content.{1}.text", "arguments": "item.arguments"},
        ),
        _kind(
            "completed",
            {"response.id": "string"},
            wholes={
                "text": "response.output.{0}.content.{1}.text",
                "refusal": "response.output.{0}.content.{1}.refusal",
                "arguments": "response.output.{0}.arguments",
            },
            end="completed",
        ),
        # A limit that was asked for is an answer, as far as it goes.
        _kind("incomplete", {"response.id": "string"}, end="completed"),
        _kind("failed", {"response.id": "string"}, end="failed", code="response.error.code"),
        Kind(name="error", end="failed", code="code"),
        # As chat says it; some servers do in either.
        Kind(name="error-object", has=("error",), end="failed", code="error.code"),
    ),
    order={
        "opened": {
            "response.created": "working",
            "keepalive": "opened",
            "error": "closed",
            "error-object": "closed",
        },
        "working": {"*": "working", "keepalive": "working", **_ENDS},
        "closed": {},
    },
    run="response.id",
    seq="sequence_number",
    steady=("response.model",),
    closed_before=("response.completed",),
    tied={"item_id": "output_index"},
    lives=(
        Life(
            name="item",
            key=("output_index",),
            dense=True,
            constant=("item_id|item.id",),
            closed_before=("response.output_item.done",),
            order={
                "opened": {"response.output_item.added": "open"},
                "open": {
                    "response.output_item.done": "closed",
                    "reasoning-part": "open",
                    "text-part-done": "open",
                    **{f"response.{name}": "open" for name in _WITHIN_ITEM},
                },
                "closed": {},
            },
        ),
        Life(
            name="part",
            key=("output_index", "content_index"),
            within="item",
            dense=True,
            order={
                "opened": {"response.content_part.added": "open", "reasoning-part": "thinking"},
                "open": {
                    "response.output_text.delta": "open",
                    "response.output_text.annotation.added": "open",
                    "response.output_text.done": "said",
                    "response.refusal.delta": "open",
                    "response.refusal.done": "said",
                },
                "said": {
                    "response.output_text.annotation.added": "said",
                    "text-part-done": "closed",
                    "response.content_part.done": "closed",
                },
                "thinking": {"response.content_part.done": "closed"},
                "closed": {},
            },
        ),
        Life(
            name="reasoning",
            key=("output_index", "content_index"),
            within="item",
            order=_written("reasoning_text"),
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
            order=_written(*_SPELLED),
        ),
    ),
    channels=(
        Channel(name="text", of="part", answer=True),
        Channel(name="refusal", of="part"),
        Channel(name="reasoning", of="reasoning"),
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
