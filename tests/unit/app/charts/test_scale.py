"""Where values stand, and what is written beside them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokentape.charts.numbers import seconds_tick
from tokentape.charts.scale import LABELLED_MAX, Scale, duration, linear, logarithmic, tail


def plain(value: float) -> str:
    return f"{value:g}"


def labels(scale: Scale) -> list[str]:
    return [tick.label for tick in scale.ticks if tick.label]


def test_a_linear_scale_ends_at_a_round_value_above_the_highest() -> None:
    scale = linear(173.0, plain)
    assert (scale.low, scale.high) == (0, 200)
    assert labels(scale) == ["0", "50", "100", "150", "200"]
    assert scale.place(50) == 0.25


def test_a_scale_of_time_ends_where_the_run_does() -> None:
    scale = duration(23.0, plain)
    assert scale.place(23.0) == 1
    assert labels(scale) == ["0", "5", "10", "15", "20"]


def test_minutes_and_hours_have_ticks_as_a_clock_has() -> None:
    assert labels(duration(3_599, seconds_tick)) == ["0 s", "20 min", "40 min"]
    assert labels(duration(290, seconds_tick)) == ["0 s", "60 s", "2 min", "3 min", "4 min"]


def test_a_logarithmic_scale_gives_each_decade_the_same_room() -> None:
    scale = logarithmic(1, 10_000, plain)
    assert labels(scale) == ["1", "10", "100", "1000", "10000"]
    assert scale.place(100) == pytest.approx(0.5)


def test_a_short_logarithmic_scale_has_ticks_between_its_decades() -> None:
    assert labels(logarithmic(180, 530, plain)) == ["200", "300", "400"], "500 has no room"
    assert labels(logarithmic(1.5, 60, plain)) == ["2", "5", "10", "20", "50"]


def test_a_logarithmic_scale_of_one_value_still_has_a_width() -> None:
    scale = logarithmic(20, 20, plain)
    assert scale.low < scale.high
    assert 0 <= scale.place(20) <= 1


def test_each_nine_of_a_tail_gets_the_same_room() -> None:
    scale = tail(99.9)
    assert labels(scale) == ["0", "p50", "p90", "p99", "p99.9"]
    assert scale.place(99) - scale.place(90) == pytest.approx(scale.place(99.9) - scale.place(99))


@given(st.floats(min_value=0, max_value=1e15), st.floats(min_value=-1e15, max_value=1e15))
def test_every_value_has_a_place_on_every_scale(highest: float, value: float) -> None:
    scales = (linear(highest, plain), duration(highest, plain), logarithmic(1e-3, highest, plain))
    for scale in (*scales, tail(99.9)):
        assert 0 <= scale.place(value) <= 1
        assert len(labels(scale)) <= LABELLED_MAX
        assert all(0 <= tick.at <= 1 for tick in scale.ticks)
