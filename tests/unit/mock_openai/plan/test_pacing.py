from itertools import pairwise
from random import Random
from statistics import fmean, stdev

import pytest

from mock_openai.plan.durations import duration_ns
from mock_openai.plan.pacing import JITTER, MS, Pace, offsets_ns
from mock_openai.text.random_source import RandomSource


def test_constant_pace_is_an_exact_grid() -> None:
    pace = Pace(first_ns=200 * MS, between_ns=20 * MS)
    assert offsets_ns(pace, 4, 0, Random(1)) == (200 * MS, 220 * MS, 240 * MS, 260 * MS)


def test_speed_divides_every_time() -> None:
    pace = Pace(first_ns=200 * MS, between_ns=20 * MS, speed=4)
    assert offsets_ns(pace, 3, 0, Random(1)) == (50 * MS, 55 * MS, 60 * MS)


def test_first_token_grows_with_the_prompt() -> None:
    pace = Pace(first_ns=10 * MS, per_prompt_token_ns=MS)
    assert offsets_ns(pace, 1, 30, Random(1)) == (40 * MS,)


def test_an_empty_answer_still_has_a_time() -> None:
    assert offsets_ns(Pace(first_ns=5 * MS), 0, 0, Random(1)) == (5 * MS,)


@pytest.mark.parametrize("jitter", JITTER)
def test_jitter_keeps_the_mean_and_never_goes_back(jitter: str) -> None:
    pace = Pace(first_ns=0, between_ns=20 * MS, jitter=jitter, cv=0.3)
    dues = offsets_ns(pace, 20_000, 0, Random(7))
    gaps = [after - before for before, after in pairwise(dues)]
    assert min(gaps) >= 0
    assert fmean(gaps) == pytest.approx(20 * MS, rel=0.05)


@pytest.mark.parametrize("jitter", ["uniform", "normal", "lognormal", "gamma"])
def test_cv_is_the_coefficient_of_variation(jitter: str) -> None:
    dues = offsets_ns(Pace(0, 20 * MS, jitter=jitter, cv=0.3), 20_000, 0, Random(7))
    gaps = [after - before for before, after in pairwise(dues)]
    assert stdev(gaps) / fmean(gaps) == pytest.approx(0.3, rel=0.05)


def test_the_same_seed_gives_the_same_times() -> None:
    pace = Pace(jitter="lognormal")

    def run(chance: RandomSource) -> tuple[int, ...]:
        return offsets_ns(pace, 100, 0, chance)

    assert run(Random(3)) == run(Random(3)) != run(Random(4))


@pytest.mark.parametrize(
    ("text", "ns"), [("200ms", 200 * MS), ("3s", 3000 * MS), ("1.5", 1_500_000), (20, 20 * MS)]
)
def test_durations_are_read(text: object, ns: int) -> None:
    assert duration_ns(text) == ns


@pytest.mark.parametrize("text", ["", "-1s", "1d", "ms", "1e3", None, True, "25h", "90000000s"])
def test_what_is_no_duration_is_refused(text: object) -> None:
    with pytest.raises(ValueError, match=r"duration|longer"):
        duration_ns(text)
