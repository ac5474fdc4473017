"""Viewer: one user's connection to a server, which asks a question and brings back what it saw.

The viewers of `tokentape.client` again, for gevent: blocking calls, one greenlet a user, and stamps
taken at the socket. They know contracts and sockets, and nothing of Locust.
"""

from typing import Protocol

from tokentape.client.turn import Turn
from tokentape_load.judging.answer_result import View
from tokentape_load.workload.journeys import NOTHING, Deed


class Viewer(Protocol):
    """Implementations: `SSEViewer`, `RealtimeViewer`."""

    def view_answer(self, turn: Turn, deed: Deed = NOTHING) -> View:
        """Ask, and look on until the answer is over, lost, or silent for too long."""
        ...

    def close(self) -> None: ...
