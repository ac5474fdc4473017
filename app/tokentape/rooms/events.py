"""The events of rooms, in words of no dialect. Pure."""

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

Seat = Hashable
"""One connection, as far as rooms know it: a tab, a device."""
Status = Literal["online", "away", "busy", "offline"]


@dataclass(frozen=True, slots=True)
class Person:
    """Who takes part. `signed_in`: a token says so; else it is what somebody calls themselves."""

    id: str
    signed_in: bool = False
    name: str = ""

    @property
    def key(self) -> tuple[str, bool]:
        """Who is signed in as somebody is not the one who only says so."""
        return self.id, self.signed_in


@dataclass(frozen=True, slots=True)
class RoomMessage:
    """`run_id`: the run whose answer it is."""

    id: str
    room: str
    author: str
    content: str
    timestamp: str
    role: str = "user"
    run_id: str | None = None


@dataclass(frozen=True, slots=True)
class MemberJoined:
    """Somebody came into a room."""

    room: str
    person: Person
    people: tuple[Person, ...]
    """All who are there now."""


@dataclass(frozen=True, slots=True)
class MemberLeft:
    """`people` are those who are there still."""

    room: str
    person: Person
    people: tuple[Person, ...]


@dataclass(frozen=True, slots=True)
class Said:
    """Somebody said something, or the model did."""

    message: RoomMessage


@dataclass(frozen=True, slots=True)
class Present:
    """How somebody stands, in all rooms that they are in."""

    person: Person
    status: Status
    metadata: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Typing:
    """Somebody began to type in a room, or stopped."""

    room: str
    person: Person
    started: bool


RoomEvent = MemberJoined | MemberLeft | Said | Present | Typing


@dataclass(frozen=True, slots=True)
class Tell:
    """An event, and who is to hear it."""

    seats: tuple[Seat, ...]
    event: RoomEvent
