"""Reads `200ms`, `3s`, `1.5s`, `2m`, `1h` and bare numbers (milliseconds) as nanoseconds."""

import re

_UNITS_NS = {
    "ns": 1, "us": 1_000, "ms": 1_000_000, "s": 1_000_000_000, "m": 60_000_000_000,
    "h": 3_600_000_000_000,
}  # fmt: skip
_DURATION = re.compile(r"(\d{1,30}(?:\.\d{1,30})?)\s*(ns|us|ms|s|m|h)?")
LONGEST_NS = 24 * 3600 * 1_000_000_000


def duration_ns(value: object) -> int:
    """Nanoseconds; a ValueError says what a duration looks like. At most a day."""
    match = _DURATION.fullmatch(str(value).strip()) if not isinstance(value, bool) else None
    if match is None:
        raise ValueError(
            f"{str(value)[:100]!r} is not a duration: write 200ms, 3s or a number of ms"
        )
    ns = round(float(match[1]) * _UNITS_NS[match[2] or "ms"])
    if ns > LONGEST_NS:
        raise ValueError(f"{value!r} is longer than a day")
    return ns
