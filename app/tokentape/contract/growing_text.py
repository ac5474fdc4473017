"""A text that grows by pieces, and is now and then held against another. Pure.

It is put together only where the other is as long: a server that repeats something else after each
piece would otherwise make it quadratic.
"""


class GrowingText:
    """`size` is its length in characters."""

    __slots__ = ("_fresh", "_text", "size")

    def __init__(self, text: str = "") -> None:
        self._text = text
        self._fresh: list[str] = []
        self.size = len(text)

    def add(self, piece: str) -> None:
        self._fresh.append(piece)
        self.size += len(piece)

    def whole(self) -> str:
        """All of it."""
        if self._fresh:
            self._text += "".join(self._fresh)
            self._fresh.clear()
        return self._text

    def equals(self, other: str) -> bool:
        """Whether it is this text."""
        return len(other) == self.size and other == self.whole()
