"""Watching: one pane of a page, which takes one question at a time and shows its answer."""

import contextlib
from collections.abc import Callable, Iterator

from tokentape.ui.answer.live_answer import LiveAnswer, PaneSubscription

Begin = Callable[[], LiveAnswer]
"""What to show: a telling that is made, or found, when the page is ready to show it."""


class Pane:
    """What is shown next, and what is shown now."""

    def __init__(self) -> None:
        self.said = False
        """Whether something was said that could be asked again."""
        self._next: Begin | None = None
        self._look: PaneSubscription | None = None
        self._telling: LiveAnswer | None = None

    @property
    def busy(self) -> bool:
        """Whether a question waits or is being answered."""
        return self._look is not None or self._next is not None

    def ask(self, begin: Begin | None) -> bool:
        """Take a question, one at a time; whether it was taken."""
        if begin is None or self.busy:
            return False
        self._next, self.said = begin, True
        return True

    @contextlib.contextmanager
    def looking(self) -> Iterator[tuple[LiveAnswer, PaneSubscription] | None]:
        """What waits to be shown, if anything does. Busy until the block is left."""
        begin, self._next = self._next, None
        if begin is None:
            yield None
            return
        look = self._look = PaneSubscription()
        try:
            telling = self._telling = begin()
            yield telling, look
        finally:
            if self._look is look:
                self._look = self._telling = None

    async def stop(self) -> None:
        """Stop what is shown, if anything."""
        if self._telling is not None:
            await self._telling.stop()

    def leave(self) -> None:
        """Let go of what is shown, as when the tab closed; the answer goes on."""
        if self._look is not None:
            self._look.leave()
        self._look = self._telling = self._next = None
