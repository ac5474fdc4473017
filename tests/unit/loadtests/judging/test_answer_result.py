"""Judging one answer by its contract and its script."""

from dataclasses import replace

import pytest

from tests.unit.loadtests.answers import MS, QUESTION, START_NS, WORDS, seen, told, view
from tokentape.contract.verdict import Expectation
from tokentape.dialects.ai_chat.contract import SSE
from tokentape_load.judging.answer_result import (
    BEFORE,
    AnswerResult,
    Failure,
    ServerReport,
    View,
    judge_answer,
)
from tokentape_load.workload.journeys import RECONNECT, STOP


def judged(seen: View, due: ServerReport | None = None, **kwargs: object) -> AnswerResult:
    return judge_answer(SSE, QUESTION, seen, due, **kwargs)  # type: ignore[arg-type] # named below


def kinds(finding: AnswerResult) -> list[str]:
    return [str(failure) for failure in finding.failures]


def test_the_scripted_answer_is_right_and_has_its_figures() -> None:
    finding = judged(view(first_ms=200), told(first_ms=195))
    assert finding.right
    assert finding.latency.first_token_ns == 200 * MS
    assert [length for _, length in finding.gaps_ns] == [20 * MS] * 3
    assert finding.close_ns == 260 * MS
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
    assert kinds(judged(view(words), told())) == [failure]


def test_another_streams_text_is_found_out() -> None:
    assert kinds(judged(view(("A ", "quiet ", "street.")), told()))


def test_without_a_mock_order_is_judged_and_text_is_not() -> None:
    assert kinds(judged(view(("Any", "thing")), scripted=False)) == []
    assert kinds(judged(view(end=False), scripted=False)) == ["missing_end at event 4"]


def test_an_answer_that_broke_off_is_told_with_the_reason() -> None:
    broken = replace(view(WORDS[:2], end=False), lost="[Errno 104] Connection reset by peer")
    (failure,) = judged(broken, told()).failures
    assert str(failure) == "missing_end at event 2"
    assert failure.message.endswith(": [Errno 104] Connection reset by peer")


def test_an_answer_whose_script_the_mock_does_not_know_is_not_taken_for_right() -> None:
    assert kinds(judged(view())) == ["unverified after the stream"]


def test_a_refused_question_has_that_failure_alone() -> None:
    refusal = Failure("refused", BEFORE, "429 RATE_LIMIT")
    finding = judged(View(START_NS, None, (refusal,)))
    assert finding.failures == (refusal,)
    assert finding.latency.first_token_ns is None


def test_a_fault_that_nobody_was_there_to_see_is_not_unseen() -> None:
    planted = replace(QUESTION, planted=True)
    idle = judge_answer(SSE, planted, View(START_NS, None), None)
    assert not idle.planted
    harmed = replace(told(), harms=("text_repeated",))
    stopped = replace(view(WORDS[:2]), stopped_ns=START_NS + 215 * MS)
    assert not judged(stopped, harmed, journey=STOP).planted
    assert judged(view(), harmed).planted, "who stayed to the end has to have seen it"


def test_limits_are_judged_as_the_expectation_says() -> None:
    limits = Expectation(outcome="completed", max_first_token_ms=199, max_gap_ms=19)
    finding = judged(view(first_ms=200), told(), expectation=limits)
    assert kinds(finding) == [
        "first_token_late at event 0",
        *(f"stalled at event {index}" for index in range(1, len(WORDS))),
    ]


def test_what_the_load_generator_slept_through_is_no_stall_of_the_server() -> None:
    """Of what it found when it woke it knows that it came after it had looked before."""
    limits = Expectation(outcome="completed", max_first_token_ms=150, max_gap_ms=300)
    seen = view(first_ms=200, gap_ms=20).timeline or ()
    slept = tuple(replace(one, since_ns=START_NS + 100 * MS) for one in seen)
    late = judged(View(START_NS, slept), told(), expectation=limits)
    assert late.failures == ()
    assert kinds(late) == []
    assert [str(doubt) for doubt in late.undecided] == ["first_token_late at event 0"]
    assert "the reader was halted for up to 100 ms of it" in late.undecided[0].message
    assert late.doubtful
    known = tuple(replace(one, since_ns=one.at_ns - 5 * MS) for one in seen)
    sure = judged(View(START_NS, known), told(), expectation=limits)
    assert kinds(sure) == ["first_token_late at event 0"]


def test_a_fault_that_the_mock_placed_makes_a_failure_due() -> None:
    assert judged(view(), told(harms=("text_lost",))).planted
    assert not judged(view(), told()).planted


def test_pieces_that_the_model_wrote_apart_and_that_came_together_were_kept_back() -> None:
    together = view(first_ms=1_700, gap_ms=0)
    assert kinds(judged(together, told(first_ms=100, gap_ms=500))) == ["buffered at event 0"]
    assert kinds(judged(together, told(first_ms=1_695, gap_ms=0))) == []
    assert kinds(judged(together, told(first_ms=100, gap_ms=500), order_only=True)) == []


def test_pieces_that_the_mock_itself_kept_back_are_found_without_its_times() -> None:
    words = tuple("abcdefghi")
    at_once = view(words, first_ms=900, gap_ms=0)
    due = told(first_ms=899, gap_ms=0, harms=("buffered",), words=words)
    assert kinds(judged(at_once, due)) == ["buffered at event 0"]
    flowing = view(words, gap_ms=40)
    assert kinds(judged(flowing, due)) == []


def test_what_the_mock_kept_back_and_a_halt_took_apart_is_undecided_and_never_right() -> None:
    words = tuple("abcdefghi")
    due = told(first_ms=899, gap_ms=0, harms=("buffered",), words=words)
    parts = judged(view(words, first_ms=900, gap_ms=120), due)
    assert parts.failures == ()
    assert [doubt.kind for doubt in parts.undecided] == ["buffered"]
    assert parts.planted


def test_a_stopped_answer_is_judged_by_what_came_until_then() -> None:
    stopped = replace(view(WORDS[:2]), stopped_ns=START_NS + 215 * MS)
    finding = judged(stopped, told(), journey=STOP)
    assert finding.right
    assert finding.stop_ns == 5 * MS
    altered = replace(view(("Once ", "apon ")), stopped_ns=START_NS)
    assert kinds(judged(altered, told(), journey=STOP)) == ["text_altered at event 1"]


def test_a_stop_that_nothing_answers_has_no_end() -> None:
    silent = replace(view(WORDS[:2], end=False), stopped_ns=START_NS + 215 * MS)
    assert kinds(judged(silent, told(), journey=STOP)) == ["missing_end at event 2"]


def test_a_cut_is_no_gap_and_what_it_loses_is_a_failure() -> None:
    cut = replace(view(), cuts=(2,))
    finding = judged(cut, told(), journey=RECONNECT)
    assert finding.right
    assert [length for _, length in finding.gaps_ns] == [20 * MS] * 2
    assert finding.resume_ns == (20 * MS,)
    lost = View(START_NS, tuple(one for one in seen() if one.seq != 2), cuts=(2,))
    assert kinds(judged(lost, told(), journey=RECONNECT)) == ["seq_gap at event 2"]


def test_an_open_loops_latency_counts_from_the_intended_start() -> None:
    finding = judged(view(), told(), intended_ns=START_NS - 300 * MS)
    assert finding.intended_ns == 300 * MS


def test_what_follows_from_a_wrong_content_type_or_from_hanging_up_is_not_said_again() -> None:
    page = Failure("wrong_content_type", BEFORE, "Content-Type: text/html")
    assert judged(View(START_NS, (), (page,)), scripted=False).failures == (page,)
    cut = View(START_NS, seen(WORDS, end=False), (page,))
    assert kinds(judged(cut, scripted=False)) == [str(page), "missing_end at event 4"]
    giant = Failure("malformed_frame", "at event 4", "an event of too many characters")
    too_long = View(START_NS, seen(WORDS, end=False), (giant,))
    assert judged(too_long, scripted=False).failures == (giant,)
