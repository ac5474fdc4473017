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
    answers: dict[str, dict[str, Any]] = {}
    for number, part in enumerate(message.parts):
        if part["kind"] == RESULT:
            result = {"toolCallId": part["id"], "content": part["text"]}
            yield {"id": f"{message.id}-{number}", "role": "tool", **result}
        elif part["kind"] == "reasoning":
            yield {"id": part["id"], "role": "reasoning", "content": part["text"]}
        elif part["kind"] == "text":
            _answer(answers, part["id"])["content"] = part["text"]
        elif part["whole"]:  # nobody can make another
            # Calls and the first text are one message.
            function = {"name": part["name"], "arguments": part["arguments"]}
            call = {"id": part["id"], "type": "function", "function": function}
            _answer(answers, message.id).setdefault("toolCalls", []).append(call)
    yield from answers.values()


def _answer(answers: dict[str, dict[str, Any]], id_: str) -> dict[str, Any]:
    return answers.setdefault(id_, {"id": id_, "role": "assistant"})
