"""The parts of an answer as they are stored, from the events of its tape."""

from collections.abc import Iterable
from io import StringIO
from typing import Any

from tokentape.runs.events import (
    Event,
    PartStarted,
    Reasoning,
    Text,
    ToolCallArguments,
    ToolCallStarted,
)
from tokentape.runs.tape import READ_LIMIT, Tape

StoredPart = dict[str, Any]
"""One of `{kind: text | reasoning, id, text}` and `{kind: call, id, name, arguments, whole}`."""


def answer_parts(events: Iterable[Event], *, whole: bool) -> list[StoredPart]:
    """In the order of their begins; `whole`: the answer was completed, and so was each call. None
    of an answer of one text, which is stored as that."""
    parts: list[StoredPart] = []
    pieces: dict[str, StringIO] = {}
    current = StringIO()
    for event in events:
        match event:
            case PartStarted(part_id, kind):
                parts.append({"kind": kind, "id": part_id})
                current = pieces[part_id] = StringIO()
            case Text(content) | Reasoning(content):
                current.write(content)
            case ToolCallStarted(call_id, name):
                parts.append({"kind": "call", "id": call_id, "name": name, "whole": whole})
                pieces[call_id] = StringIO()
            case ToolCallArguments(call_id, content):
                pieces[call_id].write(content)
    if [part["kind"] for part in parts] in ([], ["text"]):
        return []
    for part in parts:
        name = "arguments" if part["kind"] == "call" else "text"
        part[name] = pieces[part["id"]].getvalue()
    return parts


async def parts_on(tape: Tape, *, whole: bool) -> list[StoredPart]:
    """Those on a tape so far."""
    events: list[Event] = []
    while entries := await tape.read(len(events) - 1, READ_LIMIT, 0):
        events += [entry.event for entry in entries]
    return answer_parts(events, whole=whole)
