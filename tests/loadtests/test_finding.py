"""Judging one answer by its contract and its script."""

import pytest

from app.contract.verdict import Expectation
from app.dialects.ai_chat.contract import SSE
from loadtests.finding import BEFORE, Failure, Finding, View, find
from loadtests.script import Script
from tests.loadtests.answers import MS, QUESTION, START_NS, WORDS, script, view


def judged(seen: View, due: Script | None = None, **kwargs: object) -> Finding:
    return find(SSE, QUESTION, seen, due, **kwargs)  # type: ignore[arg-type] # named below


def kinds(finding: Finding) -> list[str]:
    return [str(failure) for failure in finding.failures]


def test_the_scripted_answer_is_right_and_has_its_figures() -> None:
    finding = judged(view(first_ms=200), script(first_ms=195))
    assert finding.right
    assert finding.latency.first_token_ns == 200 * MS
    assert finding.latency.gaps_ns == (20 * MS,) * 3
    assert finding.added_ns == (5 * MS,) * 4
    assert finding.to_model_ns == 3 * MS


@pytest.mark.parametrize(
    ("words", "failure"),
    [
        (("Once ", "upon ", "upon ", "a ", "time."), "text_repeated at event 2"),
        (("Once ", "a ", "time."), "text_lost at event 1"),
        (("Once ", "a ", "upon ", "time."), "text_reordered at event 1"),
        (("Once ", "upon ", "a ", "dime."), "text_altered at event 3"),
        (("Once ", "upon ", "a "), "text_lost at event 4"),
    ],
)
def test_a_text_other_than_the_script_is_named_by_kind_and_place(
    words: tuple[str, ...], failure: str
) -> None:
    assert kinds(judged(view(words), script())) == [failure]


def test_another_streams_text_is_found_out() -> None:
    assert kinds(judged(view(("A ", "quiet ", "street.")), script()))


def test_without_a_mock_order_is_judged_and_text_is_not() -> None:
    assert kinds(judged(view(("Any", "thing")), scripted=False)) == []
    assert kinds(judged(view(end=False), scripted=False)) == ["missing_end at event 4"]


def test_an_answer_whose_script_the_mock_does_not_know_is_not_taken_for_right() -> None:
    assert kinds(judged(view())) == ["unverified after the stream"]


def test_a_refused_question_has_that_failure_alone() -> None:
    refusal = Failure("refused", BEFORE, "429 RATE_LIMIT")
    finding = judged(View(START_NS, None, (refusal,)))
    assert finding.failures == (refusal,)
    assert finding.latency.first_token_ns is None


def test_limits_are_judged_as_the_expectation_says() -> None:
    limits = Expectation(outcome="completed", max_first_token_ms=199, max_gap_ms=19)
    finding = judged(view(first_ms=200), script(), expectation=limits)
    assert kinds(finding) == [
        "first_token_late at event 0",
        *(f"stalled at event {index}" for index in range(1, len(WORDS))),
    ]


def test_a_fault_that_the_mock_placed_makes_a_failure_due() -> None:
    assert judged(view(), script(harms=("text_lost",))).planted
    assert not judged(view(), script()).planted
