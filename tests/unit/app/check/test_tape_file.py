"""A tape judged again: it has of the request what its contract reads there."""

import pytest

from tokentape.check.contract_file import parse_contract
from tokentape.check.could_not_run import CouldNotRun
from tokentape.check.observation import Observation
from tokentape.check.tape_file import read, written
from tokentape.contract.timeline import see
from tokentape.contract.verdict import Expectation, judge

PATCHED = """\
dialect: patched
transport: sse
start: {method: POST, path: /runs, body: {question: $message, memory: {seen: 1}}}
run: null
seq: null
kinds:
  - {name: piece, has: [piece], text: piece}
  - {name: patch, has: [patch]}
  - {name: over, where: {over: true}, end: completed}
order: {opened: {piece: opened, patch: opened, over: closed}, closed: {}}
documents:
  - {name: memory, set_by: {}, patched_by: {patch: patch}, begins_as: memory}
"""


def test_a_document_that_the_request_begins_is_known_to_its_tape() -> None:
    contract = parse_contract(PATCHED, "mine.yaml")
    patch = {"patch": [{"op": "remove", "path": "/nothing"}]}
    frames = ({"piece": "Hi"}, patch, {"over": True})
    seen = tuple(see(contract, "", frame, at_ns=0) for frame in frames)
    request = {"memory": {"seen": 1}}
    observation = Observation(
        turn=1, viewer=1, contract=contract, timeline=seen, started_ns=0, request=request
    )
    again, _ = read("".join(written(observation, "http://x", "Hi")), "it.jsonl")
    for one in (observation, again):
        verdict = judge(one.contract, one.timeline, 0, Expectation(request=one.request))
        assert [(broken.kind, broken.index) for broken in verdict.violations] == [
            ("field_wrong", 1)
        ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            ("begins_as: memory", "begins_as: memory, key: id"),
            "documents.0.begins_as: the request holds one, and a key tells several apart",
        ),
        (
            ("documents:", "own_per_run: [id]\ndocuments:"),
            "own_per_run: one run has none before it: give `restarts_on` or `lane`",
        ),
    ],
)
def test_what_would_never_be_looked_at_is_refused(change: tuple[str, str], message: str) -> None:
    with pytest.raises(CouldNotRun) as raised:
        parse_contract(PATCHED.replace(*change), "mine.yaml")
    assert message in str(raised.value)
