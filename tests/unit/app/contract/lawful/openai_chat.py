"""Lawful streams of OpenAI's chat completions with one choice: text, reasoning, refusals, calls
(https://platform.openai.com/docs/api-reference/chat-streaming)."""

from random import Random
from typing import Any

from tests.unit.app.contract.lawful.chance import (
    Event,
    Ids,
    at_once,
    perhaps,
    pieces,
    record,
    spelled,
    text,
    word,
)

DONE = "[DONE]"


def openai_chat(chance: Random) -> list[Event | str]:
    """One stream."""
    ids = Ids(chance)
    made = {
        "id": ids.fresh("chatcmpl"),
        "object": "chat.completion.chunk",
        "created": 1_700_000_000,
        "model": word(chance),
        **perhaps(chance, system_fingerprint="fp", service_tier="x"),
    }
    counted = chance.random() < 0.5

    def chunk(delta: Event, finish: str | None = None) -> Event:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        usage: Any = {"usage": None} if counted else {}
        return {**made, "choices": [{**choice, **perhaps(chance, 0.3, logprobs=None)}], **usage}

    if chance.random() < 0.05:
        failed = {"message": text(chance), "code": None, "type": "server_error"}
        return [{"error": failed}]
    first = {"role": "assistant", "content": "", **perhaps(chance, 0.2, refusal=None)}
    calls = [called(chance, ids, index) for index in range(chance.choice((0, 0, 1, 2)))]
    deltas = [*said(chance), *at_once(chance, [each[1:] for each in calls])]
    opened = [each[0] for each in calls]
    found: list[Event | str] = [chunk(first), *map(chunk, [*said(chance), *opened, *deltas])]
    if chance.random() < 0.1:
        cut = chance.randint(0, len(found))
        return [*found[:cut], {"error": {"message": text(chance), "code": "SAD", "type": "x"}}]
    reason = "tool_calls" if calls else chance.choice(("stop", "length", "content_filter"))
    found.append(chunk({}, reason))
    if counted:
        usage = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
        found.append({**made, "choices": [], "usage": usage})
    return [*found, DONE]


def said(chance: Random) -> list[Event]:
    """Deltas of one sort: text, reasoning or a refusal."""
    name = chance.choice(("content", "content", "reasoning_content", "refusal"))
    return [{name: piece} for piece in pieces(chance, text(chance))]


def called(chance: Random, ids: Ids, index: int) -> list[Event]:
    """One call: its name, and then its arguments in pieces."""
    cut = pieces(chance, spelled(chance, record(chance)))
    function = {"name": word(chance), "arguments": ""}
    first = {"index": index, "id": ids.fresh("call"), "type": "function", "function": function}
    more = [{"index": index, "function": {"arguments": one}} for one in cut]
    return [{"tool_calls": [one]} for one in (first, *more)]
