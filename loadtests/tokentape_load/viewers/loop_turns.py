"""When this thread's event loop last began to wait. A loop that waited, and was not woken
for a socket, says that the socket was still empty by then, whoever is halted afterwards."""

import time
from weakref import WeakKeyDictionary

import gevent

_TICK_S = 0.005
"""A loop that nothing wakes turns as often, so that its latest turn is never long ago."""


class Turns:
    """Of one loop. Times are CLOCK_MONOTONIC, in nanoseconds; 0 before there were two turns."""

    def __init__(self, hub: gevent.hub.Hub) -> None:
        self.latest_ns = self.before_ns = 0
        """When it began to wait in its latest turn, and in the one before: who is woken now was not
        to be woken then."""
        self._prepare = hub.loop.prepare(ref=False)
        self._prepare.start(self._turn)
        self._tick = hub.loop.timer(_TICK_S, _TICK_S, ref=False)
        self._tick.start(_nothing)

    def _turn(self) -> None:
        self.before_ns, self.latest_ns = self.latest_ns, time.monotonic_ns()


def _nothing() -> None:
    """A timer wants something to call."""


_KNOWN: WeakKeyDictionary[gevent.hub.Hub, Turns] = WeakKeyDictionary()


def turns() -> Turns:
    """Of this thread's loop."""
    hub = gevent.get_hub()
    known = _KNOWN.get(hub)
    if known is None:
        known = _KNOWN[hub] = Turns(hub)
    return known
