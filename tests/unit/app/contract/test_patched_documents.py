"""Documents that a stranger's events set whole and patch."""

from typing import Any

import pytest

from tests.unit.app.contract.judging import judged
from tokentape.check.contract_file import parse_contract

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
