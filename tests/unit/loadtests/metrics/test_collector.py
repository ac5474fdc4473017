"""Counting answers by contract, journey and second, and merging counts."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.unit.loadtests.answers import MS, QUESTION, START_NS, WORDS, told, view
from tokentape.dialects.ai_chat.contract import SOCKETIO, SSE
from tokentape_load.judging.answer_result import BEFORE, AnswerResult, Failure, View, judge_answer
from tokentape_load.metrics.collector import Collector
from tokentape_load.metrics.limits import Limits, rulings
from tokentape_load.metrics.run_results import Row
from tokentape_load.metrics.time_series import CELLS_MAX
from tokentape_load.run.results_builder import breaches, results_of, setup_of
from tokentape_load.run.run_config import RunConfig
from tokentape_load.run.run_state import RunState
from tokentape_load.workload.journeys import CHAT, IDLE, STOP

REPEATED = ("Once ", "upon ", "upon ", "a ", "time.")


def right(first_ms: int = 200) -> AnswerResult:
    return judge_answer(SSE, QUESTION, view(first_ms=first_ms), told())


def wrong() -> AnswerResult:
    return judge_answer(SSE, QUESTION, view(REPEATED), told(harms=("text_repeated",)))


def enter(book: Collector, finding: AnswerResult, at_ns: int = START_NS) -> None:
    book.begin(finding.contract, finding.journey, at_ns)
    book.add(finding, good=finding.right, finished_ns=at_ns)


def book_of(*findings: AnswerResult, users: int = 1) -> Collector:
    book = Collector()
    book.of(SSE.key).users = users
    for finding in findings:
        enter(book, finding)
    return book


ANY_LIMITS = Limits()
ANY_RUN = RunConfig(host="")


def failing(book: Collector, limits: Limits = ANY_LIMITS, asked: RunConfig = ANY_RUN) -> list[str]:
    ruled = rulings(limits, book.rows(), 10.0)
    return breaches(asked, book.rows(), ruled, book.errors)


def test_every_value_of_every_answer_is_counted() -> None:
    (row,) = book_of(right(200), right(300)).rows()
    assert (row.started, row.answered, row.wrong, row.good) == (2, 2, 0, 2)
    assert row.figures["TTFT"].count == 2
    assert row.figures["ICL"].count == 2 * (len(WORDS) - 1)
    assert row.figures["added"].count == 2 * len(WORDS)
    assert "TTFT intended" not in row.figures


def test_wrong_answers_are_counted_by_kind_with_a_few_in_full() -> None:
    (row,) = book_of(*[wrong()] * 10, right()).rows()
    assert (row.answered, row.wrong, row.good) == (11, 10, 1)
    assert row.violations == {"text_repeated": 10}
    assert len(row.examples["text_repeated"]) == 3
    example = row.examples["text_repeated"][0]
    assert example.place == "at event 2"
    assert example.message.startswith("'upon ' came twice")
    assert example.tag == QUESTION.tag
    assert (row.planted, row.planted_found) == (10, 10)


def test_journeys_are_counted_apart() -> None:
    stopped = judge_answer(SSE, QUESTION, view(), told(), journey=STOP)
    assert [row.key for row in book_of(right(), stopped).rows()] == [
        "ai-chat/sse",
        "ai-chat/sse stop",
    ]


def test_what_workers_send_adds_up_to_what_one_process_counts() -> None:
    findings = [right(first_ms) for first_ms in range(50, 450, 7)] + [wrong()] * 5
    workers, master, alone = [Collector(), Collector()], Collector(), Collector()
    for number, finding in enumerate(findings):
        worker = workers[number % 2]
        at_ns = START_NS + number * 200 * MS
        enter(worker, finding, at_ns)
        enter(alone, finding, at_ns)
        worker.client_lag.add(number)
        alone.client_lag.add(number)
        if number % 10 == 9:
            master.merge(Collector.from_json(json.loads(json.dumps(worker.drain().to_json()))))
    for worker in workers:
        master.merge(worker.drain())
        assert worker.answered == 0
    assert _plain(master) == _plain(alone)
    assert master.to_json() == alone.to_json()


def _plain(book: Collector) -> list[Row]:
    return [
        replace(row, figures={name: one.to_json() for name, one in row.figures.items()})
        for row in book.rows()
    ]


def test_times_are_told_in_the_second_in_which_they_were_seen() -> None:
    book = Collector()
    book.series.began_ns = START_NS
    slow = judge_answer(SSE, QUESTION, view(first_ms=1_990, gap_ms=20), told())
    enter(book, slow, START_NS + 3_000 * MS)
    moments = book.series.moments()
    assert [moment.ttft_n for moment in moments] == [0, 1, 0, 0]
    assert [moment.icl_n for moment in moments] == [0, 0, 3, 0]
    assert [moment.finished for moment in moments] == [0, 0, 0, 1]
    assert moments[1].ttft_p99_ms is None


def test_a_long_run_has_longer_intervals_and_no_more_of_them() -> None:
    book = Collector()
    hours = 3
    for second in range(hours * 3_600):
        book.begin(SSE.key, "chat", second * 1_000 * MS)
    moments = book.series.moments()
    assert len(moments) <= CELLS_MAX
    assert sum(moment.started for moment in moments) == hours * 3_600
    assert {moment.started for moment in moments[:-1]} == {book.series.interval_s}


def test_right_answers_pass() -> None:
    assert failing(book_of(right())) == []


def test_one_wrong_answer_fails_the_run_and_is_named() -> None:
    assert failing(book_of(right(), wrong())) == [
        "ai-chat/sse: 1 violation in 2 answers, at most 0 are allowed (text_repeated 1)"
    ]


def test_an_empty_run_never_passes() -> None:
    assert failing(Collector()) == ["no answer was seen: an empty run proves nothing"]


def test_a_run_of_idle_users_has_no_answer_and_never_passes() -> None:
    idle = judge_answer(SSE, QUESTION, View(START_NS, None), None, journey=IDLE)
    assert idle.right
    assert failing(book_of(idle)) == ["no answer was seen: an empty run proves nothing"]
    book = book_of(right(), idle)
    enter(book, judge_answer(SOCKETIO, QUESTION, View(START_NS, None), None, journey=IDLE))
    assert failing(book) == ["ai-chat/socketio: 0 answers, at least 1 are due"]


def test_a_contract_with_users_and_no_answers_fails_the_run() -> None:
    book = book_of(right())
    book.of("ai-gateway/socketio").users = 3
    assert failing(book) == ["ai-gateway/socketio: 0 answers, at least 1 are due"]


def test_a_planted_fault_that_nobody_saw_fails_the_run() -> None:
    unseen = judge_answer(SSE, QUESTION, view(), told(harms=("stalled",)))
    assert failing(book_of(unseen)) == ["ai-chat/sse: 1 of 1 planted faults went unseen"]


def test_a_run_that_should_find_faults_and_had_none_fails() -> None:
    asked = RunConfig(host="", faults=("cut@5",))
    assert failing(book_of(right()), asked=asked) == [
        "faults were asked for and none was planted: nothing was proved"
    ]


def test_an_answer_without_end_fails_a_run_that_had_its_time() -> None:
    bench, asked = RunState(collector=book_of(right())), RunConfig(host="", silence_s=70)
    bench.unfinished(SSE, CHAT, 1)
    setup = setup_of(asked, datetime.now(UTC))
    (reason,) = results_of(bench, asked, setup, "over").reasons
    assert reason.startswith("1 answer had not ended 75 s after the time was up")
    assert results_of(bench, asked, setup, "over", interrupted=True).reasons == ()


def test_an_error_in_a_load_user_fails_the_run() -> None:
    book = book_of(right())
    book.errors["KeyError: run"] = 2
    assert failing(book) == ["2 errors in the load users: KeyError: run"]


def numbers_of(worker: int, workers: int) -> list[int]:
    bench = RunState()
    keys = (SSE.key, SOCKETIO.key)
    bench.begin(
        replace(
            bench.plan,
            config=replace(bench.plan.config, processes=workers),
            worker=worker,
            contracts=keys,
        )
    )
    return [bench.enter(contract) for contract in (SSE, SOCKETIO) * 3]


@pytest.mark.parametrize("workers", [1, 3])
def test_users_of_all_processes_have_numbers_of_their_own(workers: int) -> None:
    numbers = [number for worker in range(workers) for number in numbers_of(worker, workers)]
    assert sorted(numbers) == list(range(6 * workers))
    uninvited = [
        number for worker in (workers, workers + 1) for number in numbers_of(worker, workers)
    ]
    assert len({*numbers, *uninvited}) == len(numbers) + len(uninvited)


def test_a_server_that_says_our_token_again_is_quoted_without_it() -> None:
    bench = RunState()
    bench.begin(replace(bench.plan, token="se.cr.et"))
    said = Failure("refused", BEFORE, "401 unknown token se.cr.et")
    bench.judge(SSE, CHAT, QUESTION, View(START_NS, None, (said,)))
    (row,) = bench.collector.rows()
    assert row.examples["refused"][0].message == "401 unknown token ***"
