"""Problems: every code that the server may send has words and a way out."""

import pytest

from tokentape.client.turn import TurnRefused, Unreachable
from tokentape.ui.answer.error_messages import PROBLEMS, problem_from, problem_of

CODES = [
    "BAD_REQUEST",
    "UNAUTHORIZED",
    "NOT_FOUND",
    "RATE_LIMIT",
    "INVALID_MODEL",
    "CONTEXT_TOO_LONG",
    "BUSY",
    "UPSTREAM_REFUSED",
    "UPSTREAM_RATE_LIMIT",
    "UPSTREAM_TIMEOUT",
    "UPSTREAM_LOST",
    "UPSTREAM_TRUNCATED",
    "UPSTREAM_MALFORMED",
    "SHUTTING_DOWN",
    "INTERNAL",
]


@pytest.mark.parametrize("code", CODES)
def test_every_code_of_the_protocols_has_a_problem(code: str) -> None:
    problem = problem_of(code)
    assert problem.code == code
    assert (problem.happened, problem.advice) == PROBLEMS[code]


def test_a_code_that_nobody_knows_is_shown_as_it_came() -> None:
    assert problem_of("TEAPOT").code == "TEAPOT"
    assert problem_of(None).code == "no code"


@pytest.mark.parametrize(("seconds", "said"), [(12.0, "12 s"), (119.5, "119.5 s"), (898, "15 min")])
def test_a_refusal_that_says_when_to_come_back_is_passed_on(seconds: float, said: str) -> None:
    problem = problem_from(TurnRefused(429, "RATE_LIMIT", "Too many", seconds))
    assert problem.advice == f"Wait {said}, then retry."


def test_a_bad_request_is_told_in_the_server_s_own_words() -> None:
    problem = problem_from(TurnRefused(422, "BAD_REQUEST", "message: must not be empty", None))
    assert problem.happened == "message: must not be empty"


def test_no_connection_is_a_problem_with_a_code_of_its_own() -> None:
    assert problem_from(Unreachable("refused")).code == "UNREACHABLE"
