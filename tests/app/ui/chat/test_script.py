"""Script: the right entry of the mock's journal, or the reason why there is none."""

from app.contract.contract import Json
from app.ui.chat.ruling import Script
from app.ui.chat.script import NO_MOCK, scenarios_of, script_in, script_of

NOWHERE = "http://127.0.0.1:9"


def entry(started_ns: int, text: str) -> Json:
    return {"started_ns": started_ns, "text": text}


def test_the_entry_that_began_in_the_turn_s_own_time_is_it() -> None:
    assert script_in([entry(50, "later"), entry(20, "mine"), entry(5, "before")], 10, 40) == Script(
        "mine"
    )


def test_a_request_that_was_refused_and_tried_again_has_one_script() -> None:
    assert script_in([entry(30, "mine"), entry(20, "")], 10, 40).text == "mine"


def test_two_different_answers_at_once_are_not_guessed_between() -> None:
    assert script_in([entry(30, "yours"), entry(20, "mine")], 10, 40).text is None


def test_no_entry_is_a_reason() -> None:
    assert script_in([], 10, 40).why == "the mock's journal has no such answer"


async def test_without_a_mock_there_is_nothing_to_compare_with() -> None:
    assert await script_of(None, "hello", 0, 1) == NO_MOCK


async def test_a_mock_that_does_not_answer_is_a_reason_and_offers_nothing() -> None:
    assert (await script_of(NOWHERE, "hello", 0, 1)).why == "the mock's journal does not answer"
    assert await scenarios_of(NOWHERE) == []
