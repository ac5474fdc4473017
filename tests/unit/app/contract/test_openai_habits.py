"""Each habit makes a stream right that is wrong without it, and leaves a real fault wrong."""

from random import Random
from typing import Any

import pytest

from tests.harness.chance import FUZZING, by_chance, seeds
from tests.unit.app.contract.judging import Event, judged, kinds
from tests.unit.app.contract.lawful.protocols import PROTOCOLS
from tests.unit.app.contract.mutated import mutated
from tests.unit.app.contract.test_openai_chat import (
    DONE,
    LAWFUL,
    ROLE,
    USAGE,
    call,
    called,
    choice,
    chunk,
    more,
    said,
    tools,
)
from tokentape.check.contract_file import dump_contract, parse_contract
from tokentape.contract.openai import CHAT
from tokentape.contract.openai_habits import HABITS, accepting
from tokentape.contract.openai_profiles import PROFILES

NAMES = [habit.name for habit in HABITS]


def without(event: Event, *names: str) -> Event:
    """A chunk whose choice lacks these fields."""
    (one,) = event["choices"]
    return {**event, "choices": [{name: one[name] for name in one if name not in names}]}


def finish(word: Any, text: str | None = None, **more: Any) -> Event:
    return chunk(choice({} if text is None else {"content": text}, 0, word), **more)


def unnumbered(*calls: Event) -> list[Event]:
    return called(*(tools({k: v for k, v in one.items() if k != "index"}) for one in calls))


PARTS = [{"type": "thinking", "thinking": [{"type": "text", "text": "hm"}]},
         {"type": "text", "text": "Hel"}, {"type": "text", "text": "lo"}]  # fmt: skip
FILTERED = {**chunk({"index": 0, "finish_reason": None, "content_filter_offsets": {"x": 1}}),
            "id": "", "object": "", "model": "", "created": 0}  # fmt: skip
LATE_USAGE = chunk(choice({"role": "assistant", "content": ""}), usage={"completion_tokens": 2})
SAID = [chunk(choice(ROLE)), chunk(choice({"content": "Hello"}))]
WHOLE = {**chunk({"index": 0, "finish_reason": "stop", "message": {"content": "Hello"}}),
         "object": "chat.completion"}  # fmt: skip
THOUGHTS = [
    {**chunk(choice({**ROLE, "reasoning_steps": [{"thought": "hm"}]}, 0)), "object": name}
    for name in ("chat.reasoning", "chat.reasoning", "chat.reasoning.done")
]
CONCISE = {**chunk({**choice(ROLE, 0, "stop"), "message": {**ROLE, "content": "Hello"}}),
           "object": "chat.completion.done", "usage": {"completion_tokens": 2}}  # fmt: skip
NULLS = [chunk(choice(ROLE, 0, "null")), chunk(choice({"content": "Hello"}, 0, "null"))]

ACCEPTED: dict[str, tuple[list[Any], list[Any]]] = {
    "filter-chunks": (
        [*SAID, FILTERED, finish("stop"), FILTERED, USAGE, FILTERED, DONE],
        [*SAID, FILTERED, DONE],
    ),
    "empty-choices": (
        [chunk(), *SAID, chunk(), finish("stop"), chunk(),
         {"choices": None, "usage": {"completion_tokens": 1}}, DONE],
        [chunk(), *SAID, chunk(), DONE],
    ),
    "finish-twice": (
        [*SAID, finish("stop"), chunk(choice({**ROLE}, 0, "stop"), usage={}), DONE],
        [*SAID, finish("stop"), finish("length"), DONE],
    ),
    "usage-with-choice": (
        [*SAID, finish("stop"), LATE_USAGE, DONE],
        [*SAID, finish("stop"), chunk(choice({"content": "x"}), usage={}), DONE],
    ),
    "usage-per-choice": (
        [chunk(choice(ROLE), usage={"completion_tokens": 5}), SAID[1],
         finish("stop", usage={"completion_tokens": 2}), DONE],
        [chunk(choice(ROLE), usage={"completion_tokens": 5}), SAID[1],
         {**finish("stop", usage={"completion_tokens": 2}), "model": "other"}, DONE],
    ),
    "no-done": ([*SAID, finish("stop")], [*said("Hello"), *said("x", 1)[:2]]),
    "no-role": ([*SAID[1:], finish("stop"), DONE], [*SAID[1:], finish("stop"), SAID[1], DONE]),
    "no-call-type": (
        [*called(*(tools({**one, "type": None}) for one in (call(0, "{"), more(0, "}")))), DONE],
        [*called(tools({**call(0, "{"), "type": 1}), tools(more(0, "}"))), DONE],
    ),
    "no-delta": (
        [*SAID, without(finish("stop"), "delta"), DONE],
        [chunk(choice(ROLE)), chunk(choice(None)), without(finish("stop"), "delta"), DONE],
    ),
    "no-choice-index": (
        [without(one, "index") for one in [*SAID, finish("stop")]] + [DONE],
        [without(one, "index") for one in [*SAID, finish("stop"), SAID[1]]] + [DONE],
    ),
    "no-call-index": (
        [*unnumbered(call(0, "{"), more(0, "}")), DONE],
        [*unnumbered(call(0, "{}"), call(1, "{}")), DONE],
    ),
    "empty-call-id": (
        [*called(tools(call(0, "{}", id="")), tools(call(1, "{", id=None), more(1, "}"))), DONE],
        [*called(tools(call(0, "{", id=""))), DONE],
    ),
    "stop-after-call": (
        [*called(tools(call(0, "{}")), finish="stop"), DONE],
        [*called(finish="tool_calls"), DONE],
    ),
    "own-finish-words": ([*SAID, finish("eos_token"), DONE], [*SAID, finish("error"), DONE]),
    "null-finish": ([*NULLS, finish("stop"), DONE], [*NULLS, DONE]),
    "content-parts": (
        [chunk(choice({**ROLE, "content": []})), chunk(choice({"content": PARTS})),
         finish("stop", ""), DONE],
        [chunk(choice(ROLE)), chunk(choice({"content": PARTS})), chunk(choice({"content": 5})),
         finish("stop"), DONE],
    ),
    "loose-object": (
        [{**SAID[0], "object": ""}, SAID[1], {**finish("stop"), "object": "chunk"}, DONE],
        [{**SAID[0], "object": ""}, {"object": "x"}, finish("stop"), DONE],
    ),
    "loose-id": (
        [SAID[0], {**SAID[1], "id": "d"}, finish("stop"), DONE],
        [SAID[0], {**SAID[1], "id": "d", "model": "other"}, finish("stop"), DONE],
    ),
    "loose-created": (
        [SAID[0], {**SAID[1], "created": 2}, finish("stop"), DONE],
        [SAID[0], {**SAID[1], "created": 2, "id": "d"}, finish("stop"), DONE],
    ),
    "whole-at-end": (
        [*SAID, finish("stop"), WHOLE, DONE],
        [*SAID[:1], chunk(choice({"content": "Hell"})), finish("stop"), WHOLE, DONE],
    ),
    "concise": (
        [*THOUGHTS, *SAID, CONCISE, DONE],
        [*THOUGHTS, SAID[0], chunk(choice({"content": "Hell"})), CONCISE, DONE],
    ),
    "pings": (
        [{"event:": "ping"}, *SAID, {"type": "ping"}, finish("stop"), DONE],
        [{"event:": "ping"}, *SAID, {"type": "pong"}, finish("stop"), DONE],
    ),
}  # fmt: skip


def fresh(events: list[Any]) -> list[Any]:
    """Copies, for `judged` takes the event's name out of each."""
    return [dict(one) if isinstance(one, dict) else one for one in events]


@pytest.mark.parametrize("name", NAMES)
def test_each_habit_makes_its_stream_right_and_no_real_fault(name: str) -> None:
    habitual, faulty = ACCEPTED[name]
    contract = accepting([name])
    assert kinds(judged(CHAT, fresh(habitual), request={}, outcome="completed")) != []
    verdict = judged(contract, fresh(habitual), request={}, outcome="completed")
    assert verdict.violations == ()
    assert (verdict.outcome, verdict.has_content) == ("completed", True)
    assert kinds(judged(contract, fresh(faulty), request={}, outcome="completed")) != []
    # Nor does it hide what is lost of the text.
    if verdict.text:
        assert verdict.text in ("Hello",)
        short = judged(contract, fresh(habitual), request={}, outcome="completed", text="Hello!")
        assert kinds(short) == ["text_lost"]


def test_what_is_right_stays_right_whatever_is_accepted() -> None:
    contracts = [accepting(NAMES), *(accepting([name]) for name in NAMES)]
    for contract in contracts:
        for events in LAWFUL.values():
            assert judged(contract, [*events, DONE], outcome="completed").violations == ()


@by_chance
def test_what_is_accepted_can_be_said_in_a_file() -> None:
    """All at once, and in `make fuzz` each alone and each profile's too."""
    chosen = [[name] for name in NAMES] + [profile.habits for profile in PROFILES.values()]
    for names in [NAMES, *(chosen if FUZZING else chosen[:1])]:
        contract = accepting(names)
        assert parse_contract(dump_contract(contract), "x.yaml") == contract


def test_profiles_name_habits_that_there_are_and_each_habit_has_a_source() -> None:
    for profile in PROFILES.values():
        assert set(profile.habits) <= set(NAMES)
    assert all(habit.source.startswith("https://") for habit in HABITS)
    with pytest.raises(KeyError):
        accepting(["nothing"])


@by_chance
def test_what_is_right_by_itself_is_right_whatever_is_accepted_too() -> None:
    protocol = PROTOCOLS["openai"]
    contracts = {name: accepting([name]) for name in NAMES} | {"all": accepting(NAMES)}
    for number in seeds(40):
        stream = mutated(protocol, Random(f"habits/{number}"))
        events = [one.payload for one in stream if one.raw is None]
        if judged(CHAT, events).violations == ():
            for name, contract in contracts.items():
                assert judged(contract, events).violations == (), (number, name)
