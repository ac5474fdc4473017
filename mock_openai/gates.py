"""The gates: streams that are held in mid-flight until somebody lets them go on."""

from __future__ import annotations

from weakref import WeakValueDictionary

from mock_openai.errors import ApiError
from mock_openai.player import Showing


class Gates:
    """By the ids of the journal. A stream that is over is forgotten by itself."""

    def __init__(self) -> None:
        self._showings: WeakValueDictionary[str, Showing] = WeakValueDictionary()

    def add(self, stream: str, showing: Showing) -> None:
        self._showings[stream] = showing

    def held(self, stream: str) -> bool:
        showing = self._showings.get(stream)
        return showing is not None and showing.held

    def let(self, stream: str, frames: int | None = None) -> None:
        """So many more frames may leave, or all. Raises ApiError."""
        showing = self._showings.get(stream)
        if showing is None or showing.over:
            raise ApiError(409, f"The stream '{stream}' has no gate, or is over.", "id")
        showing.let(frames)
