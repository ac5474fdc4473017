"""Lawful AG-UI 1.0: runs one after another, each with messages, calls, reasoning, steps and
subagents at once (https://docs.ag-ui.com/spec/1.0)."""

from random import Random
from typing import Any

from tests.unit.app.contract.lawful.ag_ui_chunks import chunked, shortened
from tests.unit.app.contract.lawful.ag_ui_values import free_event, history, outcome, usage
from tests.unit.app.contract.lawful.chance import (
    Event,
    Ids,
    at_once,
    perhaps,
    pieces,
    record,
    spelled,
    text,
    value,
    word,
)


def ag(kind: str, /, **fields: Any) -> Event:
    return {"type": kind, **fields}


def ag_ui(chance: Random) -> list[Event]:
    """One stream."""
    ids, thread = Ids(chance), word(chance)
    events: list[Event] = []
    calls: list[str] = []
    if chance.random() < 0.05:
        events.append(error(chance))
    for _ in range(chance.choice((1, 1, 1, 2, 3) if not events else (0, 1))):
        events += run(chance, ids, thread, calls)
        calls = list({one["toolCallId"]: 0 for one in events if one["type"] == "TOOL_CALL_START"})
    return [{**event, **about(chance)} for event in events]


def about(chance: Random) -> Event:
    """What every event may have."""
    return perhaps(chance, 0.05, timestamp=chance.randrange(2**41), metadata=record(chance),
                   rawEvent=chance.choice((record(chance), "raw", 4, [])))  # fmt: skip


def error(chance: Random) -> Event:
    more = perhaps(chance, code=word(chance), usage=usage(chance))
    return ag("RUN_ERROR", message=text(chance), **more)


def run(chance: Random, ids: Ids, thread: str, calls: list[str]) -> list[Event]:
    """One run; `calls` are those of the runs before, and then this one's too."""
    name = {"threadId": thread, "runId": ids.fresh("run")}
    more = perhaps(chance, protocolVersion="1.0", parentRunId=ids.fresh("run"))
    if chance.random() < 0.2:
        more["input"] = {**name, "messages": history(chance, ids), **perhaps(
            chance, state=value(chance), tools=[], context=[], forwardedProps=value(chance)
        )}  # fmt: skip
    answered = [result(chance, ids, call) for call in calls[:2] if chance.random() < 0.3]
    chunks = chance.random() < 0.4
    inner = at_once(chance, [answered, *threads(chance, ids, calls, chunks=chunks)])
    if chunks:
        inner = shortened(chance, inner)
    first = ag("RUN_STARTED", **name, **more)
    if chance.random() < 0.15:
        return [first, *inner[: chance.randint(0, len(inner))], error(chance)]
    ended = perhaps(chance, result=value(chance), usage=usage(chance), outcome=outcome(chance, ids))
    late = [error(chance)] if chance.random() < 0.1 else []
    return [first, *inner, ag("RUN_FINISHED", **name, **ended), *late]


def threads(chance: Random, ids: Ids, calls: list[str], *, chunks: bool) -> list[list[Event]]:
    """Everything that a run does at once, its subagents' work among it."""
    found = work(chance, ids, calls, None, chunks=chunks)
    for _ in range(chance.choice((0, 0, 1, 2))):
        found.append(subagent(chance, ids, calls, chunks=chunks))
    if chance.random() < 0.2:  # one that nobody announced
        found += work(chance, ids, calls, ids.fresh("agent"), chunks=chunks)
    return found


def work(
    chance: Random, ids: Ids, calls: list[str], owner: str | None, *, chunks: bool
) -> list[list[Event]]:
    """What one owner does at once: the parent, or a subagent."""
    own = {} if owner is None else {"subagentRunId": owner}
    makers = [message, call, reasoning, steps, free]
    found = [
        chance.choice(makers)(chance, ids, own, calls) for _ in range(chance.choice((0, 1, 2, 4)))
    ]
    if chunks:
        found += [chunked(chance, ids, own) for _ in range(chance.randint(1, 2))]
    return found


def subagent(
    chance: Random, ids: Ids, calls: list[str], parent: str | None = None, *, chunks: bool
) -> list[Event]:
    """A subagent, with one of its own now and then."""
    name = ids.fresh("agent")
    more = perhaps(chance, description=text(chance), parentToolCallId=ids.fresh("call"),
                   parentMessageId=ids.fresh("message"))  # fmt: skip
    if parent is not None:
        more["parentSubagentRunId"] = parent
    inner = at_once(chance, work(chance, ids, calls, name, chunks=chunks))
    if parent is None and chance.random() < 0.3:
        inner += subagent(chance, ids, calls, name, chunks=chunks)
    suspended = {"type": "suspended", **perhaps(chance, interruptIds=[ids.fresh("interrupt")])}
    ended = perhaps(
        chance, result=value(chance), outcome=chance.choice(({"type": "success"}, suspended))
    )
    end = chance.choice((
        ag("SUBAGENT_FINISHED", subagentRunId=name, **ended),
        ag("SUBAGENT_ERROR", subagentRunId=name, message=text(chance), **perhaps(chance, code="c")),
    ))  # fmt: skip
    return [ag("SUBAGENT_STARTED", subagentRunId=name, name=word(chance), **more), *inner, end]


def message(chance: Random, ids: Ids, own: Event, _calls: list[str]) -> list[Event]:
    """One message, opened again now and then."""
    key = {"messageId": ids.fresh("message")}
    found = []
    for _ in range(chance.choice((1, 1, 2, 3))):
        role = chance.choice(("developer", "system", "assistant", "user"))
        found += [
            ag("TEXT_MESSAGE_START", **key, **own, **perhaps(chance, role=role, name=word(chance))),
            *(ag("TEXT_MESSAGE_CONTENT", **key, **own, delta=one) for one in deltas(chance)),
            ag("TEXT_MESSAGE_END", **key, **own),
        ]
    return found


def deltas(chance: Random) -> list[str]:
    return pieces(chance, text(chance)) if chance.random() < 0.8 else []


def call(chance: Random, ids: Ids, own: Event, calls: list[str]) -> list[Event]:
    """A tool call, with its result or without."""
    key = {"toolCallId": ids.fresh("call")}
    calls.append(key["toolCallId"])
    spelled_ = pieces(chance, spelled(chance, record(chance))) if chance.random() < 0.8 else []
    name = word(chance)
    # Its arguments go on where it is opened again.
    cut = chance.randint(0, len(spelled_)) if chance.random() < 0.2 else len(spelled_)
    found = []
    for part in [spelled_[:cut]] + ([spelled_[cut:]] if cut < len(spelled_) else []):
        found += [
            ag("TOOL_CALL_START", **key, toolCallName=name, **own),
            *(ag("TOOL_CALL_ARGS", **key, **own, delta=one) for one in part),
            ag("TOOL_CALL_END", **key, **own),
        ]
    if chance.random() < 0.5:
        found.append({**result(chance, ids, key["toolCallId"]), **own})
    return found


def result(chance: Random, ids: Ids, key: str) -> Event:
    content = chance.choice((text(chance), [{"type": "text", "text": text(chance)}]))
    more = perhaps(chance, role="tool")
    return ag(
        "TOOL_CALL_RESULT", messageId=ids.fresh("message"), toolCallId=key, content=content, **more
    )


def reasoning(chance: Random, ids: Ids, own: Event, _calls: list[str]) -> list[Event]:
    """A span with its message, of one id or two; or a message without a span."""
    key = {"messageId": ids.fresh("thought")}
    span = key if chance.random() < 0.5 else {"messageId": ids.fresh("span")}
    said = [
        ag("REASONING_MESSAGE_START", **key, **own, role="reasoning"),
        *(ag("REASONING_MESSAGE_CONTENT", **key, **own, delta=one) for one in deltas(chance)),
        ag("REASONING_MESSAGE_END", **key, **own),
    ]
    if chance.random() < 0.3:
        said.append(ag("REASONING_ENCRYPTED_VALUE", subtype="message", entityId=key["messageId"],
                       encryptedValue=text(chance), **own))  # fmt: skip
    if chance.random() < 0.2:
        return said
    spanned = [ag("REASONING_START", **span, **own), *said, ag("REASONING_END", **span, **own)]
    return spanned * chance.choice((1, 1, 2))


def steps(chance: Random, ids: Ids, own: Event, calls: list[str]) -> list[Event]:
    """A step with a message in it, or another step, taken again now and then."""
    name = ids.fresh("step")
    inner = chance.choice((message, steps, free))(chance, ids, own, calls)
    one = [
        ag("STEP_STARTED", stepName=name, **own),
        *inner,
        ag("STEP_FINISHED", stepName=name, **own),
    ]
    again = [ag("STEP_STARTED", stepName=name, **own), ag("STEP_FINISHED", stepName=name, **own)]
    return [*one, *again] if chance.random() < 0.2 else one


def free(chance: Random, ids: Ids, own: Event, _calls: list[str]) -> list[Event]:
    return [free_event(chance, ids, own) for _ in range(chance.randint(1, 3))]
