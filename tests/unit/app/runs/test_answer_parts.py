"""The parts of an answer as they are stored."""

from tokentape.runs.answer_parts import answer_parts, parts_on
from tokentape.runs.events import Event, Reasoning, Text, ToolCallArguments, ToolCallStarted
from tokentape.runs.memory_tape import MemoryTapes
from tokentape.runs.parts import Parts
from tokentape.runs.tape import READ_LIMIT, Label


def test_an_answer_of_one_text_has_no_parts() -> None:
    assert answer_parts([], whole=True) == []
    assert answer_parts(Parts("m").events([Text("a"), Text("b")]), whole=True) == []


def test_parts_stand_in_the_order_of_their_begins() -> None:
    events = Parts("m").events(
        [
            Reasoning("h"),
            Reasoning("m"),
            Text("Hel"),
            ToolCallStarted("a", "f"),
            ToolCallStarted("b", "g"),
            ToolCallArguments("b", "[1"),
            ToolCallArguments("a", "{}"),
            Text("lo"),
            ToolCallArguments("b", "]"),
        ]
    )
    assert answer_parts(events, whole=True) == [
        {"kind": "reasoning", "id": "m-0", "text": "hm"},
        {"kind": "text", "id": "m", "text": "Hel"},
        {"kind": "call", "id": "a", "name": "f", "whole": True, "arguments": "{}"},
        {"kind": "call", "id": "b", "name": "g", "whole": True, "arguments": "[1]"},
        {"kind": "text", "id": "m-2", "text": "lo"},
    ]


async def test_a_long_tape_is_read_to_its_end() -> None:
    tapes = MemoryTapes(ttl_s=60, max_bytes_each=10**9, max_bytes=10**9)
    tape = await tapes.create(Label("r", "ag-ui", "c", None, "m", "gpt-4"))
    said: list[Event] = Parts("m").events([Reasoning("r")] * (2 * READ_LIMIT))
    await tape.append(said, 1)
    (part,) = await parts_on(tape, whole=False)
    assert part["text"] == "r" * 2 * READ_LIMIT
    await tapes.close()
