"""Viewer: one user's connection to a server, which asks a question and brings back what it saw.

The viewers of `app.client` again, for gevent: blocking calls, one greenlet a user, and stamps taken
at the socket. They know contracts and sockets, and nothing of Locust.
"""

from typing import Protocol

from app.client.turn import Turn
from loadtests.finding import View
from loadtests.journey import NOTHING, Deed


class Viewer(Protocol):
    """Implementations: `SSEViewer`, `RealtimeViewer`."""

    def ask(self, turn: Turn, deed: Deed = NOTHING) -> View:
        """Ask, and look on until the answer is over, lost, or silent for too long."""
        ...

    def close(self) -> None: ...
