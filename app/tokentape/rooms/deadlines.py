"""Deadlines that lie equally far ahead, and so fall due in the order they were set. Pure."""

from collections import OrderedDict
from collections.abc import Iterator
from typing import Generic, TypeVar

K = TypeVar("K")


class Due(Generic[K]):
    """One deadline a key, `after_s` seconds from when it was set last."""

    def __init__(self, after_s: float) -> None:
        self._after_s = after_s
        self._at: OrderedDict[K, float] = OrderedDict()

    def __contains__(self, key: K) -> bool:
        return key in self._at

    def __len__(self) -> int:
        return len(self._at)

    def set(self, key: K, now: float) -> None:
        self._at[key] = now + self._after_s
        self._at.move_to_end(key)

    def drop(self, key: K) -> bool:
        """Whether there was one."""
        return self._at.pop(key, None) is not None

    def first(self) -> K | None:
        """The key that falls due first."""
        return next(iter(self._at), None)

    @property
    def next_s(self) -> float | None:
        return next(iter(self._at.values()), None)

    def fallen(self, now: float) -> Iterator[K]:
        """Those that are due, taken out."""
        while self._at and (key := next(iter(self._at))) is not None and self._at[key] <= now:
            del self._at[key]
            yield key
