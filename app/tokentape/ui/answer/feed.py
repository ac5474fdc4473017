"""Feed: what a page is told of one answer, as one text of JSON lines that only grows at its end.

Pure. Gradio sends what was appended to a text, so a line costs its own length, and a change of one
text is the least work for the page. Once the text is long its beginning is cut off and what stays
is sent again; a page that was further behind asks for a snapshot.
"""

from collections import deque

import orjson

from tokentape.contract.contract import Json

FEED_MAX = 40_000
"""Characters that one update of the page may hold before the oldest lines are cut off."""
FEED_KEPT = 3_000
"""Characters that stay then: what a page may be behind and still miss none."""
UNSHOWN_MAX = 4 * FEED_MAX
"""Characters that stay as long as no page was sent them; past that, all that is too old goes."""


class Feed:
    """Lines are numbered from 0."""

    def __init__(self) -> None:
        self.first = 0
        """The number of the first line that is held."""
        self.text = ""
        self._lengths: deque[int] = deque()
        self._shown = 0

    @property
    def count(self) -> int:
        """Lines pushed so far."""
        return self.first + len(self._lengths)

    def push(self, value: Json) -> None:
        """Add one line. Past the bound the oldest go, and a page that lacks them asks for a
        snapshot."""
        line = orjson.dumps(value).decode() + "\n"
        if len(self.text) + len(line) > FEED_MAX:
            self._cut(FEED_KEPT, self._shown)
        if len(self.text) + len(line) > UNSHOWN_MAX:
            self._cut(FEED_KEPT)
        self._lengths.append(len(line))
        self.text += line

    def show(self) -> str:
        """The window, to be sent to a page."""
        self._shown = self.count
        return self.text

    def skip(self) -> None:
        """What was told does not add up to what there is: every page asks for a snapshot."""
        self.push(None)
        self._cut(0)

    def _cut(self, most: int, before: int | None = None) -> None:
        """Down to so many characters, of the lines before this number alone."""
        gone, length = 0, len(self.text)
        while self._lengths and length - gone > most and (before is None or self.first < before):
            gone += self._lengths.popleft()
            self.first += 1
        self.text = self.text[gone:]
