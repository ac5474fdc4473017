"""The search for the highest load, against servers that hold exactly so much."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from loadtests.asked import Asked
from loadtests.capacity import NEAR, RUNS_MAX, search
from loadtests.results import Results
from tests.loadtests.made_results import finished


def server(holds: float, hiccups: tuple[int, ...] = ()) -> Callable[[Asked], Results]:
    """A run against a server that holds so many users, or starts a second."""
    runs: list[float] = []

    def run(asked: Asked) -> Results:
        runs.append(asked.users if asked.rate is None else asked.rate)
        held = runs[-1] <= holds and len(runs) not in hiccups
        return replace(finished(wrong=0), judgement="passed" if held else "failed")

    return run


def found(asked: Asked, run: Callable[[Asked], Results]) -> tuple[float | None, int]:
    results = search(asked, run)
    assert results is not None
    assert results.capacity is not None
    return results.capacity.highest, len(results.capacity.steps)


ASKED = Asked(host="", users=50, contracts=("ai-chat/sse",))


@pytest.mark.parametrize("holds", [50, 61, 199, 200, 1_337])
def test_the_highest_load_is_found_nearly(holds: int) -> None:
    highest, runs = found(ASKED, server(holds))
    assert highest is not None
    assert holds * (1 - NEAR) - 1 <= highest <= holds
    assert runs <= RUNS_MAX


def test_less_than_what_was_asked_for_is_found_too() -> None:
    highest, _ = found(ASKED, server(7))
    assert highest == 7


def test_a_server_that_holds_nothing_has_no_capacity() -> None:
    assert found(ASKED, server(0))[0] is None


def test_a_search_without_end_ends() -> None:
    assert found(ASKED, server(10**9))[1] == RUNS_MAX


def test_one_hiccup_is_not_the_limit() -> None:
    highest, _ = found(ASKED, server(400, hiccups=(2,)))
    assert highest == 400


def test_an_open_loop_is_searched_by_its_rate() -> None:
    highest, _ = found(replace(ASKED, rate=10.0), server(37.0))
    assert highest is not None
    assert 37 * (1 - NEAR) <= highest <= 37


def test_each_step_is_told() -> None:
    results = search(ASKED, server(100))
    assert results is not None
    assert results.capacity is not None
    steps = results.capacity.steps
    assert [(step.load, step.met) for step in steps[:4]] == [
        (50, True),
        (100, True),
        (200, False),
        (200, False),
    ]
    assert "too" not in steps[0].words
