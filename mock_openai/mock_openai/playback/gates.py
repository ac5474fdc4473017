"""The gates: streams that are held in mid-flight until somebody lets them go on."""

from __future__ import annotations

from weakref import WeakValueDictionary

from mock_openai.errors import ApiError
from mock_openai.playback.player import Playback


class Gates:
    """All streams, by the ids of the journal. A stream that is over is forgotten by itself."""

    def __init__(self) -> None:
        self._showings: WeakValueDictionary[str, Playback] = WeakValueDictionary()

    def add(self, stream: str, showing: Playback) -> None:
        """A stream begins; it can be held from now on, for as long as anybody plays it."""
        self._showings[stream] = showing

    def held(self, stream: str) -> bool:
        """Whether it stands at a gate."""
        showing = self._showings.get(stream)
        return showing is not None and showing.held

    def gated(self, stream: str) -> bool:
        """There is a gate before something that has not left."""
        showing = self._showings.get(stream)
        return showing is not None and showing.gated

    def unread(self, stream: str) -> bool:
        """Its reader does not read."""
        showing = self._showings.get(stream)
        return showing is not None and showing.unread

    def hold(self, stream: str, frame: int | None) -> bool:
        """A gate before the write with this frame, or before the next one; False: that is out."""
        showing = self._showings.get(stream)
        return showing is not None and showing.hold(frame)

    def let(self, stream: str, frames: int | None = None) -> None:
        """So many more frames may leave, or all. Raises ApiError."""
        showing = self._showings.get(stream)
        if showing is None or showing.over or not showing.had_gate:
            raise ApiError(409, f"The stream '{stream}' has no gate, or is over.", "id")
        showing.let(frames)
