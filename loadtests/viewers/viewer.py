"""Viewer: one user's connection to a server, which asks a question and brings back what it saw.

The viewers of `app.client` again, for gevent: blocking calls, one greenlet a user, and stamps taken
at the socket read itself. They know contracts and sockets, and nothing of Locust.
"""

import time
from typing import Protocol

import gevent
import gevent.socket

from app.client.turn import Turn
from loadtests.finding import View
from loadtests.journey import NOTHING, Deed

READ_BYTES = 65_536
"""More than a server writes at once: what one read brings is what the socket had."""


def stamped(sock: gevent.socket.socket) -> tuple[int, bytes]:
    """What the socket has, and when that was read (CLOCK_MONOTONIC, ns).

    All others whose sockets have something read it before the first does anything with what it got:
    otherwise the last of a hundred that hear at once is late by the work of all.
    """
    received: bytes = sock.recv(READ_BYTES)
    at_ns = time.monotonic_ns()
    gevent.sleep(0)
    return at_ns, received


class Viewer(Protocol):
    """Implementations: `SSEViewer`, `RealtimeViewer`."""

    def ask(self, turn: Turn, deed: Deed = NOTHING) -> View:
        """Ask, and look on until the answer is over, lost, or silent for too long."""
        ...

    def close(self) -> None: ...
