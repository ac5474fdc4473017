"""Virtual time: it stands still while there is something to write or to hear, and then jumps to
what is due next. An hour's stall takes a millisecond, and every frame is exactly on time."""

import asyncio
from collections.abc import Callable

_BEGIN_NS = 1_000_000_000
_TURNS = 4
"""Turns of the loop before time jumps: what is on the sockets already is heard at this time."""


class VirtualClock:
    """In ns, from the mock's start."""

    def __init__(self) -> None:
        self._now_ns = _BEGIN_NS

    def __call__(self) -> int:
        return self._now_ns

    def jump(self, to_ns: int) -> None:
        """Never backwards."""
        self._now_ns = max(self._now_ns, to_ns)

    def alarm(self, loop: asyncio.AbstractEventLoop, ring: Callable[[], None]) -> "VirtualTimer":
        """The alarm that moves this clock."""
        return VirtualTimer(self, loop, ring)


class VirtualTimer:
    """Rings soon, with the clock at the time that it was set to."""

    def __init__(
        self, clock: VirtualClock, loop: asyncio.AbstractEventLoop, ring: Callable[[], None]
    ) -> None:
        self._clock = clock
        self._loop = loop
        self._ring = ring
        self._due_ns = 0
        self._left = 0
        self._turning = False
        self._closed = False

    def set(self, due_ns: int) -> None:
        self._due_ns = due_ns
        self._left = _TURNS
        if not self._turning:
            self._turning = True
            self._loop.call_soon(self._turn)

    def _turn(self) -> None:
        if self._closed:
            return
        self._left -= 1
        if self._left > 0:
            self._loop.call_soon(self._turn)
            return
        self._turning = False
        self._clock.jump(self._due_ns)
        self._ring()

    def close(self) -> None:
        self._closed = True
