"""Reads the value of a fault that is a whole number, or a time in between."""

from mock_openai.plan.durations import duration_ns


def whole(name: str, value: object, default: int, *, least: int = 1, most: int) -> int:
    """`default` where nothing is said; a ValueError names the fault and the bounds."""
    if value in (None, "", True):
        return default
    text = str(value).strip()
    if not (text.isascii() and text.isdecimal() and len(text) < 12 and least <= int(text) <= most):
        raise ValueError(f"{name} takes a whole number from {least} to {most}, not {value!r}")
    return int(text)


def every(name: str, value: object, default_ns: int) -> int:
    """A fault's value that is a time in between, in ns. Raises ValueError."""
    if value in (None, "", True):
        return default_ns
    every_ns = duration_ns(value)
    if every_ns < 1_000_000:
        raise ValueError(f"{name} takes a time from 1ms")
    return every_ns
