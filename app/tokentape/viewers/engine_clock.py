"""Engine.IO tells a dead peer by the wall clock: a clock that is set would end every connection.

It has no setting for that, so its module is given the monotonic clock in its place.
"""

import time

from engineio import async_socket


class Monotonic:
    """The `time` module, as far as Engine.IO's sockets use it."""

    time = staticmethod(time.monotonic)


def keep_time_monotonic() -> None:
    """For all Engine.IO servers of this process; again changes nothing."""
    async_socket.time = Monotonic
