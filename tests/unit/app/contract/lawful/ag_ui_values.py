"""AG-UI's events that are tied to nothing, and the values inside of events."""

from random import Random
from typing import Any

from tests.unit.app.contract.lawful.chance import Event, Ids, perhaps, record, text, value, word


def free_event(chance: Random, ids: Ids, own: Event) -> Event:
    """An event that may come anywhere in a run."""
    activity = {"messageId": ids.fresh("activity"), "activityType": word(chance)}
    drawn: tuple[Event, ...] = (
        {"type": "STATE_SNAPSHOT", "snapshot": value(chance), **own},
        {"type": "STATE_DELTA", "delta": patch(chance), **own},
        {"type": "MESSAGES_SNAPSHOT", "messages": history(chance, ids)},
        {"type": "ACTIVITY_SNAPSHOT", **activity, "content": record(chance), **own,
         **perhaps(chance, replace=chance.random() < 0.5)},
        {"type": "ACTIVITY_DELTA", **activity, "patch": patch(chance), **own},
        {"type": "RAW", "event": value(chance), **perhaps(chance, source=word(chance)), **own},
        {"type": "CUSTOM", "name": word(chance), "value": value(chance), **own},
    )  # fmt: skip
    return chance.choice(drawn)


def patch(chance: Random) -> list[Event]:
    """Operations of RFC 6902 that apply to whatever is there: each puts its own document first."""
    first, second, third = value(chance), value(chance), value(chance)
    path, there = chance.choice((("/a", first), ("/b/0", second), ("/", third)))
    whole = {"a": first, "b": [second], "": third, "c": value(chance)}
    drawn: tuple[Event, ...] = (
        {"op": "add", "path": path, "value": value(chance)},
        {"op": "replace", "path": path, "value": value(chance)},
        {"op": "test", "path": path, "value": there},
        {"op": "remove", "path": path},
        {"op": "move", "path": path, "from": "/c"},
        {"op": "copy", "path": path, "from": "/c"},
    )
    put = {"op": chance.choice(("add", "replace")), "path": "", "value": whole}
    ops = chance.choices(drawn, k=chance.randrange(3))
    return [each for one in ops for each in (put, one)]


def history(chance: Random, ids: Ids) -> list[Event]:
    """Messages of a conversation, each role of them."""
    call = ids.fresh("call")
    function = {"name": word(chance), "arguments": "{}"}
    said = {"content": text(chance)}
    calls = [{"id": call, "type": "function", "function": function}]
    parts: Any = [{"type": "text", "text": text(chance)}]
    drawn: tuple[Event, ...] = (
        {"role": "developer", **said},
        {"role": "system", **said},
        {"role": "user", "content": chance.choice((text(chance), parts))},
        {"role": "assistant", **perhaps(chance, **said, toolCalls=calls, name=word(chance))},
        {"role": "tool", **said, "toolCallId": call, **perhaps(chance, error=text(chance))},
        {"role": "reasoning", **said},
        {"role": "activity", "activityType": word(chance), "content": record(chance)},
    )
    return [{"id": ids.fresh("m"), **one} for one in chance.choices(drawn, k=chance.randrange(3))]


def usage(chance: Random) -> list[Event]:
    counts = dict.fromkeys(("inputTokens", "outputTokens", "totalTokens", "reasoningTokens",
                            "cachedInputTokens", "cacheWriteInputTokens"), 3)  # fmt: skip
    return [perhaps(chance, provider=word(chance), model=word(chance), **counts)]


def outcome(chance: Random, ids: Ids) -> Event:
    """How a run may end. No call is named as pending."""
    more = perhaps(
        chance,
        message=text(chance),
        toolCallId=ids.fresh("call"),
        responseSchema={"type": "object"},
        expiresAt="2026-11-30T10:00:00Z",
        metadata=record(chance),
    )
    interrupt = {"id": ids.fresh("interrupt"), "reason": word(chance), **more}
    return chance.choice((
        {"type": "success"},
        {"type": "cancelled"},
        {"type": "interrupt", "interrupts": [interrupt]},
    ))  # fmt: skip
