"""Reads the whole number that some faults take."""

from __future__ import annotations


def whole(name: str, value: object, default: int, *, least: int = 1, most: int) -> int:
    """`default` where nothing is said; a ValueError names the fault and the bounds."""
    if value in (None, "", True):
        return default
    text = str(value).strip()
    if not (text.isascii() and text.isdecimal() and len(text) < 12 and least <= int(text) <= most):
        raise ValueError(f"{name} takes a whole number from {least} to {most}, not {value!r}")
    return int(text)
