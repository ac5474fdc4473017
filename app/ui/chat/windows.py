"""Windows: texts of which a page is sent what was appended, so that each character costs itself.

Pure. A window only grows at its end; once it is full its beginning is cut off, and what stays is
sent again. A page that was further behind asks for what it missed.
"""

TEXT_MAX = 48_000
"""Characters of answer that one update of the page may hold before the oldest are cut off."""
TEXT_KEPT = 8_000
"""Characters that stay then: what a page may be behind and still miss none."""


class TextWindow:
    """The end of a growing text, and the whole of it for who asks."""

    def __init__(self) -> None:
        self.first = 0
        """Characters of the whole before the window."""
        self.text = ""
        self._pieces: list[str] = []
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def push(self, piece: str) -> None:
        self._pieces.append(piece)
        self._length += len(piece)
        if len(self.text) + len(piece) > TEXT_MAX:
            self.text = self.text[-TEXT_KEPT:]
            self.first = self._length - len(piece) - len(self.text)
        self.text += piece

    def replace(self, text: str) -> None:
        """Begin anew: this is the whole."""
        self._pieces, self._length = [text], len(text)
        self.text = text[-TEXT_KEPT:]
        self.first = len(text) - len(self.text)

    def after(self, start: int) -> str:
        """The whole from this character on."""
        return self.whole()[max(0, start) :]

    def whole(self) -> str:
        if len(self._pieces) > 1:
            self._pieces = ["".join(self._pieces)]
        return "".join(self._pieces)


POINTS_MAX = 600


class Curve:
    """Characters over time, as at most `POINTS_MAX` points however long the answer."""

    def __init__(self) -> None:
        self.points: list[tuple[float, int]] = []
        self._stride = 1
        self._skipped = 0

    def add(self, ms: float, characters: int) -> None:
        self._skipped += 1
        if self.points and self._skipped < self._stride:
            return
        self._skipped = 0
        self.points.append((ms, characters))
        if len(self.points) > POINTS_MAX:
            self.points = self.points[::2]
            self._stride *= 2
