"""Listeners: who wants to be told of which event. Called in the order in which they came."""

from collections.abc import Callable
from typing import Any

Listener = Callable[..., Any]


class Listeners:
    """What a listener raises reaches whoever tells."""

    def __init__(self) -> None:
        self._by_event: dict[str, list[Listener]] = {}

    def on(self, event: str, listener: Listener) -> Callable[[], None]:
        """Returns what takes the listener away again."""
        listening = self._by_event.setdefault(event, [])
        listening.append(listener)

        def off() -> None:
            if listener in listening:
                listening.remove(listener)

        return off

    def tell(self, event: str, *told: Any) -> None:
        """Call those who listen to this event; one that raises keeps the later ones from
        hearing."""
        for listener in tuple(self._by_event.get(event, ())):
            listener(*told)
