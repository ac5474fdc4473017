"""Turns: times at which this event loop surely ran. A loop that went on to wait, and was not woken
for a socket, says that the socket was still empty by then, whoever is halted afterwards."""

import asyncio
import time
from weakref import WeakKeyDictionary

TICK_S = 0.005
"""How often it ticks while somebody waits."""

_BEFORE = 2
"""The latest tick may be of the turn that brought the bytes, and the one before it of a turn that
was halted when it had looked: only what looked after an earlier one proves anything."""


class LoopTurns:
    """Of one loop; it ticks while it has users."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.count = 0
        self._loop = loop
        self._times = [0] * (_BEFORE + 1)
        self._users = 0
        self._handle: asyncio.TimerHandle | None = None

    def join(self) -> int:
        """Be a user; returns how often it has ticked, for `empty_ns`."""
        self._users += 1
        if self._handle is None:
            self._handle = self._loop.call_later(TICK_S, self._tick)
        return self.count

    def leave(self) -> None:
        """Be one no more."""
        self._users -= 1
        if not self._users and self._handle is not None:
            self._handle.cancel()
            self._handle = None

    def empty_ns(self, since: int) -> int:
        """When a socket that has just been readable was surely still empty (CLOCK_MONOTONIC), if it
        has been read from whenever it was readable since that many ticks; 0 where nobody knows."""
        return self._times[0] if self.count - since > _BEFORE else 0

    def _tick(self) -> None:
        self.count += 1
        self._times = [*self._times[1:], time.monotonic_ns()]
        self._handle = self._loop.call_later(TICK_S, self._tick)


_KNOWN: WeakKeyDictionary[asyncio.AbstractEventLoop, LoopTurns] = WeakKeyDictionary()


def turns() -> LoopTurns:
    """Of the running loop."""
    loop = asyncio.get_running_loop()
    known = _KNOWN.get(loop)
    if known is None:
        known = _KNOWN[loop] = LoopTurns(loop)
    return known
