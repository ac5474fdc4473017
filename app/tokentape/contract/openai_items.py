"""The items of OpenAI's Responses: which events each kind of them has, as kinds and as states.

https://platform.openai.com/docs/api-reference/responses-streaming. The official JavaScript client
refuses an event that belongs to an item of another kind, and a part that was not opened.
"""

from collections.abc import Mapping

from tokentape.contract.contract import Kind
from tokentape.contract.order import Order, State

ADDED, DONE = "response.output_item.added", "response.output_item.done"
ITEM = {"item_id": "id", "output_index": "integer"}
_SPELLED = {
    "function_call": {"function_call_arguments": ("arguments", "arguments")},
    "mcp_call": {"mcp_call_arguments": ("arguments", "arguments")},
    "custom_tool_call": {"custom_tool_call_input": ("input", "input")},
    "code_interpreter_call": {"code_interpreter_call_code": ("code", "code")},
}
"""Items with one value that is written in pieces: event → channel, and the field of the whole."""
_STATES = {
    "code_interpreter_call": ("in_progress", "interpreting", "completed"),
    "file_search_call": ("in_progress", "searching", "completed"),
    "web_search_call": ("in_progress", "searching", "completed"),
    "image_generation_call": ("in_progress", "generating", "partial_image", "completed"),
    "mcp_call": ("in_progress", "completed", "failed"),
    "mcp_list_tools": ("in_progress", "completed", "failed"),
    "compaction": ("compacting",),
}
"""How far the model's own tools are: they belong to an item, and to no answer."""
_SHELL = {
    "shell_call": (
        "shell_call_command.added",
        "shell_call_command.delta",
        "shell_call_command.done",
    ),
    "shell_call_output": ("shell_call_output_content.delta", "shell_call_output_content.done"),
}
_PARTS = {
    "message": (
        "text-part",
        "refusal-part",
        "response.content_part.added",
        "response.output_text.delta",
        "response.output_text.annotation.added",
        "response.output_text.done",
        "response.refusal.delta",
        "response.refusal.done",
        "text-part-done",
        "refusal-part-done",
        "response.content_part.done",
    ),
    "reasoning": (
        "reasoning-part",
        "response.reasoning_text.delta",
        "response.reasoning_text.done",
        "reasoning-part-done",
        "response.reasoning_summary_part.added",
        "response.reasoning_summary_text.delta",
        "response.reasoning_summary_text.done",
        "response.reasoning_summary_part.done",
    ),
}
CALLED = ("function_call", "custom_tool_call", "shell_call", "shell_call_output")
"""Items that name a call: by `call_id`, and two of a sort never the same."""
_GROWING = {
    "message": {"content": "array"},
    "reasoning": {"summary": "array", "content": "array?"},
    "function_call": {"arguments": "string"},
    "mcp_call": {"arguments": "string"},
    "custom_tool_call": {"input": "string"},
}
"""What clients add an item's parts and pieces to."""
_AT_FIRST = {
    "message": {"item.content": "empty"},
    "reasoning": {"item.summary": "empty", "item.content": "empty?"},
}
"""What an item has when it is opened: clients append each part at the end of what is there."""
TYPES = tuple(dict.fromkeys((*_PARTS, *_SPELLED, *_STATES, *_SHELL)))


def added_as(item: str) -> str:
    """The name of the kind that opens an item of this type."""
    return f"{item} added"


def done_as(item: str) -> str:
    """The name of the kind that closes an item of this type: what names a call has its own."""
    return f"{item} done" if item in CALLED else DONE


def identity(item: str, path: str) -> Mapping[str, str]:
    """What an item of this type must say of itself."""
    empty = "string" if item == "function_call" else "id"
    called = {"call_id": empty} if item in CALLED else {}
    fields = {"id": "id", **called, **_GROWING.get(item, {})}
    return {f"{path}{name}": word for name, word in fields.items()}


def item_kinds(wholes: Mapping[str, str]) -> tuple[Kind, ...]:
    """How items are opened and closed."""
    at = {"output_index": "integer", "item.type": "string"}
    return (
        *(
            Kind(
                name=added_as(item),
                where={"type": ADDED, "item.type": item},
                fields={**at, **identity(item, "item."), **_AT_FIRST.get(item, {})},
                pieces={"id": "item.id"},
            )
            for item in TYPES
        ),
        Kind(name=ADDED, fields={**at, "item.id": "string"}, pieces={"id": "item.id"}),
        *(
            Kind(
                name=done_as(item),
                where={"type": DONE, "item.type": item},
                fields={**at, **identity(item, "item.")},
                wholes=wholes,
            )
            for item in CALLED
        ),
        Kind(name=DONE, fields={**at, "item.id": "string"}, wholes=wholes),
    )


def inner_kinds() -> tuple[Kind, ...]:
    """What items say of themselves, but for parts of messages and of reasoning."""
    found = []
    for spelled in _SPELLED.values():
        for event, (channel, whole) in spelled.items():
            delta = {**ITEM, "delta": "string"}
            name = f"response.{event}"
            found += [
                Kind(name=f"{name}.delta", fields=delta, pieces={channel: "delta"}),
                Kind(
                    name=f"{name}.done", fields={**ITEM, whole: "string"}, wholes={channel: whole}
                ),
            ]
    names = [f"{item}.{state}" for item, states in _STATES.items() for state in states]
    found += [Kind(name=f"response.{name}", fields=ITEM) for name in names]
    shell = {"output_index": "integer", "command_index": "count"}
    found += [
        Kind(name=f"response.{name}", fields=shell) for names in _SHELL.values() for name in names
    ]
    return tuple(found)


def written(item: str) -> Order:
    """The value of an item: pieces, if any, and then the whole."""
    deltas = {f"response.{event}.delta": "open" for event in _SPELLED[item]}
    dones = {f"response.{event}.done": "closed" for event in _SPELLED[item]}
    return {"opened": {**deltas, **dones}, "open": {**deltas, **dones}, "closed": {}}


def value_order() -> Order:
    """The value of any item that has one."""
    orders = [written(item) for item in _SPELLED]
    return {
        state: {name: to for order in orders for name, to in order[state].items()}
        for state in ("opened", "open", "closed")
    }


def item_order() -> Order:
    """Each type of item has a state, in which its own events may come."""
    opened: dict[str, State] = {added_as(item): item for item in TYPES}
    order: dict[State, Mapping[str, State]] = {"opened": {**opened, ADDED: "other"}}
    for item in TYPES:
        names = [
            *_PARTS.get(item, ()),
            *(f"response.{event}.{way}" for event in _SPELLED.get(item, ()) for way in _WAYS),
            *(f"response.{item}.{state}" for state in _STATES.get(item, ())),
            *(f"response.{name}" for name in _SHELL.get(item, ())),
        ]
        order[item] = {**dict.fromkeys(names, item), done_as(item): "closed"}
    return {**order, "other": {DONE: "closed"}, "closed": {}}


_WAYS = ("delta", "done")
"""How a value of an item comes: in pieces, and then whole."""
