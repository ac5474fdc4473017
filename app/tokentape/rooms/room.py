"""One room: who is in it by which connections, and what was said last. Pure."""

from collections import OrderedDict
from dataclasses import dataclass, field

from tokentape.rooms.events import Person, RoomMessage, Seat

Repeat = tuple[str, str]
"""Who sent a message, and the id that their client gave it."""


@dataclass(slots=True)
class Member:
    """Somebody in a room; without seats their connections are lost, and they may come back."""

    person: Person
    seats: dict[Seat, None] = field(default_factory=dict)


@dataclass(slots=True)
class Kept:
    """A remembered message, and what it is known again by."""

    message: RoomMessage
    repeat: Repeat | None


class Room:
    """Members by their person's id; messages the oldest first."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.members: dict[str, Member] = {}
        self._messages: OrderedDict[str, Kept] = OrderedDict()
        self._repeats: dict[Repeat, RoomMessage] = {}

    @property
    def people(self) -> tuple[Person, ...]:
        """Who is there, in the order in which they came."""
        return tuple(member.person for member in self.members.values())

    def has_signed_in(self, name: str) -> bool:
        """Whether somebody who is signed in goes by this name."""
        members = (member.person for member in self.members.values())
        return any(one.signed_in and name in (one.id, one.name) for one in members)

    def seats(self, but: str | None = None) -> tuple[Seat, ...]:
        """All connections, in the order people came; `but` leaves one person's out."""
        return tuple(
            seat
            for person_id, member in self.members.items()
            if person_id != but
            for seat in member.seats
        )

    def recent(self, most: int) -> list[RoomMessage]:
        """The last messages, oldest first."""
        return [entry.message for entry in list(self._messages.values())[-most:]]

    def sent(self, repeat: Repeat) -> RoomMessage | None:
        """What was sent under this id already."""
        return self._repeats.get(repeat)

    def store(self, message: RoomMessage, repeat: Repeat | None) -> None:
        """Remember a message, and what it is known again by."""
        self._messages[message.id] = Kept(message, repeat)
        if repeat:
            self._repeats[repeat] = message

    def forget(self, message_id: str) -> None:
        """One message, if it is remembered."""
        entry = self._messages.pop(message_id, None)
        if entry and entry.repeat:
            self._repeats.pop(entry.repeat, None)

    @property
    def message_ids(self) -> tuple[str, ...]:
        """The ids of the messages that are remembered, oldest first."""
        return tuple(self._messages)

    @property
    def oldest(self) -> str:
        """The id of the message that is remembered longest."""
        return next(iter(self._messages))
