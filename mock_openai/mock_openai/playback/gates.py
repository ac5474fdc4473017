"""The gates: streams that are held in mid-flight until somebody lets them go on."""

from weakref import WeakValueDictionary

from mock_openai.errors import ApiError
from mock_openai.playback.player import Playback


class Gates:
    """All streams, by the ids of the journal. A stream that is over is forgotten by itself."""

    def __init__(self) -> None:
        self._playbacks: WeakValueDictionary[str, Playback] = WeakValueDictionary()

    def add(self, stream: str, playback: Playback) -> None:
        """A stream begins; it can be held from now on, for as long as anybody plays it."""
        self._playbacks[stream] = playback

    def is_held(self, stream: str) -> bool:
        """Whether it stands at a gate."""
        playback = self._playbacks.get(stream)
        return playback is not None and playback.is_held

    def gated(self, stream: str) -> bool:
        """There is a gate before something that has not left."""
        playback = self._playbacks.get(stream)
        return playback is not None and playback.gated

    def unread(self, stream: str) -> bool:
        """Its reader does not read."""
        playback = self._playbacks.get(stream)
        return playback is not None and playback.unread

    def hold(self, stream: str, frame: int | None) -> bool:
        """A gate before the write with this frame, or before the next one; False: that is out."""
        playback = self._playbacks.get(stream)
        return playback is not None and playback.hold(frame)

    def let(self, stream: str, frames: int | None = None) -> None:
        """So many more frames may leave, or all. Raises ApiError."""
        playback = self._playbacks.get(stream)
        if playback is None or playback.over or not playback.had_gate:
            raise ApiError(409, f"The stream '{stream}' has no gate, or is over.", "id")
        playback.let(frames)
