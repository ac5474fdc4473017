"""Tellings: the answers that pages may look at, by the page's own ids of them. Bounded."""

from collections import OrderedDict

from app.ui.chat.telling import Telling

TELLINGS_MAX = 500
EVENTS_MAX = 2_000_000
"""Events recorded in all of them together, at about 25 bytes each."""


class Tellings:
    """Past a bound the one that was looked at longest ago is forgotten; one that is under way goes
    on for the pages that look at it."""

    def __init__(self, most: int = TELLINGS_MAX, most_events: int = EVENTS_MAX) -> None:
        self._by_turn: OrderedDict[str, Telling] = OrderedDict()
        self._most = most
        self._most_events = most_events

    def __len__(self) -> int:
        return len(self._by_turn)

    def begin(self, telling: Telling) -> Telling:
        """Begin it, and keep it for whoever comes back."""
        self._by_turn[telling.picture.turn] = telling.begin()
        self._trim()
        return telling

    def find(self, turn: str) -> Telling | None:
        """The telling of a turn, unless it is forgotten or was let go."""
        telling = self._by_turn.get(turn)
        if telling is None or telling.abandoned:
            return None
        self._by_turn.move_to_end(turn)
        return telling

    def _trim(self) -> None:
        events = sum(len(telling.picture.recording) for telling in self._by_turn.values())
        for turn, telling in list(self._by_turn.items())[:-1]:
            if len(self._by_turn) <= self._most and events <= self._most_events:
                return
            events -= len(telling.picture.recording)
            del self._by_turn[turn]
