"""UI messages, as the AI SDK's front ends keep them: from them what a model is sent, and from what
is stored what a page shows. Pure."""

import json
from collections.abc import Mapping
from typing import Any, Literal

from pydantic import Field

from tokentape.dialects.fields import Payload
from tokentape.json_depth import read_json
from tokentape.store.conversations import Message
from tokentape.timestamps import rfc3339

PARTS_MAX = 10_000
CALL = "tool-"
"""How the type of a part begins that is a call of a tool, before the tool's name."""
DYNAMIC_CALL = "dynamic-tool"
BROKEN = "The call is not whole."
UNREADABLE = "The arguments are no JSON that can be passed on."


class UiMessage(Payload):
    """One message of the chat. Of its parts, text and finished calls are read."""

    role: Literal["system", "user", "assistant"]
    parts: list[dict[str, Any]] = Field(max_length=PARTS_MAX)


def model_messages(message: UiMessage) -> list[dict[str, Any]]:
    """The message in OpenAI's words; none for one that says nothing to a model."""
    if message.role != "assistant":
        return [{"role": message.role, "content": _joined(message.parts)}]
    messages: list[dict[str, Any]] = []
    step: list[dict[str, Any]] = []
    for part in (*message.parts, {"type": "step-start"}):
        if part["type"] == "step-start":
            messages += _step(step)
            step = []
        else:
            step.append(part)
    return messages


def _step(parts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What one step said and called, then what came of each call."""
    text = _joined(parts)
    results = [(call, output) for call in parts if (output := _result(call)) is not None]
    if not results:
        return [{"role": "assistant", "content": text}] if text else []
    calls = [
        {
            "id": call["toolCallId"],
            "type": "function",
            "function": {"name": _tool(call), "arguments": json.dumps(call.get("input"))},
        }
        for call, _ in results
    ]
    said = {"role": "assistant", "content": text or None, "tool_calls": calls}
    outputs = [
        {"role": "tool", "tool_call_id": call["toolCallId"], "content": output}
        for call, output in results
    ]
    return [said, *outputs]


def _result(part: dict[str, Any]) -> str | None:
    """What came of a call, as text; None for what is no call, or has no result: models refuse a
    call without one."""
    if not isinstance(part.get("toolCallId"), str) or not isinstance(_tool(part), str):
        return None
    match part.get("state"):
        case "output-available":
            output = part.get("output")
            return output if isinstance(output, str) else json.dumps(output)
        case "output-error":
            return str(part.get("errorText"))
        case "output-denied":
            return "The call was denied."
    return None


def _tool(part: dict[str, Any]) -> Any:
    kind: str = part["type"]
    if kind == DYNAMIC_CALL:
        return part.get("toolName")
    return kind.removeprefix(CALL) if kind.startswith(CALL) else None


def _joined(parts: list[dict[str, Any]]) -> str:
    return "".join(part["text"] for part in parts if part["type"] == "text")


def ui_message(message: Message) -> dict[str, Any]:
    """A stored message; what became of it stands in its metadata."""
    metadata = {
        "status": message.status,
        "createdAt": rfc3339(message.created_at),
        **({"runId": message.run_id} if message.run_id else {}),
        **({"code": message.code} if message.code else {}),
    }
    stored = message.parts or ([{"kind": "text", "text": message.content}] * bool(message.content))
    parts = [_ui_part(part) for part in stored]
    return {"id": message.id, "role": message.role, "metadata": metadata, "parts": parts}


def _ui_part(part: Mapping[str, Any]) -> dict[str, Any]:
    """A stored part of an answer, as the client puts it together from the stream."""
    if part["kind"] != "call":
        return {"type": part["kind"], "text": part["text"], "state": "done"}
    call = {"type": f"{CALL}{part['name']}", "toolCallId": part["id"]}
    problem = BROKEN
    if part["whole"]:
        try:
            return {**call, "state": "input-available", "input": read_json(part["arguments"])}
        except ValueError:
            problem = UNREADABLE
    broken = {"rawInput": part["arguments"], "errorText": problem}
    return {**call, "state": "output-error", **broken}
