"""Success is a list; everything else is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokentape.runs.finish_reasons import FINISH_REASONS, is_success, reason_of

OPENAI = ("stop", "length", "tool_calls", "content_filter", "function_call")


@pytest.mark.parametrize("reason", OPENAI)
def test_openais_own_are_success(reason: str) -> None:
    assert reason_of(reason, None) == reason
    assert is_success(reason)


def test_a_hyphen_makes_no_other_word() -> None:
    assert reason_of("Content-Filter", None) == "content_filter"


@pytest.mark.parametrize("reason", [None, "", "null", "None", " NULL ", False, 0])
def test_what_says_nothing_is_no_reason(reason: object) -> None:
    assert reason_of(reason, None) is None
    assert not is_success(None)


@given(st.text(min_size=1))
def test_no_other_word_is_success(word: str) -> None:
    found = reason_of(word, None)
    assert is_success(found) == (word.strip().lower().replace("-", "_") in FINISH_REASONS)


@pytest.mark.parametrize(
    "failure", ["error", "network_error", "ABORT", "insufficient_system_resource"]
)
def test_a_failure_is_not_taken_back(failure: str) -> None:
    assert reason_of("stop", reason_of(failure, None)) == failure
    assert reason_of(failure, reason_of("stop", None)) == failure


def test_a_word_of_progress_is() -> None:
    assert reason_of("eos_token", reason_of("not_finished", None)) == "stop"
