"""Faults of contracts whose parts have lives of their own, as tables: how each can be committed,
and where it must be named."""

import copy
from collections.abc import Callable, Mapping
from typing import Any, TypeAlias

from tests.unit.app.check.keyed_speakers import Wire
from tokentape.contract.contract import Contract, Json

Fault: TypeAlias = tuple[Wire, int]
"""The stream, and the event at which it is wrong."""

CLOSERS: Mapping[str, str] = {
    "ag-ui/sse": "TEXT_MESSAGE_END",
    "ai-sdk-ui/sse": "text-end",
    "openai-responses/sse": "response.output_item.done",
}
"""The event that closes a part, by whose loss alone it stays open."""

FIELDS: Mapping[str, tuple[str | None, str, Json]] = {
    "ag-ui/sse": (None, "subagentRunId", None),
    "ai-sdk-ui/sse": (None, "providerMetadata", None),
    "anthropic/sse": ("message_start", "message.role", "user"),
    "openai-responses/sse": ("response.content_part.added", "part.annotations", None),
    "openai/sse": (None, "choices.0.logprobs", 2.5),
}
"""A field that holds what it must not: the type of its event (`None`: that of the text), its path,
and the value."""

BROKEN = '{"x"'


def left_open(contract: Contract, wire: Wire) -> Fault | None:
    closer = CLOSERS.get(contract.key)
    if closer is None:
        return None
    place = _find(wire, closer)
    cut = [*wire[:place], *wire[place + 1 :]]
    kinds = [contract.kind_of(event, payload) for event, payload in cut]
    closings = (at for at, kind in enumerate(kinds) if kind and kind.name in contract.closed_before)
    return cut, next(closings)


def field_wrong(contract: Contract, wire: Wire, place: int) -> Fault | None:
    if contract.key not in FIELDS:
        return None
    kind, path, value = FIELDS[contract.key]
    at = place if kind is None else _find(wire, kind)
    changed = copy.deepcopy(wire)
    holder: Any = changed[at][1]
    *outer, last = path.split(".")
    for part in outer:
        holder = holder[int(part) if part.isdecimal() else part]
    holder[last] = value
    return changed, at


def not_json(contract: Contract, wire: Wire, place: int) -> Fault | None:
    """A call whose arguments are none, amid the text where calls may come there."""
    make = CALLS.get(contract.key)
    return None if make is None else make(copy.deepcopy(wire), place)


def counter_fell(contract: Contract, wire: Wire, place: int) -> Fault | None:
    if contract.key == "anthropic/sse":
        at = _find(wire, "message_delta") + 1
        less = {"type": "message_delta", "delta": {}, "usage": {"output_tokens": 4}}
        return [*wire[:at], ("message_delta", less), *wire[at:]], at
    if contract.key == "openai/sse":
        counted = copy.deepcopy(wire)
        for at, count in ((0, 9), (place, 4)):
            payload: Any = counted[at][1]
            payload["usage"] = {"completion_tokens": count}
        return counted, place
    return None


def _find(wire: Wire, kind: str) -> int:
    return next(
        at
        for at, (_, payload) in enumerate(wire)
        if isinstance(payload, dict) and payload.get("type") == kind
    )


def _ag_ui(wire: Wire, place: int) -> Fault:
    call = {"toolCallId": "c"}
    made: Wire = [
        ("", {"type": "TOOL_CALL_START", **call, "toolCallName": "look"}),
        ("", {"type": "TOOL_CALL_ARGS", **call, "delta": BROKEN}),
        ("", {"type": "TOOL_CALL_END", **call}),
    ]
    return [*wire[:place], *made, *wire[place:]], place + 1


def _ai_sdk_ui(wire: Wire, place: int) -> Fault:
    call = {"toolCallId": "c", "toolName": "look"}
    made: Wire = [
        ("", {"type": "tool-input-start", **call}),
        ("", {"type": "tool-input-delta", "toolCallId": "c", "inputTextDelta": BROKEN}),
        ("", {"type": "tool-input-available", **call, "input": {}}),
    ]
    return [*wire[:place], *made, *wire[place:]], place + 1


def _anthropic(wire: Wire, _place: int) -> Fault:
    at = _find(wire, "content_block_stop") + 1
    block = {"type": "tool_use", "id": "t", "name": "look", "input": {}}
    delta = {"type": "input_json_delta", "partial_json": BROKEN}
    payloads: list[dict[str, Json]] = [
        {"type": "content_block_start", "index": 1, "content_block": block},
        {"type": "content_block_delta", "index": 1, "delta": delta},
        {"type": "content_block_stop", "index": 1},
    ]
    return [*wire[:at], *((one["type"], one) for one in payloads), *wire[at:]], at + 1


def _responses(wire: Wire, _place: int) -> Fault:
    at = _find(wire, "response.output_item.done") + 1
    where = {"output_index": 1, "item_id": "f"}
    item = {"id": "f", "type": "function_call", "call_id": "c", "name": "look"}
    whole = {**item, "arguments": BROKEN}
    name = "response.function_call_arguments"
    payloads: list[dict[str, Json]] = [
        {
            "type": "response.output_item.added",
            "output_index": 1,
            "item": {**item, "arguments": ""},
        },
        {"type": f"{name}.delta", **where, "delta": BROKEN},
        {"type": f"{name}.done", **where, "arguments": BROKEN},
        {"type": "response.output_item.done", "output_index": 1, "item": whole},
    ]
    completed: Any = wire[_find(wire, "response.completed")][1]
    completed["response"]["output"].append(whole)
    return [*wire[:at], *((one["type"], one) for one in payloads), *wire[at:]], at + 1


def _chat(wire: Wire, place: int) -> Fault:
    chunk: Any = copy.deepcopy(wire[place][1])
    function = {"name": "look", "arguments": BROKEN}
    call = {"index": 0, "id": "c", "type": "function", "function": function}
    chunk["choices"][0]["delta"] = {"tool_calls": [call]}
    finish: Any = wire[-2][1]
    finish["choices"][0]["finish_reason"] = "tool_calls"
    return [*wire[:place], ("", chunk), *wire[place:]], place


CALLS: Mapping[str, Callable[[Wire, int], Fault]] = {
    "ag-ui/sse": _ag_ui,
    "ai-sdk-ui/sse": _ai_sdk_ui,
    "anthropic/sse": _anthropic,
    "openai-responses/sse": _responses,
    "openai/sse": _chat,
}
