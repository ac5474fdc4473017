"""How often a scenario's conditions were met, for those that answer the first, the
second or every third time. By session and conversation; bounded, the oldest count goes first."""

from collections import OrderedDict
from hashlib import blake2b

MOST_COUNTS = 10_000
_LONGEST = 100  # characters of a conversation's name that are kept as they are


def _short(conversation: str) -> str:
    """A request may name its conversation with megabytes."""
    if len(conversation) <= _LONGEST:
        return conversation
    return blake2b(conversation.encode("utf-8", "surrogatepass")).hexdigest()


class MatchCounter:
    """How many requests have fitted a scenario, by session and conversation."""

    def __init__(self, most: int = MOST_COUNTS) -> None:
        self._most = most
        self._counts: OrderedDict[tuple[str, str, str], int] = OrderedDict()

    def count(self, session: str, scenario: str, conversation: str) -> int:
        """One more; how many there are now."""
        key = (session, scenario, _short(conversation))
        number = self._counts[key] = self._counts.get(key, 0) + 1
        self._counts.move_to_end(key)
        if len(self._counts) > self._most:
            self._counts.popitem(last=False)
        return number

    def next(self, session: str, scenario: str, conversation: str) -> int:
        """The number that the next one would have; nothing is counted."""
        return self._counts.get((session, scenario, _short(conversation)), 0) + 1

    def clear(self, session: str | None) -> None:
        """Counts anew: for all, or for one session."""
        for key in [key for key in self._counts if session in (None, key[0])]:
            del self._counts[key]
