"""A value of a server's in a sentence: its beginning and its end. Pure."""

from typing import Any

SHOWN_MAX = 120
"""Characters; a report has a sentence for each of thousands of events."""


def shown(value: Any) -> str:
    """As Python writes it, cut in the middle."""
    if isinstance(value, str) and len(value) > SHOWN_MAX:
        value = f"{value[: SHOWN_MAX // 2]}…{value[-SHOWN_MAX // 3 :]}"
    text = repr(value)
    return text if len(text) <= 2 * SHOWN_MAX else f"{text[:SHOWN_MAX]}…{text[-SHOWN_MAX // 3 :]}"
