"""Who is where, who is there, who types, and what was said. Pure: it is given the time, and
answers with the events and whom they go to.

All of it stands behind this one class, so that it could live somewhere else.
"""

from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tokentape.errors import CallerFault
from tokentape.rooms.bounds import Bounds
from tokentape.rooms.deadlines import Due
from tokentape.rooms.events import (
    MemberJoined,
    MemberLeft,
    Person,
    Present,
    RoomMessage,
    Said,
    Seat,
    Status,
    Tell,
    Typing,
)
from tokentape.rooms.room import Member, Room

MESSAGE_BYTES = 600
"""What a remembered message costs beside its text."""
WAIT_S = 5
"""When to try again where there is no room left."""

Place = tuple[str, str]
"""A room's name and a person's id."""


@dataclass(frozen=True, slots=True)
class Entered:
    """`returned`: this person is there already, by another connection or by one just lost."""

    room: str
    people: tuple[Person, ...]
    recent: tuple[RoomMessage, ...]
    returned: bool
    tells: tuple[Tell, ...]


@dataclass(slots=True)
class Standing:
    """How somebody stands, in whatever rooms. They go with the last seat and the last room."""

    person: Person
    seats: set[Seat] = field(default_factory=set)
    rooms: set[str] = field(default_factory=set)
    status: Status = "online"
    metadata: Mapping[str, Any] = field(default_factory=dict)


class Rooms:
    """`field` is what the dialect calls a room's name, for messages to callers."""

    def __init__(self, bounds: Bounds, field: str = "roomId") -> None:
        self.bounds = bounds
        self._field = field
        self._rooms: dict[str, Room] = {}
        self._people: dict[tuple[str, bool], Standing] = {}
        self._early: dict[Seat, tuple[Status, Mapping[str, Any]]] = {}  # told before any room
        self._seats: dict[Seat, dict[str, str]] = {}  # the rooms of each, and who it is there
        self._sizes: OrderedDict[str, tuple[str, int]] = OrderedDict()  # room and bytes by message
        self._bytes = 0
        self._gone: Due[Place] = Due(bounds.gone_s)
        self._typing: Due[Place] = Due(bounds.typing_s)
        self._typist: dict[Place, Seat] = {}
        self._empty: Due[str] = Due(bounds.empty_s)

    @property
    def count(self) -> int:
        """Rooms, empty ones that are remembered too."""
        return len(self._rooms)

    @property
    def members(self) -> int:
        """People, once for each room that they are in."""
        return sum(len(standing.rooms) for standing in self._people.values())

    @property
    def kept_bytes(self) -> int:
        """What the remembered messages take."""
        return self._bytes

    def rooms_of(self, seat: Seat) -> tuple[str, ...]:
        """In the order in which it joined them."""
        return tuple(self._seats.get(seat, ()))

    def seats_in(self, name: str) -> tuple[Seat, ...]:
        """The connections in a room, in the order in which their people came."""
        room = self._rooms.get(name)
        return room.seats() if room else ()

    def recent(self, name: str) -> list[RoomMessage]:
        """What was said last in a room, oldest first."""
        room = self._rooms.get(name)
        return room.recent(self.bounds.recent) if room else []

    def status_of(self, person: Person) -> Status:
        """`offline` for somebody who is in no room."""
        standing = self._people.get(person.key)
        return standing.status if standing else "offline"

    def join(self, seat: Seat, name: str, person: Person, now: float) -> Entered:
        """Come into a room, which is made if there is none; a second time changes nothing.

        Raises BAD_REQUEST for one room too many, UNAUTHORIZED for the name of somebody who is
        signed in, RATE_LIMIT where there is no room left.
        """
        mine = self._seats.get(seat, {})
        if name not in mine and len(mine) >= self.bounds.rooms_each:
            raise self._fault(
                "BAD_REQUEST", f"this connection is in {len(mine)} rooms; leave one first"
            )
        tells: list[Tell] = []
        room = self._rooms.get(name)
        member = room.members.get(person.id) if room else None
        if room and not person.signed_in and room.has_signed_in(person.id):
            raise self._fault("UNAUTHORIZED", f"`{person.id}` is signed in there; sign in too")
        if room and member and member.person.signed_in != person.signed_in:
            tells += self._put_out(room, member)
            member = None
        if room is None or member is None:
            room = self._room_for(name, now)
        if mine.get(name, person.id) != person.id:
            tells += self._unseat(seat, room, mine[name])
        self._empty.drop(name)
        self._gone.drop((name, person.id))
        returned = member is not None
        if member is None:
            member = room.members[person.id] = Member(person)
        else:
            member.person = person
        member.seats[seat] = None
        self._seats.setdefault(seat, {})[name] = person.id
        standing = self._people.setdefault(person.key, Standing(person))
        if not standing.rooms:
            standing.status, standing.metadata = self._early.get(seat, ("online", {}))
        standing.seats.add(seat)
        standing.rooms.add(name)
        if not returned:
            tells.append(Tell(room.seats(), MemberJoined(name, person, room.people)))
        recent = tuple(room.recent(self.bounds.recent))
        return Entered(name, room.people, recent, returned, tuple(tells))

    def leave(self, seat: Seat, name: str, now: float) -> list[Tell]:
        """Raises NOT_FOUND for a room that it is not in."""
        room, person_id = self._place(seat, name)
        tells = self._unseat(seat, room, person_id)
        self._rest(room, now)
        return tells

    def gone(self, seat: Seat, now: float) -> list[Tell]:
        """A connection was lost: it types no more, and its person has `gone_s` to come back."""
        tells: list[Tell] = []
        self._early.pop(seat, None)
        for name, person_id in self._seats.pop(seat, {}).items():
            room = self._rooms[name]
            if self._typist.get((name, person_id)) is seat:
                tells += self._stop_typing(room, person_id)
            member = room.members[person_id]
            member.seats.pop(seat, None)
            if not member.seats:
                self._gone.set((name, person_id), now)
            self._people[member.person.key].seats.discard(seat)
        return tells

    def say(
        self, seat: Seat, message: RoomMessage, client_id: str | None = None
    ) -> tuple[RoomMessage, list[Tell]]:
        """The message, or the one that was sent under the same `client_id` before, untold.

        Raises NOT_FOUND for a room that it is not in.
        """
        room, person_id = self._place(seat, message.room)
        repeat = (person_id, client_id) if client_id is not None else None
        if repeat and (sent := room.sent(repeat)):
            return sent, []
        self._store(room, message, repeat)
        return message, [Tell(room.seats(), Said(message))]

    def remember(self, message: RoomMessage) -> None:
        """Keep what its members were told by other ways: a run's answer."""
        room = self._rooms.get(message.room)
        if room:
            self._store(room, message, None)

    def present(
        self, seat: Seat, person: Person, status: Status, metadata: Mapping[str, Any]
    ) -> list[Tell]:
        """How somebody stands, in all their rooms; nothing is told of what is so already. Before
        the first room it is what they will come in with."""
        standing = self._people.get(person.key)
        if standing is None or seat not in standing.seats:
            self._early[seat] = (status, metadata)
            return []
        if (standing.status, standing.metadata) == (status, metadata):
            return []
        standing.status, standing.metadata = status, metadata
        seats: dict[Seat, None] = {}
        for name in sorted(standing.rooms):
            seats |= dict.fromkeys(self._rooms[name].seats())
        return [Tell(tuple(seats), Present(standing.person, status, metadata))]

    def typing(self, seat: Seat, name: str, started: bool, now: float) -> list[Tell]:
        """Nothing is told of typing that goes on. Raises NOT_FOUND for a room it is not in."""
        room, person_id = self._place(seat, name)
        if not started:
            return self._stop_typing(room, person_id)
        place = (name, person_id)
        already = place in self._typing
        self._typing.set(place, now)
        self._typist[place] = seat
        if already:
            return []
        person = room.members[person_id].person
        return [Tell(room.seats(but=person_id), Typing(name, person, True))]

    @property
    def next_s(self) -> float | None:
        """When `tick` has something to do; None: never."""
        times = (self._gone.next_s, self._typing.next_s, self._empty.next_s)
        return min((at for at in times if at is not None), default=None)

    def tick(self, now: float) -> list[Tell]:
        """What has fallen due by now."""
        tells: list[Tell] = []
        for name, person_id in self._typing.fallen(now):
            tells += self._typing_over(self._rooms[name], person_id)
        for name, person_id in self._gone.fallen(now):
            room = self._rooms[name]
            standing = self._people[room.members[person_id].person.key]
            if not standing.seats:
                tells.append(Tell(room.seats(), Present(standing.person, "offline")))
            tells += self._remove(room, person_id)
            self._rest(room, now)
        for name in self._empty.fallen(now):
            self._close(name)
        return tells

    def _place(self, seat: Seat, name: str) -> tuple[Room, str]:
        person_id = self._seats.get(seat, {}).get(name)
        if person_id is None:
            raise CallerFault("NOT_FOUND", "There is no such room among yours.", field=self._field)
        return self._rooms[name], person_id

    def _room_for(self, name: str, now: float) -> Room:
        """With place for one more."""
        room = self._rooms.get(name)
        if room and len(room.members) >= self.bounds.members:
            raise self._fault("RATE_LIMIT", f"{len(room.members)} people are there, that is all")
        if room is None:
            if len(self._rooms) >= self.bounds.rooms and not self._make_way():
                raise self._fault("RATE_LIMIT", f"there are {len(self._rooms)} rooms, that is all")
            room = self._rooms[name] = Room(name)
            self._empty.set(name, now)
        return room

    def _make_way(self) -> bool:
        """Forget the room that has been empty longest."""
        name = self._empty.first()
        if name is None:
            return False
        self._empty.drop(name)
        self._close(name)
        return True

    def _close(self, name: str) -> None:
        room = self._rooms.pop(name)
        for message_id in room.message_ids:
            self._bytes -= self._sizes.pop(message_id)[1]

    def _rest(self, room: Room, now: float) -> None:
        """A room that nobody is in is forgotten after a while, one without messages at once."""
        if room.members:
            return
        if room.message_ids:
            self._empty.set(room.name, now)
        elif self._rooms.get(room.name) is room:
            del self._rooms[room.name]

    def _unseat(self, seat: Seat, room: Room, person_id: str) -> list[Tell]:
        """One connection leaves; its person goes with the last of theirs."""
        member = room.members[person_id]
        member.seats.pop(seat, None)
        mine = self._seats[seat]
        del mine[room.name]
        if person_id not in mine.values():
            self._people[member.person.key].seats.discard(seat)
        if not mine:
            del self._seats[seat]
        if member.seats:
            if self._typist.get((room.name, person_id)) is seat:
                return self._stop_typing(room, person_id)
            return []
        return self._remove(room, person_id)

    def _put_out(self, room: Room, member: Member) -> list[Tell]:
        """Somebody who only called themselves so gives way to who is signed in."""
        for seat in list(member.seats):
            mine = self._seats[seat]
            del mine[room.name]
            if not mine:
                del self._seats[seat]
            self._people[member.person.key].seats.discard(seat)
        self._gone.drop((room.name, member.person.id))
        seats = tuple(member.seats)
        tells = self._remove(room, member.person.id)
        return [Tell((*notice.seats, *seats), notice.event) for notice in tells]

    def _remove(self, room: Room, person_id: str) -> list[Tell]:
        tells = self._stop_typing(room, person_id)
        person = room.members.pop(person_id).person
        standing = self._people[person.key]
        standing.rooms.discard(room.name)
        if not standing.rooms:
            del self._people[person.key]
        return [*tells, Tell(room.seats(), MemberLeft(room.name, person, room.people))]

    def _stop_typing(self, room: Room, person_id: str) -> list[Tell]:
        if not self._typing.drop((room.name, person_id)):
            return []
        return self._typing_over(room, person_id)

    def _typing_over(self, room: Room, person_id: str) -> list[Tell]:
        self._typist.pop((room.name, person_id), None)
        person = room.members[person_id].person
        return [Tell(room.seats(but=person_id), Typing(room.name, person, False))]

    def _store(self, room: Room, message: RoomMessage, repeat: tuple[str, str] | None) -> None:
        size = len(message.content.encode("utf-8", "surrogatepass")) + MESSAGE_BYTES
        room.store(message, repeat)
        self._sizes[message.id] = (room.name, size)
        self._bytes += size
        while len(room.message_ids) > self.bounds.remembered:
            self._forget(room.oldest)
        while self._bytes > self.bounds.memory_bytes and len(self._sizes) > 1:
            self._forget(next(iter(self._sizes)))

    def _forget(self, message_id: str) -> None:
        name, size = self._sizes.pop(message_id)
        self._bytes -= size
        self._rooms[name].forget(message_id)

    def _fault(self, code: str, problem: str) -> CallerFault:
        return CallerFault(
            code,
            f"`{self._field}`: {problem}",
            field=self._field,
            retry_after_s=WAIT_S if code == "RATE_LIMIT" else None,
        )


def heard_by(tells: Iterable[Tell]) -> int:
    """How many connections hear something of it."""
    return sum(len(notice.seats) for notice in tells)
