"""Rates as settings write them: `100/15 minutes`, `5 per second`. Pure."""

import re
from typing import NamedTuple

UNITS_S = {
    "second": 1,
    "minute": 60,
    "hour": 3_600,
    "day": 86_400,
    "month": 30 * 86_400,
    "year": 360 * 86_400,
}
_RATE = re.compile(
    rf"\s*(\d{{1,18}})\s*(?:/|per)\s*(\d{{1,9}})?\s*({'|'.join(UNITS_S)})s?\s*",
    re.ASCII | re.IGNORECASE,
)


class Rate(NamedTuple):
    """So many in so many seconds."""

    amount: int
    length_s: int


def rate_of(written: str) -> Rate | None:
    """None for `off`. Raises `ValueError` for what is no rate."""
    if written.strip().lower() == "off":
        return None
    found = _RATE.fullmatch(written)
    if found is None:
        raise ValueError(f"write it as `100/15 minutes` or `off`, not {written!r}")
    amount, count, unit = found.groups()
    return Rate(int(amount), (int(count or 1) or 1) * UNITS_S[unit.lower()])
