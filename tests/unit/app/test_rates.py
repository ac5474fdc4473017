"""Rates as they may be written."""

import pytest

from tokentape.rates import rate_of


@pytest.mark.parametrize(
    ("written", "amount", "length_s"),
    [
        ("100/15 minutes", 100, 900),
        ("100 per 15 minutes", 100, 900),
        ("5/second", 5, 1),
        (" 7/ Hours ", 7, 3_600),
        ("3/2day", 3, 172_800),
        ("2 per 1 month", 2, 2_592_000),
        ("2/YEAR", 2, 31_104_000),
        ("0/minute", 0, 60),
    ],
)
def test_a_rate_is_an_amount_in_so_many_seconds(written: str, amount: int, length_s: int) -> None:
    assert rate_of(written) == (amount, length_s)


def test_off_is_none() -> None:
    assert rate_of(" Off") is None


@pytest.mark.parametrize(
    "written",
    [
        "",
        "often",
        "10",
        "10/min",
        "-2/minute",
        "1.5/minute",
        "10;5/minute",
        "1/multiple",
        "\u0661/day",
    ],
)
def test_what_is_no_rate_is_refused_with_how_to_write_one(written: str) -> None:
    with pytest.raises(ValueError, match="write it as `100/15 minutes` or `off`"):
        rate_of(written)
