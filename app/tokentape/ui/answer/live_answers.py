"""The answers that pages may look at, by the page's own ids of them. Bounded."""

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

    def begin(self, live: LiveAnswer) -> LiveAnswer:
        """Begin it, and keep it for whoever comes back."""
        self._by_turn[live.view.turn] = live.begin()
        self._trim()
        return live

    def find(self, turn: str) -> LiveAnswer | None:
        """The live answer of a turn, unless it is forgotten or was let go."""
        live = self._by_turn.get(turn)
        if live is None or live.abandoned:
            return None
        self._by_turn.move_to_end(turn)
        return live

    def _trim(self) -> None:
        held = sum(_bytes(live) for live in self._by_turn.values())
        for turn, live in list(self._by_turn.items())[:-1]:
            if len(self._by_turn) <= self._most and held <= self._most_bytes:
                return
            held -= _bytes(live)
            del self._by_turn[turn]


def _bytes(live: LiveAnswer) -> int:
    return len(live.view.recording) * _EVENT_BYTES + len(live.view.text)
