"""What is remembered by session and id, bounded in number and in bytes; the oldest goes first."""

from collections.abc import Iterator
from typing import Generic, TypeVar

Key = tuple[str, str]
"""A session and an id: parallel tests don't see each other's."""
V = TypeVar("V")


class BoundedStore(Generic[V]):
    """At most `most`, of together at most `most_bytes`; one alone may be larger."""

    def __init__(self, most: int, most_bytes: int) -> None:
        self.most = most
        self.bytes = 0
        self._most_bytes = most_bytes
        self._values: dict[Key, tuple[V, int]] = {}

    def __len__(self) -> int:
        return len(self._values)

    def get(self, key: Key) -> V | None:
        stored = self._values.get(key)
        return None if stored is None else stored[0]

    def items(self) -> Iterator[tuple[Key, V]]:
        """As they are now, the oldest first."""
        return ((key, value) for key, (value, _) in list(self._values.items()))

    def put(self, key: Key, value: V, weight: int) -> None:
        """As the newest; `weight` is in bytes of memory, about."""
        self.forget(key)
        self._values[key] = (value, weight)
        self.bytes += weight
        while len(self._values) > self.most or (
            self.bytes > self._most_bytes and len(self._values) > 1
        ):
            self.forget(next(iter(self._values)))

    def change(self, key: Key, value: V) -> None:
        """What is there, in its old place and as heavy as before."""
        self._values[key] = (value, self._values[key][1])

    def forget(self, key: Key) -> None:
        stored = self._values.pop(key, None)
        if stored is not None:
            self.bytes -= stored[1]

    def clear(self, session: str | None = None) -> None:
        """Forgets all, or those of one session."""
        for key in [key for key in self._values if session in (None, key[0])]:
            self.forget(key)
