"""AG-UI's shorthands: chunks that stand for a start, contents and an end, and that name their
thing only where they must."""

from random import Random

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

IDS = {
    "TEXT_MESSAGE_CHUNK": "messageId",
    "REASONING_MESSAGE_CHUNK": "messageId",
    "TOOL_CALL_CHUNK": "toolCallId",
}
PASSED_BY = {"RAW", "ACTIVITY_SNAPSHOT", "ACTIVITY_DELTA", "REASONING_ENCRYPTED_VALUE",
             "SUBAGENT_STARTED"}  # fmt: skip
"""What may come amid a thing in chunks, and doesn't close it."""
EVERYWHERE = {"MESSAGES_SNAPSHOT"}
"""What closes the chunks of every owner."""


def chunked(chance: Random, ids: Ids, own: Event) -> list[Event]:
    """One thing in chunks, each of which names it whole."""
    kind = chance.choice(list(IDS))
    named: Event = {"type": kind, IDS[kind]: ids.fresh("chunked"), **own}
    whole = text(chance)
    if kind == "TOOL_CALL_CHUNK":
        whole = spelled(chance, record(chance))
        named |= {"toolCallName": word(chance), **perhaps(chance, parentMessageId=ids.fresh("m"))}
    if kind == "TEXT_MESSAGE_CHUNK":
        named |= perhaps(chance, role="assistant", name=word(chance))
    return [{**named, "delta": piece} for piece in pieces(chance, whole)]


def shortened(chance: Random, events: list[Event]) -> list[Event]:
    """The same, with names left out where a receiver knows them: their thing is still the pending
    one of its owner, and no other owner has one, or the owner is named."""
    pending: dict[str | None, tuple[str, str]] = {}
    found = []
    for event in events:
        kind, owner = event["type"], event.get("subagentRunId")
        if kind in IDS:
            thing = kind, event[IDS[kind]]
            known = pending.get(owner) == thing and (owner is not None or set(pending) == {None})
            pending[owner] = thing
            if known and chance.random() < 0.6:
                left_out = {IDS[kind], "toolCallName", "parentMessageId", "role", "name"}
                event = {name: one for name, one in event.items() if name not in left_out}
        elif kind in EVERYWHERE:
            pending.clear()
        elif kind not in PASSED_BY:
            pending.pop(owner, None)
        found.append(event)
    return found
