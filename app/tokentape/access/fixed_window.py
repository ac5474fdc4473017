"""Fixed windows: how often something was done by each of many, each window beginning with the first
time. Pure: it is told the time, which should be one that nobody sets.

Why by hand: docs/decisions/0017-by-hand-or-by-library.md.
"""

from collections.abc import Hashable
from dataclasses import dataclass

WINDOWS_MAX = 100_000
"""Windows that are remembered; over it the one that began first is forgotten."""


@dataclass(slots=True)
class Window:
    """How often so far, and until when it is counted."""

    count: int
    until: float


class Windows:
    """At most `amount` in `length_s`. All are as long as each other, so they end in the order in
    which they began."""

    def __init__(self, amount: int, length_s: float, most: int = WINDOWS_MAX) -> None:
        self.amount = amount
        self._length_s = length_s
        self._most = most
        self._windows: dict[Hashable, Window] = {}

    def __len__(self) -> int:
        return len(self._windows)

    def consume(self, key: Hashable, now: float) -> Window:
        """Count one more, and the window with it: over `amount` it is one too many, which is not
        counted."""
        self._forget(now)
        window = self._windows.get(key)
        if window is None:
            if len(self._windows) >= self._most:
                del self._windows[next(iter(self._windows))]
            window = self._windows[key] = Window(0, now + self._length_s)
        counted = Window(window.count + 1, window.until)
        window.count = min(counted.count, self.amount)
        return counted

    def give_back(self, key: Hashable, until: float) -> None:
        """One that was counted in the window that ends then came to nothing."""
        window = self._windows.get(key)
        if window is not None and window.until == until and window.count:
            window.count -= 1

    def _forget(self, now: float) -> None:
        """Those that are over."""
        while self._windows:
            first = next(iter(self._windows))
            if self._windows[first].until > now:
                return
            del self._windows[first]
