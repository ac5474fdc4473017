"""Tellings: the answers that pages may look at, by the page's own ids of them. Bounded."""

from collections import OrderedDict

from tokentape.ui.answer.live_answer import LiveAnswer

TELLINGS_MAX = 500
BYTES_MAX = 200_000_000
"""What all of them together may take, about."""
_EVENT_BYTES = 25
"""What a recorded event takes, about."""


class LiveAnswers:
    """Past a bound the one that was looked at longest ago is forgotten; one that is under way goes
    on for the pages that look at it."""

    def __init__(self, most: int = TELLINGS_MAX, most_bytes: int = BYTES_MAX) -> None:
        self._by_turn: OrderedDict[str, LiveAnswer] = OrderedDict()
        self._most = most
        self._most_bytes = most_bytes

    def __len__(self) -> int:
        return len(self._by_turn)

    def begin(self, telling: LiveAnswer) -> LiveAnswer:
        """Begin it, and keep it for whoever comes back."""
        self._by_turn[telling.picture.turn] = telling.begin()
        self._trim()
        return telling

    def find(self, turn: str) -> LiveAnswer | None:
        """The telling of a turn, unless it is forgotten or was let go."""
        telling = self._by_turn.get(turn)
        if telling is None or telling.abandoned:
            return None
        self._by_turn.move_to_end(turn)
        return telling

    def _trim(self) -> None:
        held = sum(_bytes(telling) for telling in self._by_turn.values())
        for turn, telling in list(self._by_turn.items())[:-1]:
            if len(self._by_turn) <= self._most and held <= self._most_bytes:
                return
            held -= _bytes(telling)
            del self._by_turn[turn]


def _bytes(telling: LiveAnswer) -> int:
    return len(telling.picture.recording) * _EVENT_BYTES + len(telling.picture.text)
