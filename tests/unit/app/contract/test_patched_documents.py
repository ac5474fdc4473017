"""Documents that a stranger's events set whole and patch."""

from typing import Any

import pytest

from tests.unit.app.contract.ag_ui_streams import ag, finished, started, text
from tests.unit.app.contract.judging import Event, judged
from tokentape.check.contract_file import parse_contract
from tokentape.dialects.ag_ui.contract import CONTRACT as AG_UI

NESTED = """\
dialect: nested
transport: sse
start: {method: POST, path: /runs, body: {question: $message}}
run: null
seq: null
kinds:
  - {name: piece, has: [piece], text: piece}
  - {name: patch, has: [patch]}
  - {name: whole, has: [data]}
  - {name: over, where: {over: true}, end: completed}
order: {opened: {piece: opened, patch: opened, whole: opened, over: closed}, closed: {}}
documents:
  - {name: memory, set_by: {whole: data.memory}, patched_by: {patch: patch}}
"""
REMOVED = {"patch": [{"op": "remove", "path": "/a"}]}


@pytest.mark.parametrize(
    ("memory", "found"),
    [
        ({"memory": {"a": 1}}, []),
        ({"memory": {}}, [("field_wrong", 2)]),
        ({"memory": None}, [("field_wrong", 2)]),
        # Absent: the one before is still there.
        ({}, []),
    ],
)
def test_a_whole_that_is_null_is_the_document_then(memory: Any, found: list[Any]) -> None:
    contract = parse_contract(NESTED, "mine.yaml")
    frames = [{"data": {"memory": {"a": 1}}}, {"data": memory}, REMOVED, {"piece": "Hi"}]
    verdict = judged(contract, [*frames, {"over": True}])
    assert [(broken.kind, broken.index) for broken in verdict.violations] == found


def test_a_patch_behind_the_end_is_told_as_that_alone() -> None:
    contract = parse_contract(NESTED, "mine.yaml")
    whole: Event = {"data": {"memory": {}}}
    verdict = judged(contract, [whole, {"piece": "Hi"}, {"over": True}, REMOVED])
    assert [(one.kind, one.index) for one in verdict.violations] == [("event_after_end", 3)]


@pytest.mark.parametrize("again", [[], [started("r2"), *text("b", "Yes"), finished("r2")]])
def test_a_patch_behind_a_run_s_end_is_told_as_that_alone(again: list[Event]) -> None:
    removed = ag("STATE_DELTA", delta=[{"op": "remove", "path": "/a"}])
    whole = ag("STATE_SNAPSHOT", snapshot={})
    run = [started(), *text("a", "Hi"), whole, finished()]
    # Behind the first event that is behind the end each next one is, too.
    verdict = judged(AG_UI, [*run, ag("RAW", event={}), removed, *again])
    end = len(run)
    assert {one.kind for one in verdict.violations} == {"event_after_end"}
    assert verdict.violations[0].index == end


def test_a_patch_within_each_of_two_runs_is_told() -> None:
    removed = ag("STATE_DELTA", delta=[{"op": "remove", "path": "/a"}])
    whole = ag("STATE_SNAPSHOT", snapshot={})
    runs = [[started(run), whole, removed, *text(run, "Hi"), finished(run)] for run in ("r1", "r2")]
    verdict = judged(AG_UI, [*runs[0], *runs[1]])
    places = [2, len(runs[0]) + 2]
    assert [(one.kind, one.index) for one in verdict.violations] == [
        ("field_wrong", place) for place in places
    ]
