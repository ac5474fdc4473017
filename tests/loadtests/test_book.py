"""Counting answers, merging counts, and what makes a run fail."""

import json

import pytest

from app.dialects.ai_chat.contract import SSE
from loadtests.book import Book
from loadtests.finding import Finding, find
from loadtests.thresholds import Thresholds, breaches
from tests.loadtests.answers import QUESTION, WORDS, script, view

REPEATED = ("Once ", "upon ", "upon ", "a ", "time.")


def right(first_ms: int = 200) -> Finding:
    return find(SSE, QUESTION, view(first_ms=first_ms), script())


def wrong() -> Finding:
    return find(SSE, QUESTION, view(REPEATED), script(harms=("text_repeated",)))


def book_of(*findings: Finding, users: int = 1) -> Book:
    book = Book()
    book.of(SSE.key).users = users
    for finding in findings:
        book.add(finding)
    return book


def test_every_value_of_every_answer_is_counted() -> None:
    tally = book_of(right(200), right(300)).of(SSE.key)
    assert (tally.answers, tally.wrong) == (2, 0)
    assert tally.figures["TTFT"].count == 2
    assert tally.figures["ICL"].count == 2 * (len(WORDS) - 1)
    assert tally.figures["added"].count == 2 * len(WORDS)


def test_wrong_answers_are_counted_by_kind_with_a_few_in_full() -> None:
    tally = book_of(*[wrong()] * 10, right()).of(SSE.key)
    assert (tally.answers, tally.wrong) == (11, 10)
    assert tally.failures == {"text_repeated": 10}
    assert len(tally.examples["text_repeated"]) == 3
    assert tally.examples["text_repeated"][0].startswith("at event 2: 'upon ' came twice")
    assert tally.examples["text_repeated"][0].endswith(QUESTION.tag)
    assert (tally.planted, tally.planted_found) == (10, 10)


def test_what_workers_send_adds_up_to_what_one_process_counts() -> None:
    findings = [right(first_ms) for first_ms in range(50, 450, 7)] + [wrong()] * 5
    worker, master = Book(), Book()
    for number, finding in enumerate(findings):
        worker.add(finding)
        worker.client_lag.add(number)
        if number % 10 == 9:
            master.merge(Book.from_json(json.loads(json.dumps(worker.take().as_json()))))
    master.merge(worker.take())
    assert worker.answers == 0
    alone = book_of(*findings, users=0)
    assert master.as_json()["tallies"] == alone.as_json()["tallies"]
    assert master.client_lag.count == len(findings)


def test_right_answers_pass() -> None:
    assert breaches(book_of(right()), Thresholds()) == []


def test_one_wrong_answer_fails_the_run_and_is_named() -> None:
    assert breaches(book_of(right(), wrong()), Thresholds()) == [
        "ai-chat/sse: 1 of 2 answers are wrong (text_repeated 1)"
    ]


def test_an_empty_run_never_passes() -> None:
    assert breaches(Book(), Thresholds()) == ["no answer was seen: an empty run proves nothing"]
    with pytest.raises(ValueError, match="1 or more"):
        Thresholds(min_answers=0)


def test_a_contract_with_users_and_no_answers_fails_the_run() -> None:
    book = book_of(right())
    book.of("ai-gateway/socketio").users = 3
    assert breaches(book, Thresholds()) == ["ai-gateway/socketio: 0 answers, at least 1 are due"]


def test_a_planted_fault_that_nobody_saw_fails_the_run() -> None:
    unseen = find(SSE, QUESTION, view(), script(harms=("stalled",)))
    assert breaches(book_of(unseen), Thresholds()) == [
        "ai-chat/sse: 1 of 1 planted faults went unseen"
    ]


def test_a_run_that_should_find_faults_and_had_none_fails() -> None:
    assert breaches(book_of(right()), Thresholds(min_planted=1)) == [
        "0 faults were planted, at least 1 are due"
    ]
