"""What Anthropic's Messages allow is right, what they forbid is named."""

from typing import Any

import pytest

from tests.unit.app.contract.judging import Event, interleaved, judged, kinds
from tokentape.contract.anthropic import MESSAGES


def an(kind: str, **fields: Any) -> Event:
    return {"event:": kind, "type": kind, **fields}


def block(index: int, kind: str, *deltas: tuple[str, str, str], **more: Any) -> list[Event]:
    return [
        an("content_block_start", index=index, content_block={"type": kind, **more}),
        *(
            an("content_block_delta", index=index, delta={"type": name, field: value})
            for name, field, value in deltas
        ),
        an("content_block_stop", index=index),
    ]


def said(index: int, *words: str) -> list[Event]:
    return block(index, "text", *(("text_delta", "text", word) for word in words), text="")


def used(index: int, *pieces: str, kind: str = "tool_use") -> list[Event]:
    deltas = (("input_json_delta", "partial_json", piece) for piece in pieces)
    return block(index, kind, *deltas, id=f"t{index}", name="look", input={})


def text_of_a_tool(kind: str) -> list[Event]:
    """Text where arguments belong: the official clients show nothing of it."""
    return block(1, kind, ("text_delta", "text", "b"), id="t1", name="look", input={})


def message(*blocks: list[Event], reason: str = "end_turn", tokens: int = 9) -> list[Event]:
    usage = {"input_tokens": 3, "output_tokens": 1}
    first = {"id": "m", "role": "assistant", "content": [], "usage": usage}
    return [
        an("message_start", message=first),
        an("ping"),
        *(event for one in blocks for event in one),
        an("message_delta", delta={"stop_reason": reason}, usage={"output_tokens": tokens}),
        an("message_stop"),
    ]


def without(events: list[Event], place: int) -> list[Event]:
    return [*events[:place], *events[place + 1 :]]


def test_what_anthropic_s_messages_allow_is_right() -> None:
    thought = block(
        0,
        "thinking",
        ("thinking_delta", "thinking", "hm"),
        ("signature_delta", "signature", "s"),
        thinking="",
    )
    for events in (
        message(said(0, "Hel", "lo")),
        message(said(0, "a"), used(1, '{"x":', "1}"), reason="tool_use"),
        message(used(0, "", " {", "\n", "}"), reason="tool_use"),
        message(said(0, "a"), used(1, "{}", kind="server_tool_use"), used(2, kind="mcp_tool_use")),
        message(thought, said(1, "a")),
        message(used(0, '{"x":'), reason="max_tokens"),
        [
            *message(said(0, "a"))[:4],
            an("error", error={"type": "overloaded_error", "message": "x"}),
        ],
        [*message(said(0, "a"))[:2], an("fresh_event"), *message(said(0, "a"))[2:]],
    ):
        assert judged(MESSAGES, events).violations == ()


def holding(events: list[Event], content: list[Any]) -> list[Event]:
    """A message that begins with this content, before its first block."""
    first, *rest = events
    return [{**first, "message": {**first["message"], "content": content}}, *rest]


@pytest.mark.parametrize(
    ("events", "due"),
    [
        (message(said(1, "a")), ["out_of_order"]),
        (message(said(0, "a"), said(2, "b")), ["out_of_order"]),
        (message(used(0, '{"x":'), reason="tool_use"), ["not_json"]),
        (message(used(0, "[1]"), reason="tool_use"), ["not_json"]),
        # A limit cuts JSON off, and doesn't spell it otherwise.
        (message(used(0, '{"x" 1'), reason="max_tokens"), ["not_json"]),
        (message(used(0, "[1"), reason="max_tokens"), ["not_json"]),
        (message(used(0, '{"x":1}, 2'), reason="max_tokens"), ["not_json"]),
        (message(used(0, "", "\n", "{}"), reason="tool_use"), ["not_json"]),
        (message(said(0, "a"))[:-1], ["missing_end"]),
        (without(message(said(0, "a")), 2), ["out_of_order"]),
        (message(interleaved(said(0, "a"), said(1, "b"))), ["out_of_order"]),
        (message(said(0, "a"), reason="enough"), ["field_wrong"]),
        (message(said(0, "a"), text_of_a_tool("tool_use")), ["out_of_order"]),
        (message(said(0, "a"), text_of_a_tool("server_tool_use")), ["out_of_order"]),
        (message(said(0, "a"), text_of_a_tool("mcp_tool_use")), ["out_of_order"]),
        (message(used(0, "[1]", kind="server_tool_use")), ["not_json"]),
        # What no client knows is passed; its text is shown by none.
        (message(said(0, "a"), text_of_a_tool("fresh_block")), ["out_of_order"]),
        # The official client for Python looks for a type in each.
        (holding(message(said(0, "a")), [1]), ["field_wrong"]),
    ],
)
def test_what_anthropic_s_messages_forbid_is_named(events: list[Event], due: list[str]) -> None:
    assert [*dict.fromkeys(kinds(judged(MESSAGES, events)))] == due


def test_a_frame_without_its_event_s_name_is_wrong_where_unknown_ones_pass() -> None:
    events = message(said(0, "a"))
    del events[3]["event:"]
    verdict = judged(MESSAGES, events)
    assert kinds(verdict) == ["out_of_order"]
    assert "text-delta" in verdict.violations[0].message


def test_a_count_that_falls_is_named() -> None:
    events = message(said(0, "a"))
    more = an("message_delta", delta={}, usage={"output_tokens": 4})
    assert kinds(judged(MESSAGES, [*events[:-1], more, events[-1]])) == ["counter_fell"]
