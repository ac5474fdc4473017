"""What is inside of AG-UI's events: messages, their parts, patches, usage, interrupts, as kinds of
elements: https://docs.ag-ui.com/spec/1.0."""

from collections.abc import Mapping

from tokentape.contract.contract import Kind, Part

OWNED = {"subagentRunId": "string?"}
_ROLES = "=developer/system/user/assistant/tool/reasoning/activity"
_MEDIA = ("image", "audio", "video", "document")


def element(name: str, fields: Mapping[str, str], *parts: Part, **where: str) -> Kind:
    """An element that is told by values, or, without any, whatever else is there."""
    return Kind(name=name, where=where, fields=fields, parts=parts)


def _source(name: str, fields: Mapping[str, str]) -> Kind:
    where = {"source.type": name}
    named = {f"source.{path}": word for path, word in fields.items()}
    return Kind(name=f"{name} source", where=where, one_of={"type": _MEDIA}, fields=named)


def content(path: str = "content") -> Part:
    """What a message says, where it is no plain text."""
    return Part(
        of=path,
        kinds=(
            element("text content", {"text": "string", "id": "string?"}, type="text"),
            _source("data", {"value": "string", "mimeType": "string"}),
            _source("url", {"value": "string", "mimeType": "string?"}),
            _source("file", {"value": "string", "provider": "string?", "mimeType": "string?"}),
            element(
                "other content",
                {"type": f"=text/{'/'.join(_MEDIA)}", "source.type": "=data/url/file"},
            ),
        ),
    )


def messages(path: str, prefix: str) -> Part:
    """A conversation's messages, of which each kind's name begins with the prefix."""
    basis = {"id": "string", "metadata": "object?", "encryptedValue": "string?", **OWNED}
    named = {**basis, "name": "string?"}
    call = Kind(
        name=f"{prefix} call",
        fields={
            "id": "string",
            "type": "=function",
            "function.name": "string",
            "function.arguments": "string",
            "encryptedValue": "string?",
        },
    )

    def role(name: str, fields: Mapping[str, str], *parts: Part) -> Kind:
        return element(f"{prefix} {name} message", fields, *parts, role=name)

    return Part(
        of=path,
        kinds=(
            role("developer", {**named, "content": "string"}),
            role("system", {**named, "content": "string"}),
            role("user", {**named, "content": "string|array"}, content()),
            role(
                "assistant",
                {**named, "content": "string?", "toolCalls": "array?"},
                Part(of="toolCalls", kinds=(call,)),
            ),
            role(
                "tool",
                {
                    **basis,
                    "content": "string|array",
                    "toolCallId": "string",
                    "error": "string?",
                },
                content(),
            ),
            role("reasoning", {**basis, "content": "string"}),
            role("activity", {**basis, "activityType": "string", "content": "object"}),
            element(f"{prefix} message of no role", {"role": _ROLES}),
        ),
    )


def patch(path: str) -> Part:
    """Operations of RFC 6902."""
    placed = {"path": "pointer"}

    def operation(name: str, fields: Mapping[str, str]) -> Kind:
        return element(f"{name} operation", {**placed, **fields}, op=name)

    return Part(
        of=path,
        kinds=(
            *(operation(name, {"value": "any"}) for name in ("add", "replace", "test")),
            *(operation(name, {"from": "pointer"}) for name in ("move", "copy")),
            operation("remove", {}),
            element("operation of no name", {"op": "=add/remove/replace/move/copy/test"}),
        ),
    )


_COUNTS = (
    "inputTokens",
    "outputTokens",
    "totalTokens",
    "reasoningTokens",
    "cachedInputTokens",
    "cacheWriteInputTokens",
)
USAGE = Part(
    of="usage",
    kinds=(
        element(
            "usage",
            {
                "": "object",
                "provider": "string?",
                "model": "string?",
                **dict.fromkeys(_COUNTS, "count?"),
            },
        ),
    ),
)


def _texts(path: str, name: str) -> Part:
    return Part(of=path, kinds=(element(name, {"": "string"}),))


OUTCOME = Part(
    of="outcome",
    kinds=(
        element(
            "success",
            {"pendingToolCallIds": "array?"},
            _texts("pendingToolCallIds", "pending call"),
            type="success",
        ),
        element("cancelled", {}, type="cancelled"),
        element(
            "interrupt outcome",
            {"interrupts": "array"},
            Part(
                of="interrupts",
                kinds=(
                    element(
                        "interrupt",
                        {
                            "id": "string",
                            "reason": "string",
                            "message": "string?",
                            "toolCallId": "string?",
                            "responseSchema": "object?",
                            "expiresAt": "string?",
                            "metadata": "object?",
                            **OWNED,
                        },
                    ),
                ),
            ),
            type="interrupt",
        ),
    ),
)
SUBAGENT_OUTCOME = Part(
    of="outcome",
    kinds=(
        element(
            "subagent outcome",
            {"type": "=success/suspended", "interruptIds": "array?"},
            _texts("interruptIds", "interrupt id"),
        ),
    ),
)
INPUT = Part(
    of="input",
    kinds=(
        element(
            "input",
            {
                "threadId": "string",
                "runId": "string",
                "protocolVersion": "string?",
                "parentRunId": "string?",
                "messages": "array",
                "tools": "array?",
                "context": "array?",
                "resume": "array?",
            },
            messages("messages", "input"),
            Part(
                of="tools",
                kinds=(
                    element(
                        "tool",
                        {
                            "name": "string",
                            "description": "string",
                            "parameters": "object?",
                            "metadata": "object?",
                        },
                    ),
                ),
            ),
            Part(
                of="context",
                kinds=(element("context", {"description": "string", "value": "string"}),),
            ),
            Part(
                of="resume",
                kinds=(
                    element(
                        "resumption", {"interruptId": "string", "status": "=resolved/cancelled"}
                    ),
                ),
            ),
        ),
    ),
)
"""What a run was asked with."""
