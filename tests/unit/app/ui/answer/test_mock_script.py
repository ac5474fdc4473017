"""Script: the right entry of the mock's journal, or the reason why there is none."""

from tokentape.contract.contract import Json
from tokentape.ui.answer.mock_script import (
    NO_MOCK,
    Frame,
    entries_in,
    frames_of,
    played_in,
    script_of,
)
from tokentape.ui.answer.verdict_view import ExpectedText

NOWHERE = "http://127.0.0.1:9"


def entry(started_ns: int, text: str) -> Json:
    return {"started_ns": started_ns, "text": text}


def script_in(entries: list[Json], from_ns: int, to_ns: int) -> ExpectedText:
    return script_of(entries_in(entries, from_ns, to_ns))


def test_the_entry_that_began_in_the_turn_s_own_time_is_it() -> None:
    assert script_in(
        [entry(50, "later"), entry(20, "mine"), entry(5, "before")], 10, 40
    ) == ExpectedText("mine")


def test_a_request_that_was_refused_and_tried_again_has_one_script() -> None:
    assert script_in([entry(30, "mine"), entry(20, "")], 10, 40).text == "mine"


def test_two_different_answers_at_once_are_not_guessed_between() -> None:
    assert script_in([entry(30, "yours"), entry(20, "mine")], 10, 40).text is None


def test_no_entry_is_a_reason() -> None:
    assert script_in([], 10, 40).why == "the mock's journal has no such answer"


async def test_without_a_mock_there_is_nothing_to_compare_with() -> None:
    assert (await played_in(None, "hello", 0, 1)).script == NO_MOCK


def test_frames_tell_when_how_much_was_due_and_written() -> None:
    frames = [
        {"due_ns": 1, "written_ns": 2, "kind": "role"},
        {"due_ns": 10, "written_ns": 11, "kind": "content"},
        {"due_ns": 20, "written_ns": 22, "kind": "content"},
    ]
    played = {"chunks": ["Hi", " you"], "frames": frames, "faults": []}
    assert frames_of(played) == ((Frame(10, 11, 2), Frame(20, 22, 6)), True)
    # A piece that was lost leaves the rest about right, and nothing to be paired.
    assert frames_of({**played, "faults": [{"fault": "lose"}], "frames": frames[:2]}) == (
        (Frame(10, 11, 2),),
        False,
    )


def test_a_stream_that_is_not_there_has_no_frames() -> None:
    assert frames_of({}) == ((), True)
