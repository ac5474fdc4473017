"""A stream that was kept back is told from a server or a client that was late with all."""

from dataclasses import replace

from tests.unit.loadtests.answers import MS, START_NS, told, view
from tokentape.dialects.ai_chat.contract import SSE
from tokentape_load.judging.answer_result import AnswerResult, View, judge_answer
from tokentape_load.metrics.run_results import Row
from tokentape_load.run.run_state import DOUBTS_MAX, RunState
from tokentape_load.workload.prompts import Question

SECOND_NS = 1_000 * MS


def answer(
    number: int,
    *,
    at_s: int,
    kept: bool,
    harms: tuple[str, ...] = (),
    until_ms: int = 1_010,
    gap_ms: int = 300,
) -> AnswerResult:
    """Four pieces, read as they were written or, where they were `kept`, all together."""
    start_ns = START_NS + at_s * SECOND_NS
    tag = f"(turn 0/{number}/0)"
    read = view(first_ms=until_ms, gap_ms=0, start_ns=start_ns) if kept else None
    read = read or view(first_ms=105, gap_ms=gap_ms, start_ns=start_ns)
    due = told(first_ms=100, gap_ms=gap_ms, start_ns=start_ns, harms=harms)
    return judge_answer(SSE, Question(f"hello {tag}", tag, planted=False), read, due)


def booked(*findings: AnswerResult) -> Row:
    bench = RunState()
    bench.begin(bench.plan)
    for finding in findings:
        bench.store(finding)
    bench.settle()
    (row,) = bench.collector.rows()
    return row


def flowing(count: int, at_s: int) -> list[AnswerResult]:
    return [answer(1_000 * at_s + number, at_s=at_s, kept=False) for number in range(count)]


def kept(count: int, at_s: int) -> list[AnswerResult]:
    return [answer(1_000 * at_s + 500 + number, at_s=at_s, kept=True) for number in range(count)]


def test_one_stream_that_was_kept_while_others_flowed_is_found() -> None:
    row = booked(*flowing(5, 0), *kept(1, 0), *flowing(5, 1))
    assert row.violations == {"buffered": 1}
    assert (row.answered, row.wrong, row.good) == (11, 1, 10)
    assert row.examples["buffered"][0].tag == "(turn 0/500/0)"
    assert "4 chunks that the model wrote over 900 ms" in row.examples["buffered"][0].message


def test_streams_that_were_all_late_at_one_time_were_not_kept_back() -> None:
    row = booked(*flowing(5, 0), *kept(5, 1), *flowing(5, 2))
    assert row.violations == {}
    assert (row.wrong, row.good) == (0, 15)


def test_a_halt_that_is_longer_than_the_answers_are_is_one_of_them_all() -> None:
    halted = [answer(900 + n, at_s=1, kept=True, until_ms=4_000) for n in range(5)]
    assert booked(*flowing(5, 0), *halted, *flowing(5, 6)).violations == {}


def test_answers_that_were_not_yet_written_say_nothing_of_who_was_late() -> None:
    """Asked in the same second, their model begins when the halt is over."""
    thinking = [waiting(number) for number in range(8)]
    row = booked(*flowing(8, 0), *kept(4, 1), *thinking)
    assert row.violations == {}


def waiting(number: int) -> AnswerResult:
    start_ns = START_NS + SECOND_NS
    tag = f"(turn 1/{number}/0)"
    read = view(first_ms=1_205, gap_ms=300, start_ns=start_ns)
    due = told(first_ms=1_200, gap_ms=300, start_ns=start_ns)
    return judge_answer(SSE, Question(f"hello {tag}", tag, planted=False), read, due)


def test_a_late_beginning_of_a_run_is_judged_when_more_is_known() -> None:
    assert booked(*kept(4, 0), *flowing(9, 2)).violations == {}


def test_a_server_that_keeps_most_answers_back_buffers() -> None:
    row = booked(*kept(8, 0), *flowing(2, 1), *kept(8, 2), *kept(8, 4), *kept(8, 6))
    assert row.violations == {"buffered": 32}


def test_holds_of_all_that_ended_at_few_times_may_be_halts() -> None:
    assert booked(*kept(8, 0), *kept(8, 2)).violations == {}


def test_a_single_stream_has_nobody_beside_it_and_is_undecided() -> None:
    row = booked(*flowing(1, 0), *kept(1, 2), *flowing(1, 4))
    assert (row.violations, row.wrong, row.undecided, row.good) == ({}, 0, 1, 2)
    (doubt,) = row.doubts["buffered"]
    assert doubt.message.startswith("4 chunks that the model wrote over 900 ms came in one read")
    assert "nothing beside it tells" in doubt.message


def test_a_hold_that_is_longer_than_any_halt_needs_nobody_beside_it() -> None:
    row = booked(*flowing(1, 0), answer(1, at_s=2, kept=True, gap_ms=500, until_ms=1_610))
    assert (row.violations, row.undecided) == ({"buffered": 1}, 0)


def test_a_hold_of_which_a_halt_of_all_explains_a_part_is_what_remains() -> None:
    """Those beside it were late by 200 ms of its 900; or by 800, which leaves less than counts."""
    for late_ms, found in ((200, ({"buffered": 1}, 0)), (800, ({}, 1))):
        beside = [halted(number, late_ms) for number in range(5)]
        row = booked(*beside, *kept(1, 0))
        assert (row.violations, row.undecided) == found


def halted(number: int, late_ms: int) -> AnswerResult:
    """Its first piece comes so late, and no other before it."""
    tag = f"(turn 2/{number}/0)"
    from_ns = START_NS + (100 + late_ms) * MS
    seen = [
        replace(one, at_ns=max(one.at_ns, from_ns))
        for one in view(first_ms=105, gap_ms=300).timeline or ()
    ]
    due = told(first_ms=100, gap_ms=300)
    return judge_answer(
        SSE, Question(f"hello {tag}", tag, planted=False), View(START_NS, tuple(seen)), due
    )


def test_a_reader_that_was_halted_itself_knows_nothing_of_holds() -> None:
    """It found all that was written meanwhile in one read."""
    tag = "(turn 3/0/0)"
    seen = [
        replace(one, since_ns=START_NS + 90 * MS)
        for one in view(first_ms=1_010, gap_ms=0).timeline or ()
    ]
    due = told(first_ms=100, gap_ms=300)
    question = Question(f"hello {tag}", tag, planted=False)
    finding = judge_answer(SSE, question, View(START_NS, tuple(seen)), due)
    row = booked(*flowing(5, 0), finding)
    assert (row.violations, row.undecided) == ({}, 1)
    assert "the reader was halted" in row.doubts["buffered"][0].message


def test_what_was_planted_is_found_even_while_all_are_late() -> None:
    planted = answer(7, at_s=1, kept=True, harms=("buffered",))
    row = booked(*flowing(6, 0), *kept(4, 1), planted)
    assert row.violations == {"buffered": 1}
    assert (row.planted, row.planted_found, row.wrong) == (1, 1, 1)


def test_those_who_saw_the_same_answer_in_a_room_are_no_witnesses_for_each_other() -> None:
    seats = [replace(one, tag="(turn 0/1/0)") for one in kept(4, 1)]
    row = booked(*flowing(5, 0), *seats)
    assert (row.violations, row.undecided) == ({}, 4)


def test_doubts_are_bounded_and_told_once_each() -> None:
    bench = RunState()
    bench.begin(bench.plan)
    heard: list[AnswerResult] = []
    bench.on_result = heard.append
    for finding in kept(DOUBTS_MAX + 3, 0):
        bench.store(finding)
    assert len(heard) == 3
    bench.settle()
    assert len(heard) == DOUBTS_MAX + 3
    bench.settle()
    (row,) = bench.collector.rows()
    assert row.answered == DOUBTS_MAX + 3
