"""One answer, sent to every page that looks at it, and going on when none does.

Pages come and go; the answer is looked at once, with the times of its own reads.
"""

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

from tokentape.client.viewer import Viewer, run_of
from tokentape.ui.answer.answer_view import AnswerView
from tokentape.ui.answer.frame_pacing import Pace
from tokentape.ui.answer.hop_latency import Painting, hops_of

UNSEEN_S = 30.0
"""How long an answer goes on that no page looks at; then its run is left to the server's grace."""


class PaneSubscription:
    """One page's view of one answer."""

    def __init__(self) -> None:
        self.id = secrets.token_hex(8)
        self.pace = Pace()
        self.left = False
        self.woken = asyncio.Event()

    def leave(self) -> None:
        """The page no longer wants to see it; the answer goes on."""
        self.left = True
        self.woken.set()


Fill = Callable[["LiveAnswer"], Awaitable[None]]
"""Fills a live answer's view."""


class LiveAnswer:
    """`fill` fills the view, and calls `changed` after each change of it."""

    def __init__(
        self,
        view: AnswerView,
        fill: Fill,
        *,
        unseen_s: float = UNSEEN_S,
    ) -> None:
        self.view = view
        self.viewer: Viewer | None = None
        """Through which the server is asked to stop, while there is one."""
        self._fill = fill
        self._version = 0
        self._subscriptions: set[PaneSubscription] = set()
        self._unseen_s = unseen_s
        self._leaving: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None

    @property
    def over(self) -> bool:
        """Whether the answer is over, judged or let go."""
        return self._task is not None and self._task.done()

    @property
    def abandoned(self) -> bool:
        """Whether it was let go in the middle, for want of a page."""
        return self.over and self._task is not None and self._task.cancelled()

    def begin(self) -> "LiveAnswer":
        """Begin to tell, if that has not begun; returns itself."""
        if self._task is None:
            self._task = asyncio.create_task(self._run())
            self._task.add_done_callback(lambda _: self._wake())
            self._unseen()
        return self

    async def _run(self) -> None:
        try:
            await self._fill(self)
        finally:
            # Before it is over: a page that comes back right then would take the last change as
            # shown, and miss the verdict.
            self.changed()

    def changed(self) -> None:
        """The view has changed: tell the pages."""
        self._version += 1
        self._wake()

    def _wake(self) -> None:
        for subscription in self._subscriptions:
            subscription.woken.set()

    async def ended(self) -> None:
        """Wait until the answer is over and judged."""
        if self._task is not None:
            await asyncio.wait({self._task})

    async def stop(self) -> None:
        """Ask the server for the end. A run without a name can't be named: it is left."""
        viewer = self.viewer
        if viewer is not None and run_of(viewer) is not None:
            await viewer.stop()
        elif not self.over:
            await self.leave()

    async def leave(self) -> None:
        """Let go of the answer."""
        if self._task is not None:
            self._task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._task

    async def frames(
        self, subscription: PaneSubscription, *, clock: Callable[[], float] = time.monotonic
    ) -> AsyncIterator[AnswerView]:
        """The view, again after each change, at the subscription's pace: at once after a pause and
        otherwise once in a frame. Ends with the answer, or when the subscription is left."""
        if self._leaving:
            self._leaving.cancel()
        self._subscriptions.add(subscription)
        shown, due, lines = -1, clock(), 0
        try:
            while not subscription.left:
                subscription.woken.clear()
                over = self.over
                if shown != self._version:
                    if (pause := due - clock()) > 0:
                        await asyncio.sleep(pause)
                    characters = len(self.view.text)
                    shown, over = self._version, self.over
                    fresh, lines = self.view.feed.count - lines, self.view.feed.count
                    due = clock() + subscription.pace.frame_s(characters, fresh)
                    subscription.pace.sent(characters, clock())
                    yield self.view
                elif over:
                    return
                else:
                    await subscription.woken.wait()
        finally:
            self._subscriptions.discard(subscription)
            self._unseen()

    def painted(self, paintings: Sequence[Painting], start: int) -> None:
        """A page told when it had painted what, of what came after so many characters."""
        self.view.hops = hops_of(self.view.reads, self.view.played, paintings, start)

    def _unseen(self) -> None:
        if self._subscriptions or self.over:
            return
        loop = asyncio.get_running_loop()
        self._leaving = loop.call_later(self._unseen_s, self._abandon)

    def _abandon(self) -> None:
        if not self._subscriptions and self._task is not None:
            self._task.cancel()
