"""Runs that go on at once, events of none, and elements of lists that are events of their own."""

from typing import Any

from tests.unit.app.contract.judging import judged, kinds
from tests.unit.app.contract.made_contracts import made
from tokentape.contract.contract import Kind, Part
from tokentape.contract.life import Channel, Life

LANES = made(
    "lanes",
    kind_from="type",
    kinds=(
        Kind(name="hello"),
        Kind(name="begun"),
        Kind(name="text", text="text"),
        Kind(name="over", end="completed"),
    ),
    order={"opened": {"begun": "open"}, "open": {"text": "open", "over": "closed"}, "closed": {}},
    session={"opened": {"hello": "ready"}, "ready": {}},
    lane="run",
)
CALLS = made(
    "calls",
    kinds=(
        Kind(
            name="piece",
            has=("calls",),
            parts=(
                Part(
                    of="calls",
                    kinds=(
                        Kind(name="call", has=("id",), pieces={"arguments": "spelled"}),
                        Kind(name="more", pieces={"arguments": "spelled"}),
                    ),
                ),
            ),
        ),
        Kind(name="over", has=("over",), end="completed"),
    ),
    order={"opened": {"piece": "opened", "over": "closed"}, "closed": {}},
    lives=(
        Life(
            name="call",
            key=("index",),
            dense=True,
            may_stop_in=("open",),
            order={"opened": {"call": "open"}, "open": {"more": "open"}},
        ),
    ),
    channels=(Channel(name="arguments", of="call", json="object"),),
)


def event(kind: str, run: str | None = None, **more: Any) -> dict[str, Any]:
    return {"type": kind, **({} if run is None else {"run": run}), **more}


def test_runs_that_go_on_at_once_are_judged_each_by_itself() -> None:
    right = [event("hello"), event("begun", "a"), event("begun", "b"),
             event("text", "b", text="2"), event("text", "a", text="1"),
             event("over", "a"), event("over", "b")]  # fmt: skip
    assert judged(LANES, right).violations == ()
    cut = judged(LANES, right[:-1])
    assert [(one.kind, one.index) for one in cut.violations] == [("missing_end", 4)]
    assert kinds(judged(LANES, [*right[:2], event("hello"), *right[2:]])) == ["out_of_order"]


def test_elements_of_a_list_are_events_with_keys_of_their_own() -> None:
    def calls(*pieces: dict[str, Any]) -> dict[str, Any]:
        return {"calls": list(pieces)}

    first, second = {"index": 0, "id": "x"}, {"index": 1, "id": "y", "spelled": "{}"}
    rest = calls({"index": 0, "spelled": "1}"})
    right = [calls({**first, "spelled": '{"a":'}, second), rest, {"over": 1}]
    assert judged(CALLS, right).violations == ()
    assert kinds(judged(CALLS, [right[0], {"over": 1}])) == ["not_json"]
    assert kinds(judged(CALLS, [calls(second), {"over": 1}])) == ["out_of_order"]
    assert kinds(judged(CALLS, [rest, {"over": 1}])) == ["out_of_order", "not_json"]
