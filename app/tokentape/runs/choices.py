"""Which choices of a stream are the answer, where one was asked for. Pure.

Some servers count their chunks in `index`, others send several choices unasked. An index that rises
by one is therefore kept back until the next chunk says which it is.
"""

from typing import Any


class Mixed(Exception):
    """Text of several choices was taken for one answer."""


class Choices:
    """Feed it the choices of each chunk; it gives those that are the answer's."""

    def __init__(self) -> None:
        self._mine: int | None = None
        self._last = 0
        self._several = False
        self._counting = False
        self._text_of_others = False
        self._pending: dict[str, Any] | None = None

    @property
    def plain(self) -> bool:
        """Whether a choice of index 0 is the answer's and changes nothing here."""
        return self._mine == 0 and not self._counting and self._pending is None

    def pick(self, choices: list[Any]) -> list[dict[str, Any]]:
        """Raises `Mixed`."""
        objects = [one for one in choices if isinstance(one, dict)]
        if len({_index(one) for one in objects}) > 1:
            self._stop_counting(several=True)
        return [one for choice in objects for one in self._pick(choice)]

    def rest(self) -> list[dict[str, Any]]:
        """What was kept back, at the end."""
        pending, self._pending = self._pending, None
        return [pending] if pending else []

    def _pick(self, choice: dict[str, Any]) -> list[dict[str, Any]]:
        index = _index(choice)
        if self._mine is None:
            self._mine = self._last = index
        if index == self._mine:
            self._stop_counting()
            return [choice]
        if self._several:
            return []
        if index != self._last + 1:
            self._stop_counting(several=True)
            return []
        self._last = index
        if not self._counting and self._pending is None:
            self._pending = choice
            return []
        self._counting = True
        picked = [*self.rest(), choice]
        self._text_of_others = self._text_of_others or any(map(_has_text, picked))
        return picked

    def _stop_counting(self, *, several: bool = False) -> None:
        """An index that came back counts no chunks: those that rose were of other choices."""
        if self._counting and self._text_of_others:
            raise Mixed
        if several or self._counting or self._pending is not None:
            self._several, self._counting, self._pending = True, False, None


def _index(choice: dict[str, Any]) -> int:
    index = choice.get("index")
    return index if type(index) is int else 0


def _has_text(choice: dict[str, Any]) -> bool:
    delta = choice.get("delta")
    return bool(delta.get("content")) if isinstance(delta, dict) else True
