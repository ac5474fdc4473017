"""The items of OpenAI's Responses: what each kind of them streams, and how it is at last."""

from collections.abc import Callable, Mapping
from random import Random
from typing import Any

from tests.unit.app.contract.lawful.chance import (
    Event,
    at_once,
    perhaps,
    pieces,
    record,
    spelled,
    text,
    word,
)

Item = tuple[list[Event], Event]
"""The events between its opening and its end, and its fields beside id, type and status."""


def re(kind: str, /, **fields: Any) -> Event:
    return {"type": f"response.{kind}", **fields}


def message(chance: Random, key: Event) -> Item:
    """Parts one after another or at once, texts and refusals."""
    streams, content = [], []
    for place in range(chance.choice((0, 1, 1, 2))):
        stream, part = (refused if chance.random() < 0.2 else written)(
            chance, {**key, "content_index": place}
        )
        streams.append(stream)
        content.append(part)
    return _in_turn(chance, streams), {"role": "assistant", "content": content}


def _in_turn(chance: Random, streams: list[list[Event]]) -> list[Event]:
    """At once, with the first events in the order of the parts' numbers."""
    if chance.random() < 0.7:
        return [event for stream in streams for event in stream]
    return [*(stream[0] for stream in streams), *at_once(chance, [each[1:] for each in streams])]


def written(chance: Random, key: Event) -> tuple[list[Event], Event]:
    whole = text(chance)
    notes = [
        re("output_text.annotation.added", **key, annotation_index=0,
           annotation={"type": "url_citation", "url": "https://a.example", "title": "t",
                       "start_index": 0, "end_index": 1})
        for _ in range(chance.choice((0, 0, 0, 1)))
    ]  # fmt: skip
    part = {"type": "output_text", "text": whole, "annotations": []}
    deltas = [
        re(
            "output_text.delta",
            **key,
            delta=one,
            logprobs=[],
            **perhaps(chance, 0.1, obfuscation="x"),
        )
        for one in pieces(chance, whole)
    ]
    return [
        re("content_part.added", **key, part={**part, "text": ""}),
        *at_once(chance, [deltas, notes]),
        re("output_text.done", **key, text=whole, logprobs=[]),
        re("content_part.done", **key, part=part),
    ], part


def refused(chance: Random, key: Event) -> tuple[list[Event], Event]:
    whole = text(chance)
    part = {"type": "refusal", "refusal": whole}
    return [
        re("content_part.added", **key, part={**part, "refusal": ""}),
        *(re("refusal.delta", **key, delta=one) for one in pieces(chance, whole)),
        re("refusal.done", **key, refusal=whole),
        re("content_part.done", **key, part=part),
    ], part


def reasoning(chance: Random, key: Event) -> Item:
    """Summaries, one after another, and the reasoning itself where the model shows it."""
    stream, summary, content = [], [], []
    for place in range(chance.choice((0, 1, 2))):
        whole, at = text(chance), {**key, "summary_index": place}
        part = {"type": "summary_text", "text": whole}
        stream += [
            re("reasoning_summary_part.added", **at, part={**part, "text": ""}),
            *(re("reasoning_summary_text.delta", **at, delta=one) for one in pieces(chance, whole)),
            re("reasoning_summary_text.done", **at, text=whole),
            re("reasoning_summary_part.done", **at, part=part),
        ]
        summary.append(part)
    if chance.random() < 0.4:
        whole, at = text(chance), {**key, "content_index": 0}
        part = {"type": "reasoning_text", "text": whole}
        stream += [
            re("content_part.added", **at, part={**part, "text": ""}),
            *(re("reasoning_text.delta", **at, delta=one) for one in pieces(chance, whole)),
            re("reasoning_text.done", **at, text=whole),
            re("content_part.done", **at, part=part),
        ]
        content.append(part)
    return stream, {"summary": summary, "content": content}


def spelled_item(
    event: str, field: str, whole: Callable[[Random], str]
) -> Callable[[Random, Event], Item]:
    """An item whose one value is written in pieces."""

    def made(chance: Random, key: Event) -> Item:
        said = whole(chance)
        named = {"name": word(chance)} if event == "function_call_arguments" else {}
        return [
            *(re(f"{event}.delta", **key, delta=one) for one in pieces(chance, said)),
            re(f"{event}.done", **key, **{field: said}, **named),
        ], {field: said, **called(event, key)}

    return made


def called(event: str, key: Event) -> Event:
    """What an item says of the call that it is."""
    if event == "code_interpreter_call_code":
        return {"container_id": "c"}
    label = {"name": "tool"}
    if event == "mcp_call_arguments":
        return {**label, "server_label": "s"}
    return {**label, "call_id": f"call of {key['item_id']}"}


def states(kind: str, *names: str) -> Callable[[Random, Event], Item]:
    """An item that only says how far it is."""

    def made(_chance: Random, key: Event) -> Item:
        return [re(f"{kind}.{name}", **key) for name in names], {}

    return made


def arguments(chance: Random) -> str:
    return spelled(chance, record(chance))


def with_states(
    kind: str, inner: Callable[[Random, Event], Item], last: str
) -> Callable[[Random, Event], Item]:
    def made(chance: Random, key: Event) -> Item:
        stream, fields = inner(chance, key)
        first, end = re(f"{kind}.in_progress", **key), re(f"{kind}.{last}", **key)
        return [first, *stream, end], fields

    return made


_MCP = spelled_item("mcp_call_arguments", "arguments", arguments)
_CODE = spelled_item("code_interpreter_call_code", "code", text)
ITEMS: Mapping[str, Callable[[Random, Event], Item]] = {
    "message": message,
    "reasoning": reasoning,
    "function_call": spelled_item("function_call_arguments", "arguments", arguments),
    "custom_tool_call": spelled_item("custom_tool_call_input", "input", text),
    "mcp_call": with_states("mcp_call", _MCP, "completed"),
    "code_interpreter_call": with_states("code_interpreter_call", _CODE, "completed"),
    "web_search_call": states("web_search_call", "in_progress", "searching", "completed"),
    "file_search_call": states("file_search_call", "in_progress", "searching", "completed"),
    "mcp_list_tools": states("mcp_list_tools", "in_progress", "failed"),
    "image_generation_call": states("image_generation_call", "in_progress", "generating",
                                    "completed"),
}  # fmt: skip
