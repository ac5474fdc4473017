"""Pages: what the server keeps of each open page: little, bounded, and gone with its tab."""

import asyncio
import contextlib
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from weakref import WeakValueDictionary

from starlette.requests import Request

from app.client.viewer import Viewer, run_of
from app.ui.chat.asking import SILENCE, Asked, Talk
from app.ui.chat.pace import Pace

PAGES_MAX = 2_000

OnBehalf = Callable[[Request], Mapping[str, str]]
"""From a visitor's request to the headers that make a request to our own server count as theirs."""


def for_nobody(_visitor: Request) -> Mapping[str, str]:
    """Without such headers: whatever the page asks, its own process asks."""
    return {}


@dataclass(slots=True)
class Watch:
    """One answer under way on one page."""

    viewer: Viewer
    left: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when the page no longer wants to see it; the run goes on without it."""

    async def stop(self) -> None:
        """Ask for the end. A run without a name yet can't be named: it is only left."""
        if run_of(self.viewer) is None:
            self.left.set()
        else:
            await self.viewer.stop()


@dataclass(slots=True)
class Page:
    """One open page: what was said on it, what is asked next, what it watches."""

    talk: Talk = SILENCE
    watch: Watch | None = None
    admin: bool = False
    """Whether it has shown ADMIN_TOKEN."""
    _next: Asked | None = None
    _answering: bool = False

    @property
    def busy(self) -> bool:
        """Whether a question waits or is being answered."""
        return self._answering or self._next is not None

    def ask(self, asked: Asked | None) -> bool:
        """Take a question, one at a time; whether it was taken."""
        if asked is None or self.busy:
            return False
        self._next = asked
        return True

    @contextlib.contextmanager
    def answering(self) -> Iterator[Asked | None]:
        """The question that waits, if one does. The page is busy until the block is left."""
        asked, self._next = self._next, None
        if asked is None:
            yield None
            return
        self._answering = True
        try:
            yield asked
        finally:
            self._answering = False

    @contextlib.contextmanager
    def watching(self, viewer: Viewer) -> Iterator[Watch]:
        """Keep a watch while its answer comes. An older one is left."""
        self.leave()
        watch = self.watch = Watch(viewer)
        try:
            yield watch
        finally:
            if self.watch is watch:
                self.watch = None

    async def stop(self) -> None:
        """Stop what is watched, if anything."""
        if self.watch:
            await self.watch.stop()

    def leave(self) -> None:
        """Let go of what is watched, as when the tab closed."""
        if self.watch:
            self.watch.left.set()
            self.watch = None


class Pages:
    """The open pages of one server. Past the bound the one that was used longest ago is closed."""

    def __init__(self, most: int = PAGES_MAX, on_behalf: OnBehalf = for_nobody) -> None:
        self.on_behalf = on_behalf
        self.paces: WeakValueDictionary[str, Pace] = WeakValueDictionary()
        """The pace of each turn that is being told, by the turn's id."""
        self._pages: OrderedDict[str, Page] = OrderedDict()
        self._most = most

    def __len__(self) -> int:
        return len(self._pages)

    def page(self, key: str) -> Page:
        """The page with this key, a new one if there is none."""
        page = self._pages.setdefault(key, Page())
        self._pages.move_to_end(key)
        while len(self._pages) > self._most:
            self.close(next(iter(self._pages)))
        return page

    def close(self, key: str) -> None:
        """Forget a page whose tab is gone."""
        if page := self._pages.pop(key, None):
            page.leave()
