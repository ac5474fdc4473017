"""The ledger of a stream: when each frame was really written, beside when it was due.

Kept per write, not per frame: frames that left in one write share its time.
"""

from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from mock_openai.plan.write_schedule import Columns


class Ledger:
    """Times are CLOCK_MONOTONIC in ns; `pauses` are the times when the reader did not read."""

    __slots__ = ("_columns", "_shifts", "_times", "_uptos", "pauses", "start_ns")

    def __init__(self, columns: Columns, start_ns: int) -> None:
        self.start_ns = start_ns
        self.pauses: list[tuple[int, int]] = []
        self._columns = columns
        self._shifts: list[tuple[int, int]] = []
        self._uptos = array("l")
        self._times = array("q")

    def note(self, upto: int, written_ns: int) -> None:
        """All frames before `upto` have left; those not noted before left at `written_ns`."""
        self._uptos.append(upto)
        self._times.append(written_ns)

    def shift(self, later_ns: int) -> None:
        """What has not left yet is due so much later: a gate has held it."""
        self._shifts.append((self.sent, later_ns))

    @property
    def sent(self) -> int:
        """How many frames have left."""
        return self._uptos[-1] if self._uptos else 0

    def times(self) -> Sequence[int]:
        """When the writes left."""
        return self._times

    def rows(self, first: int = 0) -> Iterator[tuple[int, int, int, int, str, int]]:
        """(seq, due_ns, written_ns, lag_ns, kind, size in bytes) of each frame that left, from
        `first` on."""
        seq = first
        columns, sizes = self._columns, list(self._columns.sizes)
        write = bisect_right(self._uptos, first)
        for upto, written_ns in zip(self._uptos[write:], self._times[write:], strict=True):
            while seq < upto:
                due_ns = self.start_ns + columns.due_ns[seq]
                due_ns += sum(late_ns for place, late_ns in self._shifts if seq >= place)
                lag_ns = written_ns - due_ns
                yield seq, due_ns, written_ns, lag_ns, columns.kinds[seq], sizes[seq]
                seq += 1


class Lags:
    """The lags of the last writes, of all streams: a ring, so that memory stays flat."""

    def __init__(self, size: int = 65_536) -> None:
        self._ring = array("q", bytes(8 * size))
        self._size = size
        self.count = 0

    def note(self, lag_ns: int) -> None:
        """A frame has left that much after it was due."""
        self._ring[self.count % self._size] = lag_ns
        self.count += 1

    def quantiles_ns(self) -> dict[str, int] | None:
        """p50, p99 and max of the ring; None before the first write."""
        lags = sorted(self._ring[: min(self.count, self._size)])
        if not lags:
            return None
        top = len(lags) - 1
        return {"p50": lags[top // 2], "p99": lags[top * 99 // 100], "max": lags[top]}
