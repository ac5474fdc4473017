"""One client on one socket, in one namespace; knows its transport only as a link."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from tokentape.access.limits import Caller
from tokentape.runs.pending_start import Starting

PLACES_MAX = 1_000
"""Conversations of one connection that it hears of edits in."""


class Gone(Exception):
    """The client is not there any more."""


class Link(Protocol):
    """How one transport takes what is said to one client. Packets are the transport's own."""

    transport: str

    @property
    def waiting(self) -> int:
        """How many packets have not been given to the socket yet."""

    async def write(self, packets: Sequence[Any]) -> None:
        """Queue them all. Raises `Gone`."""

    def send(self, packet: Any) -> None:
        """Queue one at once; does nothing when the client is gone."""

    async def drain(self) -> None:
        """Wait until the socket has taken all that was queued."""

    def cut(self) -> None:
        """End the connection without waiting for anything."""


@dataclass(eq=False, slots=True)
class Sent:
    """A start as it was sent, maybe more than once: what it said, when it came last, and how it is
    acknowledged."""

    digest: bytes
    answer: asyncio.Future[dict[str, Any] | None]
    at: float = 0.0
    sid: str = ""
    """The connection that its events go to."""

    @property
    def refused(self) -> bool:
        """It started nothing."""
        if not self.answer.done():
            return False
        answer = None if self.answer.cancelled() else self.answer.result()
        return not (answer and answer.get("ok"))


@dataclass(eq=False, slots=True)
class Connection:
    """`caller` may become known later than the handshake; `user` is who it is in rooms."""

    sid: str
    namespace: str
    caller: Caller
    link: Link
    user: str = ""
    pumps: dict[str, asyncio.Task[None]] = field(default_factory=dict)
    starting: dict[Starting, str] = field(default_factory=dict)
    """The turns that it has asked for and that are no runs yet, with their dialect."""
    started: dict[str, str] = field(default_factory=dict)
    """This connection's runs by id, with their dialect; ended ones leave."""
    places: dict[str, None] = field(default_factory=dict)
    """The conversations that it has taken part in, the latest last."""
    spoken: Any = None
    """How the dialect that it spoke last complains."""
    next_number: int | None = 0
    """The acknowledgement number of its next event, as long as it counts them all."""
    sent: Sent | None = None
    """Its latest event, when that was a start."""
    withheld: dict[str, asyncio.TimerHandle] = field(default_factory=dict)
    """Runs that it will be shown in a moment, unless it resumes them first."""

    def been_in(self, place: str) -> None:
        """It takes part in this conversation; over `PLACES_MAX` the oldest is forgotten."""
        self.places.pop(place, None)
        self.places[place] = None
        if len(self.places) > PLACES_MAX:
            del self.places[next(iter(self.places))]
