"""What the AI SDK's UI message stream promises, as its page and its client's source have it:
https://ai-sdk.dev/docs/ai-sdk-ui/stream-protocol.

The official client takes a stream without `finish` or `[DONE]` for a whole one; this contract does
not.
"""

from collections.abc import Mapping

from tokentape.contract.contract import Contract, Kind, RequestTemplate
from tokentape.contract.life import Channel, Life
from tokentape.contract.order import Order

_CALL = {
    "toolCallId": "string",
    "toolName": "string",
    "dynamic": "boolean?",
    "providerExecuted": "boolean?",
    "title": "string?",
}
_META = {"providerMetadata": "object?"}


def _kind(
    name: str, fields: Mapping[str, str] | None = None, pieces: Mapping[str, str] | None = None
) -> Kind:
    return Kind(name=name, fields=fields or {}, pieces=pieces or {})


def _span(name: str) -> Order:
    return {
        "opened": {f"{name}-start": "open"},
        "open": {f"{name}-delta": "open", f"{name}-end": "closed"},
        "closed": {f"{name}-start": "open"},
    }


def _spelled(name: str) -> tuple[Kind, ...]:
    return (
        _kind(f"{name}-start", {"id": "string", **_META}),
        _kind(f"{name}-delta", {"id": "string", "delta": "string", **_META}, {name: "delta"}),
        _kind(f"{name}-end", {"id": "string", **_META}),
    )


_FINISHES = "=stop/length/content-filter/tool-calls/error/other/interrupted?"

CONTRACT = Contract(
    dialect="ai-sdk-ui",
    transport="sse",
    start=RequestTemplate(
        method="POST",
        path="/api/chat",
        # As its client has it, which asks by `fetch` without one of its own.
        headers={"Accept": "*/*"},
        body={
            "id": "$conversation",
            "messages": [
                {"id": "$uuid", "role": "user", "parts": [{"type": "text", "text": "$message"}]}
            ],
            "trigger": "submit-message",
            "model": "$model",
        },
    ),
    # By the run's own id, which our server tells: a chat's id is the caller's, and is not told.
    resume=RequestTemplate(
        method="GET",
        path="/api/chat/runs/$run",
        headers={"Last-Event-ID": "$run:$seq"},
    ),
    stop=RequestTemplate(method="DELETE", path="/api/chat/runs/$run"),
    free_path=True,
    names_conversation=True,
    close="follows",
    kind_from="type",
    kinds=(
        Kind(name="[DONE]", where={"": "[DONE]"}),
        _kind("start", {"messageId": "string?"}),
        Kind(name="finish", fields={"finishReason": _FINISHES}, end="completed"),
        Kind(name="abort", fields={"reason": "string?"}, end="stopped"),
        Kind(name="error", fields={"errorText": "string"}, end="failed", code="code"),
        _kind("message-metadata", {"messageMetadata": "any"}),
        _kind("start-step"),
        _kind("finish-step"),
        _kind("reset-step"),
        *_spelled("text"),
        *_spelled("reasoning"),
        _kind("tool-input-start", {**_CALL, "inputEncoding": "=json/text?"}),
        _kind(
            "tool-input-delta",
            {"toolCallId": "string", "inputTextDelta": "string"},
            {"arguments": "inputTextDelta"},
        ),
        Kind(
            name="tool-input-available",
            fields={**_CALL, "input": "any"},
            values={"arguments": "input"},
        ),
        _kind("tool-input-error", {**_CALL, "input": "any", "errorText": "string"}),
        _kind("tool-approval-request", {"approvalId": "string", "toolCallId": "string"}),
        _kind("tool-approval-response", {"approvalId": "string", "approved": "boolean"}),
        Kind(
            name="tool-output-preliminary",
            where={"type": "tool-output-available", "preliminary": True},
            fields={"toolCallId": "string", "output": "any"},
        ),
        _kind("tool-output-available", {"toolCallId": "string", "output": "any"}),
        _kind("tool-output-error", {"toolCallId": "string", "errorText": "string"}),
        _kind("tool-output-denied", {"toolCallId": "string"}),
        _kind("source-url", {"sourceId": "string", "url": "string", "title": "string?"}),
        _kind(
            "source-document",
            {"sourceId": "string", "mediaType": "string", "title": "string", "filename": "string?"},
        ),
        _kind("file", {"url": "string", "mediaType": "string"}),
        _kind("reasoning-file", {"url": "string", "mediaType": "string"}),
        _kind("custom", {"kind": "string"}),
        _kind("steering-message", {"id": "string", "parts": "array"}),
        Kind(name="data", begins={"type": "data-"}, fields={"data": "any", "id": "string?"}),
    ),
    order={
        "opened": {"start": "open", "data": "opened", "error": "failed"},
        "open": {
            "*": "open",
            "data": "open",
            "start-step": "step",
            "finish": "over",
            "error": "failed",
            "abort": "over",
        },
        "step": {
            "*": "step",
            "data": "step",
            "finish-step": "open",
            "reset-step": "step",
            "error": "failed",
            "abort": "over",
        },
        "over": {"[DONE]": "closed"},
        "failed": {"[DONE]": "closed"},
        "closed": {},
    },
    closed_before=("finish", "finish-step"),
    forgotten_after=("reset-step",),
    run=None,
    lives=(
        Life(name="text", key=("id",), may_stop_in=("closed",), order=_span("text")),
        Life(name="reasoning", key=("id",), may_stop_in=("closed",), order=_span("reasoning")),
        Life(
            name="tool call",
            key=("toolCallId",),
            constant=("toolName",),
            # Its output may come in a later stream: from the page, or after an approval.
            may_stop_in=("available",),
            order={
                "opened": {
                    "tool-input-start": "streaming",
                    "tool-input-available": "available",
                    "tool-input-error": "over",
                },
                "streaming": {
                    "tool-input-delta": "streaming",
                    "tool-input-available": "available",
                    "tool-input-error": "over",
                },
                "available": {
                    "tool-approval-request": "available",
                    "tool-output-preliminary": "available",
                    "tool-output-available": "over",
                    "tool-output-error": "over",
                    "tool-output-denied": "over",
                },
                "over": {},
            },
        ),
    ),
    channels=(
        Channel(name="text", of="text", answer=True),
        Channel(name="reasoning", of="reasoning"),
        Channel(name="arguments", of="tool call", json="any"),
    ),
)
"""The keyed parts of one message; `[DONE]` says that nothing comes any more."""
