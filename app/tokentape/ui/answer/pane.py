"""One pane of a page, which takes one question at a time and shows its answer."""

import contextlib
from collections.abc import Callable, Iterator

from tokentape.ui.answer.live_answer import LiveAnswer, PaneSubscription

Begin = Callable[[], LiveAnswer]
"""What to show: a live answer that is made, or found, when the page is ready to show it."""


class Pane:
    """What is shown next, and what is shown now."""

    def __init__(self) -> None:
        self.submitted = False
        """Whether something was said that could be asked again."""
        self._next: Begin | None = None
        self._subscription: PaneSubscription | None = None
        self._answer: LiveAnswer | None = None

    @property
    def busy(self) -> bool:
        """Whether a question waits or is being answered."""
        return self._subscription is not None or self._next is not None

    def submit(self, begin: Begin | None) -> bool:
        """Take a question, one at a time; whether it was taken."""
        if begin is None or self.busy:
            return False
        self._next, self.submitted = begin, True
        return True

    @contextlib.contextmanager
    def next_answer(self) -> Iterator[tuple[LiveAnswer, PaneSubscription] | None]:
        """What waits to be shown, if anything does. Busy until the block is left."""
        begin, self._next = self._next, None
        if begin is None:
            yield None
            return
        subscription = self._subscription = PaneSubscription()
        try:
            live = self._answer = begin()
            yield live, subscription
        finally:
            if self._subscription is subscription:
                self._subscription = self._answer = None

    async def stop(self) -> None:
        """Stop what is shown, if anything."""
        if self._answer is not None:
            await self._answer.stop()

    def leave(self) -> None:
        """Let go of what is shown, as when the tab closed; the answer goes on."""
        if self._subscription is not None:
            self._subscription.leave()
        self._subscription = self._answer = self._next = None
