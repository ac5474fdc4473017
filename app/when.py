"""Moments as the wire writes them."""

from datetime import UTC, datetime


def rfc3339(moment: datetime) -> str:
    """UTC with milliseconds: `2026-11-21T08:30:00.123Z`."""
    return (
        moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"
    )
