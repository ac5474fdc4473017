"""The search for the highest load, against servers that hold exactly so much."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.unit.loadtests.made_results import finished, invalid
from tokentape_load.metrics.histogram import Histogram
from tokentape_load.metrics.run_results import Results, Step
from tokentape_load.reports.summary import capacity_in_words
from tokentape_load.run.capacity_search import NEAR, RUNS_MAX, decided, search
from tokentape_load.run.run_config import RunConfig


def server(holds: float, hiccups: tuple[int, ...] = ()) -> Callable[[RunConfig], Results]:
    """A run against a server that holds so many users, or starts a second."""
    runs: list[float] = []

    def run(asked: RunConfig) -> Results:
        runs.append(asked.users if asked.rate is None else asked.rate)
        held = runs[-1] <= holds and len(runs) not in hiccups
        return replace(finished(wrong=0), judgement="passed" if held else "failed")

    return run


def found(asked: RunConfig, run: Callable[[RunConfig], Results]) -> tuple[float | None, int]:
    results = search(asked, run)
    assert results is not None
    assert results.capacity is not None
    return results.capacity.highest, len(results.capacity.steps)


ASKED = RunConfig(host="", users=50, contracts=("ai-chat/sse",))


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


def test_near_the_limit_two_tries_have_to_agree() -> None:
    def tried(*met: bool) -> list[Step]:
        return [Step(load=1, met=each, words="") for each in met]

    assert decided(tried(True), near=False) is True
    assert decided(tried(False), near=False) is None
    assert decided(tried(False, True), near=False) is True
    assert decided(tried(True), near=True) is None
    assert decided(tried(True, False), near=True) is None
    assert decided(tried(True, False, True), near=True) is True
    assert decided(tried(True, False, False), near=True) is False
    assert decided(tried(False, False), near=True) is False


def test_who_gave_out_is_told_apart() -> None:
    def starving(asked: RunConfig) -> Results:
        """A load generator that can make the load of 120 users, before a server that holds more."""
        if asked.users <= 120:
            return replace(finished(wrong=0), judgement="passed")
        lag = Histogram()
        lag.extend([90_000_000] * 500)
        return replace(invalid(), client_lag=lag)

    for run, side in ((starving, "client"), (server(120), "server")):
        results = search(ASKED, run)
        assert results is not None
        assert results.capacity is not None
        assert results.capacity.gave_out == side
        assert 110 <= (results.capacity.highest or 0) <= 120
        said = capacity_in_words(results.capacity, 1)
        assert ("the client, not the server, gave out" in said) is (side == "client")
        assert ("--processes 2" in said) is (side == "client")


def test_starts_that_wait_for_the_server_are_the_servers_limit() -> None:
    whole = finished(wrong=0)
    setup = replace(whole.setup, loop="open")
    waiting = replace(whole, setup=setup, judgement="invalid", invalid=("9 starts not sent",))
    results = search(replace(ASKED, rate=10.0), lambda _: waiting)
    assert results is not None
    assert results.capacity is not None
    assert results.capacity.gave_out == "server"
    assert "No load that was tried met every limit" in capacity_in_words(results.capacity, 1)
