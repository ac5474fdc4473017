"""Lawful streams of OpenAI's Responses: items and their parts at once, each said again whole
(https://platform.openai.com/docs/api-reference/responses-streaming)."""

from random import Random

from tests.unit.app.contract.lawful.chance import Event, Ids, at_once, perhaps, text, word
from tests.unit.app.contract.lawful.openai_items import ITEMS, re

ERROR = {"type": "error", "code": "server_error", "message": "sorry", "param": None}


def openai_responses(chance: Random) -> list[Event]:
    """One stream. Each event's name on the wire is its type."""
    ids = Ids(chance)
    made = {"id": ids.fresh("resp"), "object": "response", "created_at": 1_700_000_000,
            "model": word(chance), "error": None, "incomplete_details": None, "output": [],
            "parallel_tool_calls": True, "tool_choice": "auto", "tools": [],
            "instructions": None, "metadata": {}, "temperature": 1.0, "top_p": 1.0}  # fmt: skip
    events = [re("created", response={**made, "status": "in_progress"})]
    if chance.random() < 0.2:
        events.insert(1, re("queued", response={**made, "status": "queued"}))
    events.append(re("in_progress", response={**made, "status": "in_progress"}))
    if chance.random() < 0.03:
        return numbered(chance, [ERROR])
    items = [made_item(chance, ids, index) for index in range(chance.choice((0, 1, 1, 2, 3)))]
    inner = opened_in_turn(at_once(chance, [stream for stream, _ in items]))
    output = [item for _, item in items]
    if chance.random() < 0.2:
        events += inner[: chance.randint(0, len(inner))]
        events.append(broken_off(chance, made))
    else:
        done = {**made, "status": "completed", "output": output, "usage": {"total_tokens": 3}}
        events += [*inner, re("completed", response=done)]
    return numbered(chance, events)


def broken_off(chance: Random, made: Event) -> Event:
    """An end that closes whatever is open."""
    failed = {**made, "status": "failed", "error": {"code": "server_error", "message": "no"}}
    cut = {**made, "status": "incomplete", "incomplete_details": {"reason": "max_output_tokens"}}
    ends = (re("failed", response=failed), re("incomplete", response=cut), ERROR)
    return chance.choice(ends)


def made_item(chance: Random, ids: Ids, index: int) -> tuple[list[Event], Event]:
    """Its events, and the item as it is at last."""
    kind = chance.choice(list(ITEMS))
    key = {"output_index": index, "item_id": ids.fresh("item")}
    inner, last = ITEMS[kind](chance, key)
    item = {"id": key["item_id"], "type": kind, "status": "completed", **last}
    fixed = ("role", "name", "call_id", "server_label", "container_id")
    named = {name: one for name, one in last.items() if name in fixed}
    begun = {name: [] if isinstance(one, list) else "" for name, one in last.items()}
    first = {**item, **begun, **named, "status": "in_progress"}
    return [
        re("output_item.added", output_index=index, item=first),
        *inner,
        re("output_item.done", output_index=index, item=item),
    ], item


def opened_in_turn(events: list[Event]) -> list[Event]:
    """The same, with the items opened in the order of their numbers: what comes first of one whose
    turn has not come waits for it."""
    opened, waiting, found = -1, dict[int, list[Event]](), list[Event]()
    for event in events:
        index = event["output_index"]
        if index <= opened:
            found.append(event)
            continue
        waiting.setdefault(index, []).append(event)
        while opened + 1 in waiting:
            opened += 1
            found += waiting.pop(opened)
    return found


def numbered(chance: Random, events: list[Event]) -> list[Event]:
    """With numbers that count up; a sign of life has none."""
    found: list[Event] = []
    for number, event in enumerate(events):
        found.append({**event, "sequence_number": number})
        if chance.random() < 0.03 and number < len(events) - 1:
            found.append({"type": "keepalive", **perhaps(chance, 0.0, note=text(chance))})
    return found
