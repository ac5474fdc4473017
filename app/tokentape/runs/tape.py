"""The tape of a run: an append-only log that one producer writes and any number of cursors read.

An interface; `tape_backends.py` chooses the implementation, and whoever reads must not know which
it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from tokentape.runs.events import Entry, Event

READ_LIMIT = 512

Place = tuple[str, str]
"""A dialect, and a conversation or a room in it."""


def place_of(dialect: str, conversation_id: str, room: str | None) -> Place:
    """In a room it is the room's turn, whoever's conversation it is. A session that is shown in the
    room of its name shares it."""
    return dialect, conversation_id if room is None else room


@dataclass(frozen=True, slots=True)
class Label:
    """What is written on the tape's case: whose run it is and what a dialect needs to tell it."""

    run_id: str
    dialect: str
    conversation_id: str
    owner: str | None
    message_id: str
    model: str
    started_s: float = 0
    """Unix time, with milliseconds."""
    room: str | None = None
    """Where it is told to all, in dialects that have rooms."""

    @property
    def place(self) -> Place:
        """Where no other run may be under way meanwhile."""
        return place_of(self.dialect, self.conversation_id, self.room)


class TapeFull(Exception):
    """The tape has no room for the text that was appended; nothing of it was."""


class TapesFull(TapeFull):
    """This tape has, but all together have none, not even without those that have ended."""


class Tape(Protocol):
    """One run's log; `label` says whose."""

    label: Label

    async def append(self, events: Sequence[Event], at_ns: int) -> None:
        """Add events that came to be together; cursors get them together. Raises `TapeFull`.

        Only what the model says may find no room. Nothing may be appended after a terminal event.
        """

    async def read(self, after: int, limit: int, wait_s: float) -> Sequence[Entry]:
        """At most `limit` entries with seq > `after`, waiting up to `wait_s` for the first.

        Empty: nothing came in time, or the tape has ended before `after`, or it has expired.
        """

    async def text(self) -> str:
        """All text on it so far, joined."""

    async def length(self) -> int:
        """How many entries there are; the last one's seq is one less."""

    async def ended(self) -> bool:
        """Will nothing more come: is a terminal event on it, or has it expired?"""


class Tapes(Protocol):
    """All tapes that still exist."""

    async def create(self, label: Label) -> Tape:
        """A tape of a run that begins."""

    async def find(self, run_id: str) -> Tape | None:
        """None where it has expired, or never was."""

    async def hand_over(self, dialect: str, conversation_id: str, owner: str) -> None:
        """A conversation that was nobody's is this user's now: so are its tapes."""

    async def close(self) -> None:
        """Forget them all; their readers see them end."""
