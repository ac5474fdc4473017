"""A stream that was kept back is told from a server or a client that was late with all."""

from dataclasses import replace

from app.dialects.ai_chat.contract import SSE
from loadtests.bench import DOUBTS_MAX, Bench
from loadtests.finding import Finding, find
from loadtests.question import Question
from loadtests.results import Row
from tests.unit.loadtests.answers import MS, START_NS, told, view

SECOND_NS = 1_000 * MS


def answer(
    number: int, *, at_s: int, kept: bool, harms: tuple[str, ...] = (), until_ms: int = 1_010
) -> Finding:
    """Written over 900 ms, and read as it was written or, where it was `kept`, all together."""
    start_ns = START_NS + at_s * SECOND_NS
    tag = f"(turn 0/{number}/0)"
    read = view(first_ms=until_ms, gap_ms=0, start_ns=start_ns) if kept else None
    read = read or view(first_ms=105, gap_ms=300, start_ns=start_ns)
    due = told(first_ms=100, gap_ms=300, start_ns=start_ns, harms=harms)
    return find(SSE, Question(f"hello {tag}", tag, planted=False), read, due)


def booked(*findings: Finding) -> Row:
    bench = Bench()
    bench.begin(bench.plan)
    for finding in findings:
        bench.take(finding)
    bench.settle()
    (row,) = bench.book.rows()
    return row


def flowing(count: int, at_s: int) -> list[Finding]:
    return [answer(1_000 * at_s + number, at_s=at_s, kept=False) for number in range(count)]


def kept(count: int, at_s: int) -> list[Finding]:
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


def waiting(number: int) -> Finding:
    start_ns = START_NS + SECOND_NS
    tag = f"(turn 1/{number}/0)"
    read = view(first_ms=1_205, gap_ms=300, start_ns=start_ns)
    due = told(first_ms=1_200, gap_ms=300, start_ns=start_ns)
    return find(SSE, Question(f"hello {tag}", tag, planted=False), read, due)


def test_a_late_beginning_of_a_run_is_judged_when_more_is_known() -> None:
    assert booked(*kept(4, 0), *flowing(9, 2)).violations == {}


def test_a_server_that_keeps_most_answers_back_buffers() -> None:
    row = booked(*kept(8, 0), *flowing(2, 1), *kept(8, 2))
    assert row.violations == {"buffered": 16}


def test_a_single_stream_has_nobody_beside_it_and_is_not_excused() -> None:
    alone = [*flowing(1, 0), *kept(1, 2), *flowing(1, 4)]
    assert booked(*alone).violations == {"buffered": 1}


def test_what_was_planted_is_found_even_while_all_are_late() -> None:
    planted = answer(7, at_s=1, kept=True, harms=("buffered",))
    row = booked(*flowing(6, 0), *kept(4, 1), planted)
    assert row.violations == {"buffered": 1}
    assert (row.planted, row.planted_found, row.wrong) == (1, 1, 1)


def test_those_who_saw_the_same_answer_in_a_room_are_no_witnesses_for_each_other() -> None:
    seats = [replace(one, tag="(turn 0/1/0)") for one in kept(4, 1)]
    assert booked(*flowing(5, 0), *seats).violations == {"buffered": 4}


def test_doubts_are_bounded_and_told_once_each() -> None:
    bench = Bench()
    bench.begin(bench.plan)
    heard: list[Finding] = []
    bench.tell = heard.append
    for finding in kept(DOUBTS_MAX + 3, 0):
        bench.take(finding)
    assert len(heard) == 3
    bench.settle()
    assert len(heard) == DOUBTS_MAX + 3
    bench.settle()
    (row,) = bench.book.rows()
    assert row.violations == {"buffered": DOUBTS_MAX + 3}


def test_the_latest_waking_is_known_however_long_ago() -> None:
    bench = Bench()
    bench.begin(bench.plan)
    bench.lagged(1, 900 * MS)
    for number in range(2, 5_000):
        bench.lagged(number, 2 * MS)
    bench.lagged(5_000, 40 * MS)
    assert bench.lag_since(0) == 900 * MS
    assert bench.lag_since(2) == 40 * MS
    assert bench.lag_since(5_001) == 0
