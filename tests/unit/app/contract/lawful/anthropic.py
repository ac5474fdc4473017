"""Lawful streams of Anthropic's Messages: blocks one after another, each with its own deltas
(https://docs.anthropic.com/en/api/messages-streaming)."""

from random import Random
from typing import Any

from tests.unit.app.contract.lawful.chance import (
    Event,
    Ids,
    perhaps,
    pieces,
    record,
    spelled,
    text,
    word,
)

FULL = ("max_tokens", "model_context_window_exceeded")
"""Stop reasons of an answer that a limit cut."""
REASONS = ("end_turn", "stop_sequence", "pause_turn", "refusal", *FULL)


def anthropic(chance: Random) -> list[Event]:
    """One stream. Each event's name on the wire is its type."""
    ids = Ids(chance)
    usage = {"input_tokens": chance.randrange(9), "output_tokens": 1, **perhaps(
        chance, cache_creation_input_tokens=0, cache_read_input_tokens=3, service_tier="standard"
    )}  # fmt: skip
    message: Event = {
        "id": ids.fresh("msg"), "type": "message", "role": "assistant", "model": word(chance),
        "content": [], "stop_reason": None, "stop_sequence": None, "usage": usage,
    }  # fmt: skip
    found: list[Event] = [{"type": "message_start", "message": message}]
    reason = chance.choice(REASONS)
    count = chance.choice((0, 1, 1, 2, 4))
    for index in range(count):
        found += block(chance, ids, index, cut=index == count - 1 and reason in FULL)
    if any(of(event) == "tool_use" for event in found) and reason == "end_turn":
        reason = "tool_use"
    found += ending(chance, reason)
    found = [one for event in found for one in (*pings(chance), event)]
    if chance.random() < 0.1 and reason not in FULL:
        error = {"type": chance.choice(("overloaded_error", "api_error")), "message": text(chance)}
        found = [*found[: chance.randint(0, len(found) - 1)], {"type": "error", "error": error}]
    return found


def of(event: Event) -> Any:
    return event.get("content_block", {}).get("type")


def pings(chance: Random) -> list[Event]:
    return [{"type": "ping"}] if chance.random() < 0.05 else []


def ending(chance: Random, reason: str) -> list[Event]:
    """Usage so far, rising; the reason; and once more the usage, perhaps."""
    tokens = chance.randrange(1, 9)
    found = []
    if chance.random() < 0.1:
        found.append({"type": "message_delta", "delta": {}, "usage": {"output_tokens": tokens}})
    delta = {"stop_reason": reason, "stop_sequence": "x" if reason == "stop_sequence" else None}
    usage = {"output_tokens": tokens + chance.randrange(9), **perhaps(chance, input_tokens=3)}
    found.append({"type": "message_delta", "delta": delta, "usage": usage})
    if chance.random() < 0.1:
        found.append({"type": "message_delta", "delta": {}, "usage": usage})
    return [*found, {"type": "message_stop"}]


def block(chance: Random, ids: Ids, index: int, *, cut: bool) -> list[Event]:
    """One block; `cut` off by a limit, where it is a tool's."""
    makers = (written, written, used, thought, whole)
    made, deltas = chance.choice(makers)(chance, ids, cut)
    return [
        {"type": "content_block_start", "index": index, "content_block": made},
        *({"type": "content_block_delta", "index": index, "delta": delta} for delta in deltas),
        {"type": "content_block_stop", "index": index},
    ]


Made = tuple[Event, list[Event]]


def written(chance: Random, _ids: Ids, _cut: bool) -> Made:
    first = text(chance) if chance.random() < 0.1 else ""
    deltas: list[Event] = [
        {"type": "text_delta", "text": one} for one in pieces(chance, text(chance))
    ]
    if chance.random() < 0.2:
        citation = {"type": "char_location", "cited_text": text(chance), "document_index": 0,
                    "document_title": None, "start_char_index": 0, "end_char_index": 4}  # fmt: skip
        deltas.append({"type": "citations_delta", "citation": citation})
    return {"type": "text", "text": first, **perhaps(chance, 0.2, citations=[])}, deltas


def used(chance: Random, ids: Ids, cut: bool) -> Made:
    """A tool's input: its pieces spell an object, or there are none."""
    kind = chance.choice(("tool_use", "tool_use", "server_tool_use"))
    spelling = spelled(chance, record(chance, 2)) if chance.random() < 0.8 else ""
    if cut:
        spelling = spelling[: chance.randint(0, len(spelling))]
    deltas = [
        {"type": "input_json_delta", "partial_json": one} for one in ["", *pieces(chance, spelling)]
    ]
    name = "web_search" if kind == "server_tool_use" else word(chance)
    return {"type": kind, "id": ids.fresh("toolu"), "name": name, "input": {}}, deltas


def thought(chance: Random, _ids: Ids, _cut: bool) -> Made:
    """Thinking ends with its signature; where it is not shown, that is all."""
    shown = pieces(chance, text(chance)) if chance.random() < 0.8 else []
    deltas = [{"type": "thinking_delta", "thinking": one} for one in shown]
    signed = {"type": "signature_delta", "signature": text(chance)}
    return {"type": "thinking", "thinking": "", "signature": ""}, [*deltas, signed]


def whole(chance: Random, ids: Ids, _cut: bool) -> Made:
    results = {"type": "web_search_tool_result", "tool_use_id": ids.fresh("toolu"), "content": []}
    return chance.choice(({"type": "redacted_thinking", "data": text(chance)}, results)), []
