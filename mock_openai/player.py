"""The player: writes each frame of every stream when it is due, by absolute deadlines.

One heap of what is due next and one alarm serve all streams: no task, and no timer, per frame.
It must not know what the frames say.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count

from mock_openai.alarm import Alarm, new_alarm
from mock_openai.ledger import Lags, Ledger
from mock_openai.plan import Ending
from mock_openai.reel import MOST_JOINED, Reel
from mock_openai.wire import Wire

NEVER_NS = 2**63 - 1


class Player:
    """Plays reels on wires; `lags` gathers how late the writes were."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        clock_ns: Callable[[], int] = time.monotonic_ns,
        alarm: Callable[[asyncio.AbstractEventLoop, Callable[[], None]], Alarm] = new_alarm,
    ) -> None:
        self.clock_ns = clock_ns
        self.lags = Lags()
        self.streams = 0
        self._due: list[tuple[int, int, Showing]] = []
        self._order = count()
        self._armed_ns = NEVER_NS
        self._alarm = alarm(loop, self._tick)

    def close(self) -> None:
        self._alarm.close()

    def later(self, due_ns: int, showing: Showing) -> None:
        heappush(self._due, (due_ns, next(self._order), showing))
        if due_ns < self._armed_ns:
            self._armed_ns = due_ns
            self._alarm.set(due_ns)

    def _tick(self) -> None:
        due = self._due
        now_ns = self.clock_ns()
        self._armed_ns = 0  # `later` need not set the alarm: that is done below, once
        # Only what is due now, even if that takes long: sockets must be heard in between.
        while due and due[0][0] <= now_ns:
            heappop(due)[2].advance()
        self._armed_ns = due[0][0] if due else NEVER_NS
        if due:
            self._alarm.set(self._armed_ns)


class Showing:
    """One reel that is being played on one wire.

    A reader that does not read is not written to: what is due meanwhile waits, and leaves in few
    writes when the reader is back. So at most one write is buffered beyond the socket.
    """

    __slots__ = (
        "_clock_ns", "_lead", "_next", "_on_end", "_paused_ns", "_player", "_reel", "_wire",
        "ledger", "over",
    )  # fmt: skip

    def __init__(
        self,
        player: Player,
        wire: Wire,
        reel: Reel,
        ledger: Ledger,
        on_end: Callable[[Ending], None],
    ) -> None:
        self.ledger = ledger
        self.over = False
        self._player = player
        self._clock_ns = player.clock_ns
        self._wire = wire
        self._reel = reel
        self._on_end = on_end
        self._next = 0
        self._paused_ns: int | None = None
        self._lead = b""

    def start(self, lead: bytes, *, at_once: bool) -> None:
        """`lead` is the HTTP head; it leaves now, or with the first write."""
        self._lead = lead
        self._player.streams += 1
        first_ns = self.ledger.start_ns + self._reel.writes[0].due_ns
        if at_once and first_ns > self._clock_ns():
            self._lead = b""
            self._write(lead)
        self.advance()

    def advance(self) -> None:
        """Writes all that is due, and says when to come back."""
        if self.over or self._paused_ns is not None:
            return
        writes = self._reel.writes
        start_ns = self.ledger.start_ns
        now_ns = self._clock_ns()
        at = self._next
        if start_ns + writes[at].due_ns <= now_ns:
            last = at + 1
            if not self._reel.apart:  # a late write takes along what has become due since
                room = MOST_JOINED - len(writes[at].data)
                while last < len(writes) and start_ns + writes[last].due_ns <= now_ns:
                    room -= len(writes[last].data)
                    if room < 0:
                        break
                    last += 1
            if not self._emit(at, last):
                return
            at = last
        self._player.later(start_ns + writes[at].due_ns, self)

    def _emit(self, at: int, last: int) -> bool:
        """Writes those from `at` to before `last`; False when there is nothing to wait for."""
        writes = self._reel.writes
        write = writes[at]
        data = write.data
        if last > at + 1:
            data = b"".join([one.data for one in writes[at:last]])
        if self._lead:
            data = self._lead + data
            self._lead = b""
        self._next = last
        if data:
            self._write(data)
        written_ns = self._clock_ns()
        self.ledger.note(writes[last - 1].upto, written_ns)
        self._player.lags.note(written_ns - self.ledger.start_ns - write.due_ns)
        if self._paused_ns is not None:
            return False
        if last == len(writes):
            self._finish()
            return False
        return True

    def _write(self, data: bytes) -> None:
        if not self._wire.write(data):
            self._paused_ns = self._clock_ns()

    def resume(self) -> None:
        """The reader has caught up."""
        if self.over or self._paused_ns is None:
            return
        self.ledger.pauses.append((self._paused_ns, self._clock_ns()))
        self._paused_ns = None
        if self._next == len(self._reel.writes):
            self._finish()
        else:
            self.advance()

    def _finish(self) -> None:
        ending = self._reel.ending
        if ending == "hang":
            return  # open and silent until the client closes
        self._stop()
        self._on_end(ending)

    def stop(self) -> None:
        """The client or the server has closed: nothing is written any more."""
        if not self.over:
            self._stop()

    def _stop(self) -> None:
        self.over = True
        self._player.streams -= 1
