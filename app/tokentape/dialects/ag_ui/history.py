"""Stored messages as AG-UI's: an answer's reasoning and calls beside its text, results of tools in
place of the question that they are. Pure."""

from collections.abc import Iterator
from typing import Any

from tokentape.dialects.ag_ui.messages import Message as Given
from tokentape.dialects.ag_ui.messages import ToolMessage, text_in
from tokentape.store.conversations import Message

RESULT = "result"
"""The kind of a stored part of a question that is a tool's result."""


def result_parts(messages: list[Given]) -> list[dict[str, Any]]:
    """What is stored of the results with which a history ends; none where it ends otherwise."""
    results: list[dict[str, Any]] = []
    for message in reversed(messages):
        if not isinstance(message, ToolMessage):
            break
        results.append({"kind": RESULT, "id": message.toolCallId, "text": text_in(message)})
    return results[::-1]


def stored_messages(message: Message) -> Iterator[dict[str, Any]]:
    """The messages that a stored one is, as the client has put them together from the stream; calls
    that are not whole are left out."""
    if not message.parts:
        yield {"id": message.id, "role": message.role, "content": message.content}
        return
    rows: dict[str, dict[str, Any]] = {}
    for number, part in enumerate(message.parts):
        if part["kind"] == RESULT:
            row = _row(rows, f"{message.id}-{number}", "tool")
            row |= {"toolCallId": part["id"], "content": part["text"]}
        elif part["kind"] == "reasoning":
            _row(rows, part["id"], "reasoning")["content"] = part["text"]
        elif part["kind"] == "text":
            _row(rows, part["id"], "assistant")["content"] = part["text"]
        elif part["whole"]:  # nobody can make another
            # Calls and the first text are one message.
            function = {"name": part["name"], "arguments": part["arguments"]}
            call = {"id": part["id"], "type": "function", "function": function}
            _row(rows, message.id, "assistant").setdefault("toolCalls", []).append(call)
    yield from rows.values()


def _row(rows: dict[str, dict[str, Any]], id_: str, role: str) -> dict[str, Any]:
    return rows.setdefault(id_, {"id": id_, "role": role})
