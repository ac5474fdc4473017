"""What happens inside of an app under test, as events: whoever waits looks again at each.

The app's figures (metrics), what falls due in rooms, uvicorn's connections and requests, and log
records are noted when they change. So a test waits for what nobody announces without looking at the
clock.
"""

import asyncio
import logging
from collections.abc import Callable
from typing import Any

from prometheus_client.values import MutexValue

from tokentape.rooms.room_service import RoomService

PATIENCE_S = 60
"""Only a test that fails waits so long."""


class Changes(logging.Handler):
    """Notes changes, from any thread, for whoever waits in a loop."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self._waiting: set[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = set()

    def note(self) -> None:
        """Something has changed."""
        for loop, changed in list(self._waiting):
            loop.call_soon_threadsafe(changed.set)

    def emit(self, record: logging.LogRecord) -> None:
        self.note()

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait until it is true, looking again after each change."""
        changed = asyncio.Event()
        waiting = (asyncio.get_running_loop(), changed)
        self._waiting.add(waiting)
        try:
            async with asyncio.timeout(PATIENCE_S):
                while not true():
                    changed.clear()
                    await changed.wait()
        finally:
            self._waiting.discard(waiting)


class NotedSet(set[Any]):
    """A set whose changes are noted."""

    def __init__(self, changes: Changes) -> None:
        super().__init__()
        self._changes = changes

    def add(self, element: Any) -> None:
        super().add(element)
        self._changes.note()

    def discard(self, element: Any) -> None:
        super().discard(element)
        self._changes.note()

    def remove(self, element: Any) -> None:
        super().remove(element)
        self._changes.note()


CHANGES = Changes()
until = CHANGES.until


def _noted(change: Callable[..., None]) -> Callable[..., None]:
    def noted(*given: Any, **more: Any) -> None:
        change(*given, **more)
        CHANGES.note()

    return noted


MutexValue.inc = _noted(MutexValue.inc)  # type: ignore[method-assign]
MutexValue.set = _noted(MutexValue.set)  # type: ignore[method-assign]
RoomService._tick = _noted(RoomService._tick)  # type: ignore[method-assign]
logging.getLogger("tokentape").addHandler(CHANGES)
