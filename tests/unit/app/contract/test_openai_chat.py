"""What chat completions allow is right, what they forbid is named: choices, and the tool calls of
each, told apart by their numbers."""

from typing import Any

import pytest

from tests.unit.app.contract.judging import Event, interleaved, judged, kinds
from tokentape.contract.contract import pick
from tokentape.contract.openai import CHAT
from tokentape.contract.splitting import MOST_FIELDS, alone
from tokentape.contract.timeline import Malformed

DONE = "[DONE]"
ROLE: Event = {"role": "assistant", "content": ""}
TWO: Event = {"n": 2}
Choice = dict[str, Any]


def chunk(*choices: Choice, **more: Any) -> Event:
    return {
        "id": "c",
        "object": "chat.completion.chunk",
        "created": 1,
        "model": "m",
        "choices": list(choices),
        **more,
    }


def choice(delta: Any, index: int = 0, finish: str | None = None, **more: Any) -> Choice:
    return {"index": index, "delta": delta, "finish_reason": finish, **more}


def said(text: str, index: int = 0, finish: str = "stop") -> list[Event]:
    """A choice that says a text, in pieces split by `|`, a chunk each."""
    return [
        chunk(choice(ROLE, index)),
        *(chunk(choice({"content": piece}, index)) for piece in text.split("|")),
        chunk(choice({}, index, finish)),
    ]


def call(number: int, arguments: str | None = "", **more: Any) -> Event:
    function = {"name": f"f{number}", "arguments": arguments}
    return {
        "index": number,
        "id": f"call{number}",
        "type": "function",
        "function": function,
        **more,
    }


def more(number: int, arguments: str | None) -> Event:
    return {"index": number, "function": {"arguments": arguments}}


def tools(*calls: Event, index: int = 0) -> Event:
    return chunk(choice({"tool_calls": list(calls)}, index))


def called(*events: Event, finish: str = "tool_calls", index: int = 0) -> list[Event]:
    return [chunk(choice(ROLE, index)), *events, chunk(choice({}, index, finish))]


USAGE = chunk(usage={"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3})
WHOLE_CALL = chunk(choice({"role": "assistant", "tool_calls": [call(0, "{}")]}, 0, "tool_calls"))
LAWFUL: dict[str, list[Any]] = {
    "text": said("Hel|lo"),
    "a usage behind the finish": [*said("Hel|lo"), USAGE],
    "a role in each chunk": [chunk(choice({**ROLE, "content": "a"})), *said("b")],
    "an empty role later": [*said("a")[:2], chunk(choice({"role": ""})), said("a")[-1]],
    "text and finish in one": [*said("a")[:2], chunk(choice({"content": "b"}, 0, "stop"))],
    "all in one": [chunk(choice({**ROLE, "content": "a"}, 0, "stop"))],
    "reasoning": [chunk(choice({**ROLE, "reasoning": "hm"})), *said("a")[1:]],
    "reasoning by its other name": [
        chunk(choice(ROLE)),
        chunk(choice({"content": None, "reasoning_content": "hm"})),
        *said("a")[1:],
    ],
    "a refusal": [chunk(choice(ROLE)), chunk(choice({"refusal": "no"})), said("")[-1]],
    "log probabilities": [
        chunk(choice(ROLE)),
        chunk(choice({"content": "a"}, logprobs={"content": []})),
        said("")[-1],
    ],
    "a usage in each": [
        chunk(choice({**ROLE, "content": "a"}), usage={"completion_tokens": 1}),
        chunk(choice({"content": "b"}, 0, "stop"), usage={"completion_tokens": 2}),
    ],
    "a call": called(tools(call(0)), tools(more(0, '{"x"')), tools(more(0, ":1}"))),
    "a call whose parts say its name again": called(tools(call(0, "{")), tools(call(0, "}"))),
    "a call whose parts have an empty id": called(
        tools(call(0, "{")), tools({**more(0, "}"), "id": ""})
    ),
    "two calls in turns": called(
        tools(call(0, "[")), tools(call(1, "{")), tools(more(0, "]"), more(1, "}"))
    ),
    "a call in one chunk with role and finish": [WHOLE_CALL],
    "a call with text before it": [*said("a")[:2], *called(tools(call(0, "{}")))[1:]],
    "a call that was forced": called(tools(call(0, "{}")), finish="stop"),
    "arguments cut by a limit": called(tools(call(0, '{"x')), finish="length"),
    "arguments of null": called(tools(call(0, None)), tools(more(0, "{}")), tools(more(0, None))),
    "no arguments": called(tools(call(0))),
    "a custom call": called(
        tools({"index": 0, "id": "x", "type": "custom", "custom": {"name": "f", "input": "a"}}),
        tools({"index": 0, "custom": {"input": "b"}}),
    ),
    "a function": [
        chunk(choice({**ROLE, "function_call": {"name": "f", "arguments": ""}})),
        chunk(choice({"function_call": {"arguments": "{}"}})),
        chunk(choice({}, 0, "function_call")),
    ],
    "what moderation found": [
        *said("a"),
        chunk(moderation={"input": {}}),
        chunk(usage={}, moderation=None),
    ],
    "two choices one after another": [*said("a|b"), *said("c|d", 1)],
    "two choices in turns": interleaved(said("a|b"), said("c|d|e", 1, "length")),
    "two choices in each chunk": [
        chunk(choice(ROLE), choice(ROLE, 1)),
        chunk(choice({"content": "a"}), choice({"content": "c"}, 1)),
        chunk(choice({}, 0, "stop"), choice({"content": "d"}, 1)),
        chunk(choice({}, 1, "stop")),
    ],
    "calls of two choices": interleaved(
        called(tools(call(0, "[")), tools(more(0, "]"))),
        called(tools(call(0, "{", id="y"), index=1), tools(more(0, "}"), index=1), index=1),
    ),
}


@pytest.mark.parametrize("name", LAWFUL)
def test_what_chat_completions_allow_is_right(name: str) -> None:
    asked = {"n": len({c["index"] for e in LAWFUL[name] for c in e["choices"]})}
    forced = {"tool_choice": "required"} if "forced" in name else {}
    for request in (None, {**asked, **forced}):
        verdict = judged(CHAT, [*LAWFUL[name], DONE], request=request, outcome="completed")
        assert verdict.violations == ()
        assert verdict.has_content


LATE = chunk(choice({"content": "x"}))
WRONG: dict[str, tuple[list[Any], dict[str, int]]] = {
    "no role": (said("a|b")[1:], {"out_of_order": 0}),
    "a role that is no assistant's": (
        [chunk(choice({"role": "user"})), *said("a")[1:]], {"field_wrong": 0}),
    "text behind the finish": ([*said("a"), LATE], {"out_of_order": 3}),
    "a second finish": ([*said("a"), said("a")[-1]], {"out_of_order": 3}),
    "no finish": (said("a")[:2], {"missing_end": 2}),
    "a choice left open": ([*said("a"), *said("b", 1)[:2]], {"left_open": 5}),
    "a choice left open before the usage": (
        [*said("a"), *said("b", 1)[:2], USAGE], {"left_open": 5}),
    "text behind a choice's finish": (
        [*said("a")[:1], *said("c", 1), chunk(choice({"content": "d"}, 1)), *said("a")[1:]],
        {"out_of_order": 4}),
    "a choice without a role": ([*said("a"), *said("b", 1)[1:]], {"out_of_order": 3}),
    "a choice that fails": (
        [*said("a")[:1], *said("c", 1)[:1], chunk(choice({}, 1, "error"))], {"failed": 2}),
    "a choice that fails in one chunk with others": (
        [*said("a")[:1], *said("c", 1)[:1],
         chunk(choice({"content": "x"}), choice({}, 1, "error"))], {"failed": 2}),
    "a choice that nobody knows beside one that is known": (
        [*said("a")[:1], chunk(choice({"content": "x"}), {}), *said("a")[1:]],
        {"out_of_order": 1}),
    "one choice twice in a chunk": (
        [*said("a")[:1], chunk(choice({"content": "x"}), choice({"content": "y"})), said("a")[-1]],
        {"out_of_order": 1}),
    "the second choice first": ([*said("a", 1), *said("b")], {"out_of_order": 0}),
    "a gap in the choices": ([*said("a"), *said("b", 2)], {"out_of_order": 3}),
    "an index that is a text": (
        [chunk({**choice(ROLE), "index": "0"}), chunk({**choice({}, 0, "stop"), "index": "0"})],
        {"out_of_order": 0}),
    "no index": (
        [{**e, "choices": [{k: v for k, v in e["choices"][0].items() if k != "index"}]}
         for e in said("a|b")], {"field_wrong": 0}),
    "cut arguments": (called(tools(call(0, '{"x":')), tools(more(0, "1"))), {"not_json": 2}),
    "cut arguments of the second choice": (
        [*called(tools(call(0, "{")), finish="length"),
         *called(tools(call(0, "{", id="y"), index=1), index=1)], {"not_json": 4}),
    "arguments of no call": (called(tools(call(0, "{}")), tools(more(1, "{}"))),
                             {"out_of_order": 2}),
    "another id midway": (called(tools(call(0, "{")), tools({**more(0, "}"), "id": "other"})),
                          {"id_changed": 2}),
    "all calls under one index": (called(tools(call(0, "{}")), tools(call(0, "{}", id="other"))),
                                  {"id_changed": 2, "not_json": 2}),
    "a call under the wrong number": (called(tools(call(1, "{}"))), {"out_of_order": 1}),
    "a call without its number": (
        called(tools({**call(0, "{}"), "index": None})), {"field_wrong": 1}),
    "arguments that are an object": (called(tools(call(0, None), more(0, {"x": 1}))),  # type: ignore[arg-type]
                                     {"field_wrong": 1}),
    "a call without its type": (
        called(tools({**call(0, "{}"), "type": None})), {"field_wrong": 1}),
    "a piece of a call whose type is null": (
        called(tools(call(0, "{")), tools({**more(0, "}"), "type": None})), {"field_wrong": 2}),
    "a function that is a number": (
        called(tools(call(0, "{}")), tools({"index": 0, "function": 2.5})), {"field_wrong": 2}),
    "a finish without a delta": (
        [*said("a")[:2], chunk({"index": 0, "finish_reason": "stop"})], {"field_wrong": 2}),
    "calls that are no list": (
        [chunk(choice(ROLE)), chunk(choice({"tool_calls": call(0, "{}")})),
         chunk(choice({}, 0, "tool_calls"))], {"field_wrong": 1}),
    "a call's finish without a call": (called(finish="tool_calls"), {"out_of_order": 1}),
    "a call behind the finish": ([*said("a"), tools(call(0, "{}"))], {"out_of_order": 3}),
    "the second choice's finish without a call": (
        [*called(tools(call(0, "{}"))), *called(index=1)], {"out_of_order": 4}),
    "cut arguments of a function": (
        [chunk(choice({**ROLE, "function_call": {"name": "f", "arguments": "{"}})),
         chunk(choice({}, 0, "function_call"))], {"not_json": 0}),
    "a usage that falls": (
        [chunk(choice(ROLE), usage={"completion_tokens": 2}), *said("a")[1:],
         chunk(usage={"completion_tokens": 1})], {"counter_fell": 3}),
}  # fmt: skip


@pytest.mark.parametrize("name", WRONG)
def test_what_chat_completions_forbid_is_named(name: str) -> None:
    events, due = WRONG[name]
    verdict = judged(CHAT, [*events, DONE], outcome="completed")
    assert {broken.kind: broken.index for broken in verdict.violations} == due


def test_a_call_that_nobody_forced_ends_by_saying_so() -> None:
    stopped = [*called(tools(call(0, "{}")), finish="stop"), DONE]
    forced = (None, {"tool_choice": {"type": "function"}}, {"function_call": {"name": "f"}})
    for asked in forced:
        assert judged(CHAT, stopped, request=asked).violations == ()
    for free in ({}, {"tool_choice": "auto"}, {"tool_choice": None, "n": 1}):
        verdict = judged(CHAT, stopped, request=free)
        assert [(one.kind, one.index) for one in verdict.violations] == [("out_of_order", 2)]
    cut = [*called(tools(call(0, "{")), finish="length"), DONE]
    text_alone = [*said("a"), DONE]
    for events in (cut, text_alone, [*LAWFUL["two calls in turns"], DONE]):
        assert judged(CHAT, events, request={}).violations == ()


def test_choices_that_nobody_asked_for_are_told_once() -> None:
    both = [*interleaved(said("a|b"), said("c|d", 1)), DONE]
    assert judged(CHAT, both, request=TWO).violations == ()
    for request in ({}, {"n": 1}, {"n": None}):
        verdict = judged(CHAT, both, request=request, text="ab")
        assert [(one.kind, one.index, one.about) for one in verdict.violations] == [
            ("out_of_order", 1, "never")
        ]
        assert "choice 1 came, and 1 was asked for" in verdict.violations[0].message
        assert (verdict.text, verdict.texts) == ("ab", ("ab",))


def test_an_event_of_many_fields_is_not_copied_for_each_choice() -> None:
    event = {**{f"field {n}": n for n in range(500)}, "in": {"choices": [1, 2], "id": "x"}}
    parts = list(alone(event, "in.choices"))
    assert [one["in"] for one in parts] == [{"choices": [one], "id": "x"} for one in (1, 2)]
    assert all(len(one) <= MOST_FIELDS + 1 for one in parts)
    assert list(alone({**event, "in": {}}, "in.choices")) == []
    (first,) = alone({"in": [{"x": 1}, {"choices": [7]}]}, "in.1.choices")
    assert pick(first, "in.1.choices.0") == 7


def test_choices_that_never_came_are_missing() -> None:
    verdict = judged(CHAT, [*said("a"), DONE], request={"n": 3})
    assert [(one.kind, one.index) for one in verdict.violations] == [("text_lost", 3)]
    assert "3 were asked for, and 1 came" in verdict.violations[0].message


def test_each_choice_is_held_against_its_own_text() -> None:
    both = [*interleaved(said("a|b"), said("c|d", 1)), DONE]
    verdict = judged(CHAT, both, texts=("ab", "cd"))
    assert (verdict.text, verdict.texts, verdict.violations) == ("ab", ("ab", "cd"), ())
    assert kinds(judged(CHAT, both, texts=("ab", "ce"))) == ["text_altered"]
    assert kinds(judged(CHAT, both, texts=("ab",))) == []
    same = [*interleaved(said("a|b"), said("a|b", 1)), DONE]
    assert kinds(judged(CHAT, same, text="ab")) == []
    assert kinds(judged(CHAT, same, text="abc")) == ["text_lost"]
    later = [*said("c|d", 1), *said("a|b"), DONE]
    assert judged(CHAT, later, texts=("ab", "cd")).texts == ("ab", "cd")


def test_what_cannot_be_read_explains_what_its_choice_lacks_whoever_spoke_meanwhile() -> None:
    first, second = said("a|b|c"), said("x|y|z", 1)
    events: list[Any] = [*interleaved(first, second), DONE]
    lost = events.index(second[2])
    events[lost] = Malformed("{", "not JSON")
    verdict = judged(CHAT, events, texts=("abc", "xyz"))
    assert [(one.kind, one.index) for one in verdict.violations] == [("malformed_frame", lost)]
    del events[lost]
    assert kinds(judged(CHAT, events, texts=("abc", "xyz"))) == ["text_lost"]


def test_a_stream_that_breaks_off_amid_a_call_has_no_end_and_that_is_all() -> None:
    events = called(tools(call(0, '{"x')))[:2]
    assert kinds(judged(CHAT, events)) == ["missing_end"]
    assert kinds(judged(CHAT, [*events, {"error": {"code": "lost"}}], outcome="completed")) == [
        "failed"
    ]
