"""What a store does when an answer of one of its endpoints begins, and when it has come to its end.

A store is a row in `Mock.stores`: its `hooks` say which endpoints it follows, so nobody else needs
to know their names.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from mock_openai.planning.planned_answer import PlannedAnswer
from mock_openai.storage.shared_records import Record

OnOpened = Callable[[PlannedAnswer, str, int, Callable[[], None]], None]
"""Of an answer: the session, now in ns on the player's clock, and what ends its stream early."""
OnFinished = Callable[[PlannedAnswer, str, int], None]
"""Of a whole answer: the session, and now in ns on the player's clock."""
Revive = Callable[[str, Record], PlannedAnswer]
"""From an endpoint's path and a record: what was to be played, made again."""


@dataclass(frozen=True, slots=True)
class EndpointHooks:
    """By the endpoint's name."""

    on_opened: Mapping[str, OnOpened] = field(default_factory=dict)
    on_finished: Mapping[str, OnFinished] = field(default_factory=dict)


class Store(Protocol):
    """What is stored of answers, by session."""

    @property
    def hooks(self) -> EndpointHooks:
        """When it stores what."""

    def share(self, folder: Path, revive: Revive) -> None:
        """From now on with the other workers, in that folder."""

    def clear(self, session: str | None = None) -> None:
        """Forgets all, or what is of one session."""
