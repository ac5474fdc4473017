"""Lawful streams of OpenAI's chat completions: text, reasoning, refusals and calls of each choice
(https://platform.openai.com/docs/api-reference/chat-streaming)."""

from collections.abc import Iterator, Sequence
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
    """One stream, of one choice or several at once."""
    ids = Ids(chance)
    made = {
        "id": ids.fresh("chatcmpl"),
        "object": "chat.completion.chunk",
        "created": 1_700_000_000,
        "model": word(chance),
        **perhaps(chance, system_fingerprint="fp", service_tier="x"),
    }
    counted = chance.random() < 0.5
    usage: Any = {"usage": None} if counted else {}
    if chance.random() < 0.05:
        failed = {"message": text(chance), "code": None, "type": "server_error"}
        return [{"error": failed}]
    number = chance.choice((1, 1, 1, 2, 3))
    spoken = at_once(chance, [choice_of(chance, ids, index) for index in range(number)])
    numbers: dict[int, int] = {}
    for one in spoken:  # they begin in the order of their numbers
        one["index"] = numbers.setdefault(one["index"], len(numbers))
    found: list[Event | str] = [
        {**made, "choices": together, **usage} for together in gathered(chance, spoken)
    ]
    if chance.random() < 0.1:
        cut = chance.randint(0, len(found) - 1)
        return [*found[:cut], {"error": {"message": text(chance), "code": "SAD", "type": "x"}}]
    if counted:
        total = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
        found.append({**made, "choices": [], "usage": total})
    return [*found, DONE]


def choice_of(chance: Random, ids: Ids, index: int) -> list[Event]:
    """All that one choice says, piece by piece."""

    def piece(delta: Event, finish: str | None = None) -> Event:
        more = perhaps(chance, 0.3, logprobs=None)
        return {"index": index, "delta": delta, "finish_reason": finish, **more}

    first = {"role": "assistant", "content": "", **perhaps(chance, 0.2, refusal=None)}
    calls = [called(chance, ids, call) for call in range(chance.choice((0, 0, 1, 2)))]
    deltas = [*said(chance), *at_once(chance, [each[1:] for each in calls])]
    opened = [each[0] for each in calls]
    reason = "tool_calls" if calls else chance.choice(("stop", "length", "content_filter"))
    return [piece(one) for one in (first, *said(chance), *opened, *deltas)] + [piece({}, reason)]


def gathered(chance: Random, spoken: Sequence[Event]) -> Iterator[list[Event]]:
    """The pieces by chunks: now and then one holds those of several choices."""
    together: list[Event] = []
    for one in spoken:
        again = any(one["index"] == other["index"] for other in together)
        if together and (again or chance.random() < 0.8):
            yield together
            together = []
        together.append(one)
    yield together


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
