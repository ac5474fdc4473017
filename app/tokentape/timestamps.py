"""Moments as the wire writes them."""

from datetime import UTC, datetime, timedelta


def rfc3339(moment: datetime) -> str:
    """UTC with milliseconds: `2026-11-21T08:30:00.123Z`."""
    return (
        moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03}Z"
    )


class Moments:
    """Times of one run: its start by the wall clock and what a steady clock adds, so that they are
    the same whenever they are told."""

    def __init__(self, started_s: float, first_ns: int | None = None) -> None:
        self._started = datetime.fromtimestamp(started_s, UTC)
        self._first_ns = first_ns

    def __call__(self, at_ns: int) -> str:
        """The first that is asked for is the start, unless it was given."""
        if self._first_ns is None:
            self._first_ns = at_ns
        return rfc3339(self._started + timedelta(microseconds=(at_ns - self._first_ns) // 1_000))
