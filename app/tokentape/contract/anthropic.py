"""Anthropic's Messages API over event streams, as a contract: an answer of numbered blocks.

https://docs.anthropic.com/en/api/messages-streaming. Both official clients show nothing of a frame
without `event:`, and say nothing of it; here it is wrong.
"""

from collections.abc import Mapping

from tokentape.contract.contract import Contract, Json, Kind, Outcome, RequestTemplate
from tokentape.contract.life import Channel, Life

_MOST_TOKENS = 4_096
"""The API takes no request without such a limit."""

_STOPS = (
    "=end_turn/max_tokens/stop_sequence/tool_use/pause_turn/refusal/model_context_window_exceeded"
)

_CALLS = {"tool": "tool_use", "server-tool": "server_tool_use", "mcp-tool": "mcp_tool_use"}
"""Kind → the type of its block: all of them have arguments and no text."""


def _kind(
    name: str,
    event: str,
    where: Mapping[str, Json] | None = None,
    fields: Mapping[str, str] | None = None,
    pieces: Mapping[str, str] | None = None,
    has: tuple[str, ...] = (),
    end: Outcome | None = None,
    code: str | None = None,
) -> Kind:
    return Kind(
        name=name,
        event=event,
        where={"type": event, **(where or {})},
        fields=fields or {},
        pieces=pieces or {},
        has=has,
        end=end,
        code=code,
    )


def _block(name: str, kind: str | None, fields: Mapping[str, str], **pieces: str) -> Kind:
    where = {} if kind is None else {"content_block.type": kind}
    return _kind(name, "content_block_start", where, {"index": "integer", **fields}, pieces)


def _delta(name: str, kind: str | None, fields: Mapping[str, str], **pieces: str) -> Kind:
    where = {} if kind is None else {"delta.type": kind}
    return _kind(name, "content_block_delta", where, {"index": "integer", **fields}, pieces)


MESSAGES = Contract(
    dialect="anthropic",
    transport="sse",
    start=RequestTemplate(
        method="POST",
        path="/v1/messages",
        headers={"anthropic-version": "2023-06-01", "x-api-key": "$token"},
        body={
            "model": "$model",
            "max_tokens": _MOST_TOKENS,
            "stream": True,
            "messages": [{"role": "user", "content": "$message"}],
        },
    ),
    unknown="passed",
    kinds=(
        _kind(
            "message_start",
            "message_start",
            fields={
                "message.id": "string",
                "message.role": "=assistant",
                "message.content": "empty",
                "message.usage.input_tokens": "integer",
                "message.usage.output_tokens": "integer",
            },
        ),
        _block("text", "text", {"content_block.text": "string"}, text="content_block.text"),
        *(
            _block(name, kind, {"content_block.id": "string", "content_block.name": "string"})
            for name, kind in _CALLS.items()
        ),
        _block("thinking", "thinking", {"content_block.thinking": "string"}),
        _block("other", None, {"content_block.type": "string"}),
        _delta("text-delta", "text_delta", {"delta.text": "string"}, text="delta.text"),
        _delta(
            "json-delta",
            "input_json_delta",
            {"delta.partial_json": "string"},
            arguments="delta.partial_json",
        ),
        _delta(
            "thinking-delta",
            "thinking_delta",
            {"delta.thinking": "string"},
            reasoning="delta.thinking",
        ),
        _delta("signature", "signature_delta", {"delta.signature": "string"}),
        _delta("citation", "citations_delta", {}),
        _delta("other-delta", None, {"delta.type": "string"}),
        _kind("content_block_stop", "content_block_stop", fields={"index": "integer"}),
        _kind(
            "stopping",
            "message_delta",
            fields={"delta.stop_reason": _STOPS, "usage.output_tokens": "integer"},
            has=("delta.stop_reason",),
        ),
        _kind(
            "counting",
            "message_delta",
            fields={"delta": "object", "usage.output_tokens": "integer"},
        ),
        _kind("message_stop", "message_stop", end="completed"),
        _kind("ping", "ping"),
        _kind(
            "error",
            "error",
            fields={"error.type": "string", "error.message": "string"},
            end="failed",
            code="error.type",
        ),
    ),
    order={
        "opened": {"message_start": "answering", "ping": "opened", "error": "failed"},
        "answering": {
            "text": "block",
            **dict.fromkeys(_CALLS, "block"),
            "thinking": "block",
            "other": "block",
            "counting": "answering",
            "stopping": "ending",
            "ping": "answering",
            "error": "failed",
        },
        "block": {
            "text-delta": "block",
            "citation": "block",
            "json-delta": "block",
            "thinking-delta": "block",
            "signature": "block",
            "other-delta": "block",
            "content_block_stop": "answering",
            "ping": "block",
            "error": "failed",
        },
        "ending": {
            "counting": "ending",
            "stopping": "ending",
            "message_stop": "closed",
            "ping": "ending",
            "error": "failed",
        },
        "failed": {},
        "closed": {},
    },
    run=None,
    seq=None,
    counters=("usage.output_tokens",),
    lives=(
        Life(
            name="block",
            key=("index",),
            dense=True,
            order={
                "opened": {
                    "text": "text",
                    **dict.fromkeys(_CALLS, "tool"),
                    "thinking": "thinking",
                    "other": "other",
                },
                "text": {
                    "text-delta": "text",
                    "citation": "text",
                    "other-delta": "text",
                    "content_block_stop": "closed",
                },
                "tool": {
                    "json-delta": "tool",
                    "other-delta": "tool",
                    "content_block_stop": "closed",
                },
                "thinking": {
                    "thinking-delta": "thinking",
                    "signature": "signed",
                    "other-delta": "thinking",
                },
                "signed": {"content_block_stop": "closed"},
                # Text in a block that is none of text is shown by no official client.
                "other": {
                    "json-delta": "other",
                    "other-delta": "other",
                    "content_block_stop": "closed",
                },
                "closed": {},
            },
        ),
    ),
    channels=(
        Channel(name="text", of="block", answer=True),
        Channel(name="reasoning", of="block"),
        Channel(
            name="arguments",
            of="block",
            json="object",
            begins_at_once=True,  # the official Python client reads each beginning
            excused_by={"delta.stop_reason": ("max_tokens", "model_context_window_exceeded")},
        ),
    ),
)
