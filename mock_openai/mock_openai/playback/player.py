"""The player: writes each frame of every stream when it is due, by absolute deadlines.

One heap of what is due next and one alarm serve all streams: no task, and no timer, per frame.
It must not know what the frames say.
"""

import asyncio
import time
from bisect import bisect_right
from collections.abc import Callable
from heapq import heappop, heappush
from itertools import count

from mock_openai.plan.plan import Ending
from mock_openai.plan.write_schedule import MOST_JOINED, WriteSchedule
from mock_openai.playback.ledger import Lags, Ledger
from mock_openai.playback.socket_writer import SocketWriter
from mock_openai.playback.timers import Timer, new_alarm

NEVER_NS = 2**63 - 1


class Player:
    """Plays schedules on connections; `lags` gathers how late the writes were."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        clock_ns: Callable[[], int] = time.monotonic_ns,
        alarm: Callable[[asyncio.AbstractEventLoop, Callable[[], None]], Timer] = new_alarm,
    ) -> None:
        self.clock_ns = clock_ns
        self.lags = Lags()
        self.streams = 0
        self.numbers = count()
        self._due: list[tuple[int, int, Playback]] = []
        self._armed_ns = NEVER_NS
        self._in_round = False
        self._alarm = alarm(loop, self._ring)

    def close(self) -> None:
        """Plays nothing more."""
        self._alarm.close()

    def later(self, due_ns: int, playback: "Playback") -> None:
        """A playback is in the heap at most once, so that its number decides between equals."""
        heappush(self._due, (due_ns, playback.number, playback))
        if due_ns < self._armed_ns and not self._in_round:
            self._armed_ns = due_ns
            self._alarm.set(due_ns)

    def quiet_ns(self) -> int:
        """How long nothing is due."""
        return self._due[0][0] - self.clock_ns() if self._due else NEVER_NS

    def catch_up(self) -> None:
        """Writes what is due; for those who are about to keep the loop busy with something else."""
        if self._due and self._due[0][0] <= self.clock_ns() and not self._in_round:
            self._round()

    def _ring(self) -> None:
        try:
            self._round()
        finally:  # one stream's failure must not silence all others
            if self._due:
                self._armed_ns = self._due[0][0]
                self._alarm.set(self._armed_ns)
            else:
                self._armed_ns = NEVER_NS

    def _round(self) -> None:
        """Only what is due now, even if that takes long: sockets must be heard in between."""
        due = self._due
        until_ns = self.clock_ns()
        self._in_round = True  # `later` need not set the alarm: `_ring` does, once
        try:
            while due and due[0][0] <= until_ns:
                heappop(due)[2].advance()
        finally:
            self._in_round = False


class Playback:
    """One schedule that is being played on one connection.

    A reader that does not read is not written to: what is due meanwhile waits, and leaves in few
    writes when the reader is back. So at most one write is buffered beyond the socket.
    """

    __slots__ = (
        "__weakref__",
        "_clock_ns",
        "_dues",
        "_lead",
        "_limit",
        "_next",
        "_on_end",
        "_paused_ns",
        "_player",
        "_schedule",
        "_start_ns",
        "_waits",
        "_write",
        "had_gate",
        "ledger",
        "number",
        "over",
    )  # fmt: skip

    def __init__(
        self,
        player: Player,
        wire: SocketWriter,
        schedule: WriteSchedule,
        ledger: Ledger,
        on_end: Callable[[Ending], None],
    ) -> None:
        self.ledger = ledger
        self.had_gate = schedule.gate is not None
        self.number = next(player.numbers)
        self.over = False
        self._player = player
        self._clock_ns = player.clock_ns
        self._write = wire.write
        self._schedule = schedule
        self._dues = schedule.dues
        self._start_ns = ledger.start_ns
        self._on_end = on_end
        self._next = 0
        self._paused_ns: int | None = None
        self._lead = b""
        self._limit = len(self._dues) if schedule.gate is None else schedule.gate
        self._waits = False

    def start(self, lead: bytes, *, at_once: bool) -> None:
        """`lead` is the HTTP head; it leaves now, or with the first write."""
        self._lead = lead
        self._player.streams += 1
        if at_once and self._start_ns + self._dues[0] > self._clock_ns():
            self._lead = b""
            if not self._write(lead):
                self._paused_ns = self._clock_ns()
        self.advance()

    def advance(self) -> None:
        """Writes all that is due, and says when to come back."""
        if self.over or self._paused_ns is not None:
            return
        dues = self._dues
        start_ns = self._start_ns
        at = self._next
        if at == self._limit:
            self._waits = True
            return
        due_ns = start_ns + dues[at]
        now_ns = self._clock_ns()
        if due_ns > now_ns:
            self._player.later(due_ns, self)
            return
        last = at + 1
        if last < self._limit and start_ns + dues[last] <= now_ns and not self._schedule.apart:
            last = self._late(at, now_ns)
        data = self._schedule.wire(at, last)
        if self._lead:
            data = self._lead + data
            self._lead = b""
        self._next = last
        all_taken = self._write(data) if data else True
        written_ns = self._clock_ns()
        self.ledger.note(self._schedule.uptos[last - 1], written_ns)
        self._player.lags.note(written_ns - due_ns)
        if not all_taken:
            self._paused_ns = written_ns
        elif last < len(dues):
            self._player.later(start_ns + dues[last], self)
        else:
            self._finish()

    def _late(self, at: int, now_ns: int) -> int:
        """A late write takes along what has become due since; returns the first one after."""
        dues, datas = self._dues, self._schedule.datas
        room = MOST_JOINED - len(datas[at])
        last = at + 1
        while last < self._limit and self._start_ns + dues[last] <= now_ns:
            room -= len(datas[last])
            if room < 0:
                break
            last += 1
        return last

    @property
    def is_held(self) -> bool:
        """All that its gate lets through has left, and there is more."""
        return not self.over and self._next == self._limit < len(self._dues)

    @property
    def gated(self) -> bool:
        """There is a gate before something that has not left."""
        return not self.over and self._limit < len(self._dues)

    @property
    def unread(self) -> bool:
        """Its reader does not read."""
        return not self.over and self._paused_ns is not None

    def hold(self, frame: int | None = None) -> bool:
        """Hold it before the write with this frame, or before the next one; False: that is out."""
        write = self._next if frame is None else bisect_right(self._schedule.uptos, frame)
        if self.over or write < self._next or write >= len(self._dues):
            return False
        self._limit = write
        self.had_gate = True
        return True

    def let(self, writes: int | None = None) -> None:
        """So many more writes may leave, or all. What the gate has held back is due from now on,
        with the gaps that it had."""
        most = len(self._dues)
        self._limit = most if writes is None else min(most, self._limit + writes)
        if not self._waits or self.over:
            return
        self._waits = False
        late_ns = self._clock_ns() - (self._start_ns + self._dues[self._next])
        if late_ns > 0:
            self._start_ns += late_ns
            self.ledger.shift(late_ns)
        self.advance()

    def resume(self) -> None:
        """The reader has caught up."""
        if self.over or self._paused_ns is None:
            return
        self.ledger.pauses.append((self._paused_ns, self._clock_ns()))
        self._paused_ns = None
        if self._next == len(self._dues):
            self._finish()
        else:
            self.advance()

    def _finish(self) -> None:
        ending = self._schedule.ending
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
