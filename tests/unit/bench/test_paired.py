"""The arithmetic of paired rounds, against values that were worked out by hand."""

import math
import random

import pytest

from tests.bench.beside.paired import LEAST_ROUNDS, Comparison


def test_the_ratio_is_the_geometric_mean_and_the_interval_students() -> None:
    # ln 1.0, ln 1.1, ln 1.21: mean ln 1.1, standard deviation ln 1.1, t(2) = 4.303
    found = Comparison("row", [10.0, 10.0, 10.0], [10.0, 11.0, 12.1])
    half = 4.303 * math.log(1.1) / math.sqrt(3)
    assert found.ratio == pytest.approx(1.1)
    assert found.interval == pytest.approx((1.1 * math.exp(-half), 1.1 * math.exp(half)))
    assert not found.slower  # by chance, as far as three rounds can tell


def rounds(ratio: float, noise: float, seed: int, many: int = LEAST_ROUNDS) -> Comparison:
    """Rounds of a machine that is busy by chance: for both sides of a round alike."""
    chance = random.Random(seed)
    load = [chance.uniform(1, 3) for _ in range(many)]
    before = [10 * busy for busy in load]
    now = [10 * busy * ratio * math.exp(chance.gauss(0, noise)) for busy in load]
    return Comparison("row", before, now)


def test_what_is_slower_fails_however_busy_the_machine_was() -> None:
    assert rounds(1.10, 0.01, 1).slower
    assert not rounds(1.00, 0.01, 1).slower
    assert not rounds(1.04, 0.05, 1).slower  # its interval reaches below
    assert not rounds(0.80, 0.01, 1).slower  # faster is no fault


def test_the_interval_holds_the_ratio_95_times_of_100() -> None:
    held = 0
    for seed in range(1_000):
        low, high = rounds(1.02, 0.03, seed).interval
        held += low <= 1.02 <= high
    assert 930 <= held <= 970


def test_a_side_that_does_not_change_has_no_interval_but_its_ratio() -> None:
    found = Comparison("row", [2.0, 4.0], [2.1, 4.2])
    assert found.interval == pytest.approx((1.05, 1.05))
    assert found.slower


@pytest.mark.parametrize(
    ("before", "now"), [([1.0], [1.0]), ([1.0, 2.0], [1.0]), ([1.0, 0.0], [1.0, 1.0])]
)
def test_rounds_that_are_no_pairs_are_refused(before: list[float], now: list[float]) -> None:
    with pytest.raises(ValueError, match=r"comparison|cost"):
        Comparison("row", before, now)


def test_a_row_is_told_in_one_line_with_its_interval() -> None:
    told = Comparison("relay: a chunk", [10.0, 10.0], [11.0, 11.0]).render()
    assert " ".join(told.split()) == "relay: a chunk 10.00 11.00 1.100 1.100–1.100 SLOWER"
    assert len(told) <= 100
