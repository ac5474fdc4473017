"""What the server keeps of each open page: little, bounded, and gone with its tab."""

from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from weakref import WeakValueDictionary

from starlette.requests import Request

from tokentape.ui.answer.live_answer import PaneSubscription
from tokentape.ui.answer.live_answers import LiveAnswers
from tokentape.ui.answer.pane import Pane
from tokentape.ui.answer.timeline_file import FILE_MAX_BYTES
from tokentape.ui.uploads.quota import UploadQuota
from tokentape.ui.uploads.uploads import Uploads

PAGES_MAX = 1_500
"""Gradio keeps what it has to say to the 2,000 newest sessions, whoever made those up."""

OnBehalf = Callable[[Request], Mapping[str, str]]
"""From a visitor's request to the headers that make a request to our own server count as theirs."""


def for_nobody(_visitor: Request) -> Mapping[str, str]:
    """Without such headers: whatever the page asks, its own process asks."""
    return {}


class Page:
    """One open page: whether it is let in, and what each of its panes shows."""

    def __init__(self, owner: str = "", place: str = "") -> None:
        self.admin = False
        """Whether it has shown ADMIN_TOKEN."""
        self.owner = owner
        """The right that it was opened with: see `tokentape.ui.entry.page_owner`."""
        self.place = place
        """Where its visitor comes from."""
        self.stays = 0
        """Answers that last for as long as it is open, such as its heartbeat."""
        self.streams = 0
        """Those of them that bring what its listeners answer."""
        self._panes: dict[str, Pane] = {}

    def pane(self, name: str) -> Pane:
        """The pane with this name, such as `chat`."""
        return self._panes.setdefault(name, Pane())

    def leave(self) -> None:
        """Let go of what is shown, as when the tab closed."""
        for pane in self._panes.values():
            pane.leave()


class Pages:
    """The open pages of one server.

    Past the bound one is closed. Pages that are let in are closed for others that are let in alone;
    of the rest those go first that have no connection, then those of the place that has most.
    """

    def __init__(self, most: int | None = None, on_behalf: OnBehalf = for_nobody) -> None:
        self.on_behalf = on_behalf
        self.live_answers = LiveAnswers()
        self.uploads = Uploads(FILE_MAX_BYTES)
        self.replays = UploadQuota()
        self.looks: WeakValueDictionary[str, PaneSubscription] = WeakValueDictionary()
        """Each look at an answer that is being told, by its id."""
        self.closed: list[Callable[[str, Page], None]] = []
        """Who else lets go of a page that was closed."""
        self._pages: OrderedDict[str, Page] = OrderedDict()
        self._most = PAGES_MAX if most is None else most

    def __len__(self) -> int:
        return len(self._pages)

    def page(self, key: str, owner: str = "", place: str = "") -> Page:
        """The page with this key, a new one if there is none."""
        page = self._pages.get(key)
        if page is None:
            while len(self._pages) >= self._most:
                self.close(self._first_to_go())
            page = self._pages[key] = Page(owner, place)
        self._pages.move_to_end(key)
        return page

    def claim(self, key: str, owner: str, place: str) -> bool:
        """Whether the page is the owner's; who uses a new key first owns it."""
        return self.page(key, owner, place).owner == owner

    @contextmanager
    def staying(self, key: str, *, streams: bool = False) -> Iterator[None]:
        """The page is open for as long as the block runs, if it is not closed in it."""
        page = self.page(key)
        page.stays += 1
        page.streams += streams
        try:
            yield
        finally:
            page.stays -= 1
            page.streams -= streams
            if streams and not page.streams and key not in self._pages:
                self._let_go(key, page)  # it was closed in the block, and others waited for its end

    def is_open(self, key: str) -> bool:
        """Whether there is a page with this key that has a connection."""
        page = self._pages.get(key)
        return page is not None and page.stays > 0

    def close(self, key: str) -> None:
        """Forget a page whose tab is gone."""
        if page := self._pages.pop(key, None):
            page.leave()
            self._let_go(key, page)

    def _let_go(self, key: str, page: Page) -> None:
        for let_go in self.closed:
            let_go(key, page)

    def _first_to_go(self) -> str:
        places = Counter(page.place for page in self._pages.values())

        def worth(key: str) -> tuple[bool, bool, int]:
            page = self._pages[key]
            return page.admin, page.stays > 0, -places[page.place]

        return min(self._pages, key=worth)  # the first of the least is the one used longest ago
