"""Pages: what the server keeps of each open page: little, bounded, and gone with its tab."""

from collections import OrderedDict
from collections.abc import Callable, Mapping
from weakref import WeakValueDictionary

from starlette.requests import Request

from app.ui.chat.telling import Look
from app.ui.chat.tellings import Tellings
from app.ui.chat.watching import Watching

PAGES_MAX = 2_000

OnBehalf = Callable[[Request], Mapping[str, str]]
"""From a visitor's request to the headers that make a request to our own server count as theirs."""


def for_nobody(_visitor: Request) -> Mapping[str, str]:
    """Without such headers: whatever the page asks, its own process asks."""
    return {}


class Page:
    """One open page: whether it is let in, and what each of its panes shows."""

    def __init__(self) -> None:
        self.admin = False
        """Whether it has shown ADMIN_TOKEN."""
        self._panes: dict[str, Watching] = {}

    def pane(self, name: str) -> Watching:
        """The pane with this name, such as `chat`."""
        return self._panes.setdefault(name, Watching())

    def leave(self) -> None:
        """Let go of what is shown, as when the tab closed."""
        for pane in self._panes.values():
            pane.leave()


class Pages:
    """The open pages of one server. Past the bound the one that was used longest ago is closed."""

    def __init__(self, most: int = PAGES_MAX, on_behalf: OnBehalf = for_nobody) -> None:
        self.on_behalf = on_behalf
        self.tellings = Tellings()
        self.looks: WeakValueDictionary[str, Look] = WeakValueDictionary()
        """Each look at an answer that is being told, by its id."""
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
