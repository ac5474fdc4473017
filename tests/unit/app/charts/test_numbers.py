"""Numbers as they are read."""

import pytest

from tokentape.charts.numbers import ms_tick, plain, seconds_tick, signed, tick


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (None, "–"), (0, "0"), (0.0045, "0.0045"), (0.42, "0.42"), (6.8, "6.80"), (20.04, "20.0"),
        (231.49, "231.5"), (12_400.4, "12,400"), (7.0, "7"), (-4.25, "-4.25"),
    ],
)  # fmt: skip
def test_numbers_have_the_decimals_that_can_matter(value: float | None, read: str) -> None:
    assert plain(value) == read


def test_a_change_has_its_sign() -> None:
    assert [signed(value) for value in (2.5, -2.5, 0, None)] == ["+2.50", "−2.50", "0", "–"]


def test_ticks_are_short() -> None:
    assert [tick(value) for value in (0.05, 200, 5_000, 25_000, 2e6)] == [
        "0.05", "200", "5000", "25k", "2M",
    ]  # fmt: skip
    assert [ms_tick(value) for value in (0.5, 200, 2_000)] == ["0.5 ms", "200 ms", "2 s"]
    assert [seconds_tick(value) for value in (20, 180, 7_200)] == ["20 s", "3 min", "2 h"]
