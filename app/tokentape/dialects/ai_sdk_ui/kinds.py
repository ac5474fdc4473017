"""The chunks of the AI SDK's UI message stream, each with what its fields must hold:
https://ai-sdk.dev/docs/ai-sdk-ui/stream-protocol."""

from collections.abc import Mapping

from tokentape.contract.contract import Kind, Outcome, Part

_META = {"providerMetadata": "objects?"}
_CALL = {
    "toolCallId": "string",
    "toolName": "string",
    "dynamic": "boolean?",
    "providerExecuted": "boolean?",
    "title": "string?",
    "toolMetadata": "object?",
    **_META,
}
_OUTPUT = {
    "toolCallId": "string",
    "dynamic": "boolean?",
    "providerExecuted": "boolean?",
    "toolMetadata": "object?",
    **_META,
}
_FINISHES = "=stop/length/content-filter/tool-calls/error/other/interrupted?"


def _kind(
    name: str,
    fields: Mapping[str, str] | None = None,
    pieces: Mapping[str, str] | None = None,
    *,
    end: Outcome | None = None,
    parts: tuple[Part, ...] = (),
) -> Kind:
    return Kind(name=name, fields=fields or {}, pieces=pieces or {}, end=end, parts=parts)


_CITATION = Part(
    of="citations",
    kinds=(
        Kind(
            name="citation",
            fields={
                "source.type": "=source",
                "source.sourceType": "=url/document",
                "source.id": "string",
                "source.title": "string?",
                "startIndex": "count?",
                "endIndex": "count?",
                "citedText": "string?",
            },
        ),
    ),
)


def _spelled(name: str, *parts: Part) -> tuple[Kind, ...]:
    return (
        _kind(f"{name}-start", {"id": "string", **_META}),
        _kind(f"{name}-delta", {"id": "string", "delta": "string", **_META}, {name: "delta"}),
        _kind(f"{name}-end", {"id": "string", "citations": "array?", **_META}, parts=parts),
    )


_MESSAGE = (
    Kind(name="[DONE]", where={"": "[DONE]"}),
    # Scalars can't be merged with what the message has already: the client breaks.
    _kind("start", {"messageId": "string?", "messageMetadata": "object?"}),
    _kind("finish", {"finishReason": _FINISHES, "messageMetadata": "object?"}, end="completed"),
    _kind("abort", {"reason": "string?"}, end="stopped"),
    Kind(name="error", fields={"errorText": "string"}, end="failed", code="code"),
    _kind("message-metadata", {"messageMetadata": "object"}),
    _kind("start-step"),
    _kind("finish-step"),
    _kind("reset-step"),
)
_INPUT = {**_CALL, "inputEncoding": "=json/text?"}
_TOOLS = (
    Kind(
        name="text-input-start",
        where={"type": "tool-input-start", "inputEncoding": "text"},
        fields=_INPUT,
    ),
    _kind("tool-input-start", _INPUT),
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
    _kind(
        "tool-approval-request",
        {
            "approvalId": "string",
            "toolCallId": "string",
            "reason": "string?",
            "isAutomatic": "boolean?",
            "signature": "string?",
        },
    ),
    _kind(
        "tool-approval-response",
        {
            "approvalId": "string",
            "approved": "boolean",
            "reason": "string?",
            "providerExecuted": "boolean?",
            **_META,
        },
    ),
    Kind(
        name="tool-output-preliminary",
        where={"type": "tool-output-available", "preliminary": True},
        fields={**_OUTPUT, "output": "any"},
    ),
    _kind("tool-output-available", {**_OUTPUT, "output": "any", "preliminary": "boolean?"}),
    _kind("tool-output-error", {**_OUTPUT, "errorText": "string"}),
    _kind("tool-output-denied", {"toolCallId": "string"}),
)
_FILE = {"url": "string", "mediaType": "string", **_META}
_WHOLE = (
    _kind("source-url", {"sourceId": "string", "url": "string", "title": "string?", **_META}),
    _kind(
        "source-document",
        {
            "sourceId": "string",
            "mediaType": "string",
            "title": "string",
            "filename": "string?",
            **_META,
        },
    ),
    _kind("file", _FILE),
    _kind("reasoning-file", _FILE),
    _kind("custom", {"kind": "string", **_META}),
    _kind(
        "steering-message",
        {"id": "string", "parts": "array"},
        parts=(
            Part(
                of="parts",
                kinds=(
                    Kind(
                        name="steering text",
                        where={"type": "text"},
                        fields={"text": "string", **_META},
                    ),
                    Kind(
                        name="steering file",
                        fields={
                            "type": "=text/file",
                            "filename": "string?",
                            "providerReference": "object?",
                            **_FILE,
                        },
                    ),
                ),
            ),
        ),
    ),
    Kind(
        name="data",
        begins={"type": "data-"},
        fields={"data": "any", "id": "string?", "transient": "boolean?"},
    ),
)
KINDS = (*_MESSAGE, *_spelled("text", _CITATION), *_spelled("reasoning"), *_TOOLS, *_WHOLE)
