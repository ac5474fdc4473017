"""What OpenAI's streams promise: chat completions with one choice, and responses.

https://platform.openai.com/docs/api-reference/chat-streaming
https://platform.openai.com/docs/api-reference/responses-streaming
"""

from dataclasses import replace

from app.contract.contract import Contract, Kind, Request

_CHUNK = {"object": "chat.completion.chunk", "choices.0.index": 0}
_TEXT = "choices.0.delta.content"
_FAILED = {"error": "closed", "error-event": "closed"}

CHAT = Contract(
    dialect="openai",
    transport="sse",
    start=Request(
        method="POST",
        path="/chat/completions",
        body={
            "model": "$model",
            "messages": [{"role": "user", "content": "$message"}],
            "stream": True,
            "temperature": "$temperature",
            "max_tokens": "$max_tokens",
        },
    ),
    kinds=(
        Kind(name="error", has=("error",), end="failed", code="error.code"),
        # Some servers say it by the event's name alone.
        Kind(name="error-event", event="error", end="failed", code="code"),
        Kind(name="[DONE]", where={"": "[DONE]"}, end="completed"),
        Kind(name="finish", where=_CHUNK, has=("choices.0.finish_reason",), text=_TEXT),
        Kind(name="role", where=_CHUNK, has=("choices.0.delta.role",), text=_TEXT),
        Kind(name="chunk", where=_CHUNK, has=(_TEXT,), text=_TEXT),
        Kind(name="tool", where=_CHUNK, has=("choices.0.delta.tool_calls",)),
        # Reasoning, refusals, and deltas that say nothing.
        Kind(name="delta", where=_CHUNK, has=("choices.0.delta",)),
        Kind(name="usage", where={"object": _CHUNK["object"], "choices": []}, has=("usage",)),
        # Azure opens with what its filters found in the prompt.
        Kind(name="filter", where={"choices": []}, has=("prompt_filter_results",)),
    ),
    order={
        "opened": {"role": "answering", "filter": "opened", **_FAILED},
        "answering": {
            "chunk": "answering",
            "role": "answering",
            "tool": "answering",
            "delta": "answering",
            "finish": "finished",
            **_FAILED,
        },
        "finished": {"usage": "counted", "[DONE]": "closed", **_FAILED},
        "counted": {"[DONE]": "closed"},
        "closed": {},
    },
    run="id",
    seq=None,
    steady=("model", "created"),
)


def _response(name: str, **more: object) -> Kind:
    kind = f"response.{name}"
    return Kind(name=kind, where={"type": kind}, **more)  # type: ignore[arg-type] # Kind's own fields


_ASIDE = (
    "reasoning_summary_part.added",
    "reasoning_summary_text.delta",
    "reasoning_summary_text.done",
    "reasoning_summary_part.done",
)
"""What a model says to itself: it may come within an item, and is no part of the answer."""

_ENDS = {
    "error-object": "closed",
    "response.completed": "closed",
    "response.incomplete": "closed",
    "response.failed": "closed",
    "error": "closed",
}

_ASKED = {
    "model": "$model",
    "input": "$message",
    "stream": True,
    "temperature": "$temperature",
    "max_output_tokens": "$max_tokens",
}
RESPONSES = Contract(
    dialect="openai-responses",
    transport="sse",
    start=Request(method="POST", path="/responses", body=_ASKED),
    kinds=(
        _response("created"),
        _response("queued"),
        _response("in_progress"),
        _response("output_item.added"),
        _response("content_part.added"),
        _response("output_text.delta", text="delta"),
        _response("output_text.annotation.added"),
        _response("output_text.done", accumulated="text"),
        _response("content_part.done"),
        _response("function_call_arguments.delta"),
        _response("function_call_arguments.done"),
        *(_response(name) for name in _ASIDE),
        _response("refusal.delta"),
        _response("refusal.done"),
        _response("output_item.done"),
        _response("completed", end="completed"),
        # A limit that was asked for is an answer, as far as it goes.
        _response("incomplete", end="completed"),
        _response("failed", end="failed", code="response.error.code"),
        Kind(name="error", where={"type": "error"}, end="failed", code="code"),
        # As chat says it; some servers do in either.
        Kind(name="error-object", has=("error",), end="failed", code="error.code"),
    ),
    order={
        "opened": {"response.created": "created", "error": "closed", "error-object": "closed"},
        "created": {
            "response.queued": "created",
            "response.in_progress": "working",
            "response.output_item.added": "item",
            **_ENDS,
        },
        "working": {"response.output_item.added": "item", **_ENDS},
        "item": {
            "response.content_part.added": "part",
            "response.function_call_arguments.delta": "arguments",
            "response.function_call_arguments.done": "item",
            "response.output_item.done": "working",
            **{f"response.{name}": "item" for name in _ASIDE},
            **_ENDS,
        },
        "part": {
            "response.refusal.delta": "part",
            "response.refusal.done": "said",
            "response.output_text.delta": "part",
            "response.output_text.annotation.added": "part",
            "response.output_text.done": "said",
            "response.content_part.done": "item",
            **_ENDS,
        },
        "said": {"response.content_part.done": "item", **_ENDS},
        "arguments": {
            "response.function_call_arguments.delta": "arguments",
            "response.function_call_arguments.done": "item",
            **_ENDS,
        },
        "closed": {},
    },
    run="response.id",
    seq="sequence_number",
    steady=("response.model",),
    tied={"item_id": "output_index"},
)

BACKGROUND = replace(
    RESPONSES,
    start=Request(
        method="POST", path="/responses", body={**_ASKED, "background": True, "store": True}
    ),
    resume=Request(
        method="GET",
        path="/responses/$run",
        query={"stream": "true", "starting_after": "$seq"},
    ),
)
"""Responses that outlive their connection, as OpenAI has them: only these can be resumed."""

LASTING = {RESPONSES.dialect: BACKGROUND}
"""What is asked for where an answer has to last longer than a connection."""

OPENAI = {contract.dialect: contract for contract in (CHAT, RESPONSES)}
