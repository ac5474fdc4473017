"""Streams of a server that means harm: judging them costs no more than reading them, whatever they
hold, and ends with a verdict."""

import json
import random
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from tests.harness.chance import by_chance, seeds
from tests.unit.app.contract.judging import judged, kinds
from tests.unit.app.contract.made_contracts import made
from tokentape.contract.causes import causes
from tokentape.contract.contract import Contract, Kind
from tokentape.contract.growing_text import GrowingText
from tokentape.contract.integrity import Difference
from tokentape.contract.life import Channel, Life
from tokentape.contract.nearest import nearest
from tokentape.contract.openai import CHAT
from tokentape.contract.openai_responses import RESPONSES
from tokentape.contract.shown_value import SHOWN_MAX, shown
from tokentape.contract.timeline import Malformed, Seen
from tokentape.contract.violations import NUMBER_KINDS, TEXT_KINDS, VIOLATION_KINDS, VIOLATIONS
from tokentape.dialects.contracts import CONTRACTS

VALUES = made(
    "values",
    kind_from="type",
    kinds=(
        Kind(name="open"),
        Kind(name="piece", pieces={"value": "piece"}),
        Kind(name="spelled", values={"value": "value"}),
        Kind(name="text", text="text"),
        Kind(name="over", end="completed"),
    ),
    order={"opened": {"*": "opened", "over": "closed"}, "closed": {}},
    lives=(
        Life(
            name="value",
            key=("id",),
            order={"opened": {"open": "open"}, "open": {"piece": "open", "spelled": "closed"}},
        ),
    ),
    channels=(Channel(name="value", of="value", json="any"),),
    closed_before=("over",),
)


def value(id: Any, text: str, spelled: Any) -> list[dict[str, Any]]:
    return [
        {"type": "open", "id": id},
        {"type": "piece", "id": id, "piece": text},
        {"type": "spelled", "id": id, "value": spelled},
    ]


TEXT, OVER = {"type": "text", "text": "a"}, {"type": "over"}


@contextmanager
def counted() -> Iterator[list[int]]:
    """How many calls the block makes, of Python's functions and of C's."""
    calls = [0]

    def count(_frame: object, event: str, _function: object) -> None:
        calls[0] += event.endswith("call")

    sys.setprofile(count)
    try:
        yield calls
    finally:
        sys.setprofile(None)


def item(number: int, *kinds: str) -> list[dict[str, Any]]:
    at = {"output_index": number, "content_index": 0, "item_id": f"i{number}"}
    events: dict[str, dict[str, Any]] = {
        "response.output_item.added": {"item": {"id": f"i{number}", "type": "message"}},
        "response.content_part.added": {"part": {"type": "output_text"}},
        "response.output_text.delta": {"delta": "a"},
        "response.output_text.done": {"text": "b"},
        "response.output_item.done": {"item": {"id": f"i{number}", "type": "message"}},
        "response.completed": {"response": {"id": "r", "output": []}},
    }
    return [{"type": kind, **at, **events[kind]} for kind in kinds]


def chunk(delta: dict[str, Any], index: Any = 0) -> dict[str, Any]:
    choice = {"index": index, "delta": delta, "finish_reason": None}
    return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m",
            "choices": [choice]}  # fmt: skip


ADDED, PART, DELTA = (
    "response.output_item.added",
    "response.content_part.added",
    "response.output_text.delta",
)
SHUT, COMPLETED = "response.output_item.done", "response.completed"
HOSTILE: dict[str, tuple[Contract, Callable[[int], list[Any]]]] = {
    "frames of no kind": (CHAT, lambda n: [{"x": i} for i in range(n)]),
    "malformed frames amid text": (
        CONTRACTS["ai-chat/sse"],
        lambda n: [{"content": "a"} if i % 2 else {"y": i} for i in range(n)],
    ),
    "items that are never closed, before ends": (
        RESPONSES,
        lambda n: [e for i in range(n) for e in item(i, ADDED, PART, DELTA, COMPLETED)],
    ),
    "parts that are open when items end": (
        RESPONSES,
        lambda n: [e for i in range(n) for e in item(i, ADDED, PART, SHUT, SHUT)],
    ),
    "whole texts that are others": (
        RESPONSES,
        lambda n: [
            *item(0, ADDED, PART),
            *(e for _ in range(n) for e in item(0, DELTA, "response.output_text.done")),
        ],
    ),
    "parts that do not say of which item they are": (
        RESPONSES,
        lambda n: [
            *(e for i in range(n) for e in item(i, ADDED, PART)),
            *({"type": DELTA, "content_index": 0, "delta": "a"} for _ in range(n)),
            *({"type": DELTA, "output_index": i, "delta": "a"} for i in range(n)),
        ],
    ),
    "calls whose arguments are no JSON": (
        CHAT,
        lambda n: [
            chunk(
                {
                    "tool_calls": [
                        {"index": i, "id": f"c{i}", "function": {"name": "f", "arguments": "{"}}
                    ]
                }
            )
            for i in range(n)
        ],
    ),
    "choices that nobody asked for": (
        CHAT,
        lambda n: [chunk({"content": "a"}, index=i) for i in range(n)],
    ),
    "a million ids": (
        VALUES,
        lambda n: [e for i in range(n) for e in [*value(i, "{", {}), TEXT]],
    ),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_judging_costs_as_much_as_there_is(case: str) -> None:
    contract, stream = HOSTILE[case]
    cost = []
    for events in (100, 400):
        judged(contract, stream(1))
        came = stream(events)
        with counted() as calls:
            judged(contract, came)
        cost.append(calls[0])
    assert cost[1] < 6 * cost[0]


@by_chance
@pytest.mark.parametrize("seed", seeds(3))
def test_what_explains_what_is_what_their_rows_say(seed: int) -> None:
    """Against the rule as it is written, one pair at a time."""

    def shows(effect: str, event: Seen) -> bool:
        if isinstance(event.payload, Malformed):
            return False
        if effect in TEXT_KINDS:
            return bool(event.text)
        return event.seq is not None if effect in NUMBER_KINDS else True

    def explains(cause: Difference, effect: Difference) -> bool:
        if effect.kind not in VIOLATIONS[cause.kind].explains:
            return False
        if cause.kind == "failed":
            return not any(seen.text for seen in timeline[cause.index + 1 : effect.index + 1])
        if effect.kind == "accumulated_mismatch":
            before = range(min(cause.index, len(timeline)))
            texts = [place for place in before if timeline[place].text]
            return (texts[-1] if texts else 0) <= effect.index < len(timeline)
        if cause.kind == "seq_reordered":
            seq = timeline[cause.index].seq if cause.index < len(timeline) else None
            early = [p for p in range(cause.index) if seq is not None
                     and (timeline[p].seq or -1) > seq]  # fmt: skip
            return min(early, default=cause.index) <= effect.index < cause.index + 2
        place = cause.index
        while place < len(timeline) and not shows(effect.kind, timeline[place]):
            place += 1
        return cause.index <= effect.index <= place

    chance = random.Random(seed)
    for _ in range(300):
        length = chance.randrange(8)
        timeline = [
            Seen(
                place,
                None,
                "",
                Malformed("", "") if chance.random() < 0.2 else {},
                text=chance.choice([None, "", "a"]),
                seq=chance.choice([None, 0, 1, 2, place]),
            )
            for place in range(length)
        ]
        kinds_of = [chance.choice(VIOLATION_KINDS) for _ in range(chance.randrange(6))]
        found = [Difference(kind, chance.randrange(length + 2), "") for kind in kinds_of]  # type: ignore[arg-type] # of the closed set
        once = list(dict.fromkeys(reversed(found)))[::-1]
        due = [one for one in once if not any(explains(other, one) for other in once)]
        assert causes(found, timeline) == due


def test_text_is_put_together_where_another_is_as_long() -> None:
    text = GrowingText("a")
    text.add("b")
    text.add("c")
    assert (text.size, text.equals("ab"), text.equals("abd"), text.equals("abc")) == (
        3, False, False, True,
    )  # fmt: skip
    text.add("d")
    assert text.whole() == "abcd"


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("[" * 100_000 + "]" * 100_000, "JSON that is nested too deeply"),
        ('{"a": NaN}', "NaN is no number of JSON"),
        ("-Infinity", "-Infinity is no number of JSON"),
        ("[", "no JSON"),
    ],
)
def test_json_in_pieces_that_no_client_reads_is_told(text: str, problem: str) -> None:
    verdict = judged(VALUES, [*value("v", text, {}), TEXT, OVER])
    assert kinds(verdict) == ["not_json"]
    assert problem in verdict.violations[0].message


@pytest.mark.parametrize(
    "text", ["1" * 5_000, f"[{'9' * 400}]", "1e400", '{"a":1,"a":1}', '"\\ud800"']
)
def test_json_that_is_only_odd_is_right(text: str) -> None:
    spelled = json.loads(text, parse_int=lambda digits: float(digits))
    verdict = judged(VALUES, [*value("v", text, spelled), TEXT, OVER])
    assert kinds(verdict) == []


def test_keys_of_different_types_are_different_keys() -> None:
    ids: list[Any] = [1, "1", True, "True", [1], "[1]", {"a": 1}, "{'a': 1}"]
    events = [event for id in ids for event in value(id, "{}", {})]
    assert kinds(judged(VALUES, [*events, TEXT, OVER])) == []
    # To JavaScript, and so in JSON, these are one number.
    again = [*value(1, "{}", {}), {"type": "open", "id": 1.0}]
    assert kinds(judged(VALUES, [*again, TEXT, OVER])) == ["out_of_order"]


@pytest.mark.parametrize("place", ["0" * 5_000, "9" * 5_000, "0.content.0", "a{0}", ""])
def test_server_s_own_words_in_a_path_are_words(place: str) -> None:
    """Python reads no number of 5,000 digits, and a dot in an id leads nowhere."""
    events = item(0, ADDED, PART, DELTA)
    for event in events:
        event["output_index"] = place
    completed = {"id": "r", "output": [{"content": [{"text": "a"}]}]}
    last = {"type": COMPLETED, "response": completed}
    verdict = judged(
        RESPONSES, [{"type": "response.created", "response": {"id": "r"}}, *events, last]
    )
    assert "field_wrong" in kinds(verdict)
    assert verdict.outcome == "completed"


@pytest.mark.parametrize("place", [[1], {"a": 1}, True, None, "x" * 10**5, 1e300])
def test_key_of_any_type_ends_in_a_verdict(place: Any) -> None:
    for contract, events in (
        (CHAT, [chunk({"content": "a"}, index=place), chunk({"content": "b"})]),
        (CHAT, [chunk({"tool_calls": [{"index": place, "function": {"arguments": "{"}}]})]),
        (RESPONSES, [{"type": PART, "output_index": place}, {"type": DELTA, "delta": "a"}]),
        (RESPONSES, [{"type": PART, "content_index": place}, {"type": SHUT}]),
    ):
        verdict = judged(contract, events, request={"n": place})
        assert "missing_end" in kinds(verdict)
        assert all(len(one.message) < 1_000 for one in verdict.violations)


def test_value_of_a_server_s_is_told_by_its_ends() -> None:
    assert shown("a" * 36) == repr("a" * 36)
    assert shown({"a": 1}) == "{'a': 1}"
    for long in ("x" * 10**6, ["x" * 10**6], 10**4_000, {f"{i}": i for i in range(10_000)}):
        assert len(shown(long)) < 3 * SHOWN_MAX
    events = [{"id": f"{i}" + "x" * 10**5, "choices": [{"delta": {}}]} for i in (1, 2)]
    assert all(len(one.message) < 1_000 for one in judged(CHAT, events).violations)


def test_nearest_word_is_looked_for_among_few_and_short_ones() -> None:
    assert nearest("sse", ["sse", "x" * 10**6]) == " Did you mean 'sse'?"
    with counted() as calls:
        told = nearest("ab" * 10**5, [f"{number}" + "ba" * 10**3 for number in range(300)])
    assert (told, calls[0] < 10_000) == (" There are: ….", True)
    assert nearest("ab", ["x", "y"]) == " There are: x, y."
