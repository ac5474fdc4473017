"""A text and a chart that grow piece by piece, at a cost per piece that does not. Pure."""


class TextBuffer:
    """A growing text, and the whole of it for who asks."""

    def __init__(self) -> None:
        self._pieces: list[str] = []
        self._length = 0

    def __len__(self) -> int:
        return self._length

    def push(self, piece: str) -> None:
        """Add a piece."""
        self._pieces.append(piece)
        self._length += len(piece)

    def replace(self, text: str) -> None:
        """Begin anew: this is the whole."""
        self._pieces, self._length = [text], len(text)

    def after(self, start: int) -> str:
        """The whole from this character on."""
        return self.whole()[max(0, start) :]

    def whole(self) -> str:
        """All of it."""
        if len(self._pieces) > 1:
            self._pieces = ["".join(self._pieces)]
        return "".join(self._pieces)


POINTS_MAX = 600


class CurveBuffer:
    """Characters over time, as at most `POINTS_MAX` points however long the answer."""

    def __init__(self) -> None:
        self.points: list[tuple[float, int]] = []
        self._stride = 1
        self._skipped = 0

    def add(self, ms: float, characters: int) -> None:
        """A point: so many characters so many milliseconds after the start. Past `POINTS_MAX`
        every other one is left out."""
        self._skipped += 1
        if self.points and self._skipped < self._stride:
            return
        self._skipped = 0
        self.points.append((ms, characters))
        if len(self.points) > POINTS_MAX:
            self.points = self.points[::2]
            self._stride *= 2
