"""The rooms of one namespace at work. Sends members what happens, shows them what runs there,
keeps time, and bounds what one connection may do.
"""

import asyncio
import logging
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any, cast

from tokentape.access.limits import Caller
from tokentape.errors import CallerFault
from tokentape.metrics import Metrics
from tokentape.rooms.bounds import Bounds
from tokentape.rooms.events import Person, RoomEvent, RoomMessage, Status, Tell
from tokentape.rooms.quota import Quota
from tokentape.rooms.rooms import Entered, Rooms, heard_by
from tokentape.runs.events import TERMINAL, Terminal
from tokentape.runs.tape import READ_LIMIT, Label
from tokentape.settings import Settings
from tokentape.timestamps import Moments
from tokentape.turns import View, may
from tokentape.viewers.connection import Connection
from tokentape.viewers.pumps import IDLE_S
from tokentape.viewers.sockets import Sockets

log = logging.getLogger("tokentape.rooms")

HEARERS = 100
"""Something that so many hear counts twice in the quota of who does it."""
BEAT_S = 0.25
"""Time for somebody who came back to resume what they had seen a part of, before all of it is sent
again."""

SpellEvent = Callable[[RoomEvent], tuple[str, dict[str, Any]] | None]
"""The dialect's event for what happened in a room; None: it has none."""
AnswerOf = Callable[[Label, str, Terminal, str], RoomMessage | None]
"""The message that a run leaves in its room: of its text, its end and when that was."""


def no_answer(_label: Label, _text: str, _end: Terminal, _moment: str) -> None:
    """For dialects whose runs leave no message."""


def bounds_of(settings: Settings) -> Bounds:
    """The bounds that the settings name."""
    return Bounds(
        rooms=settings.rooms_max,
        members=settings.room_members_max,
        rooms_each=settings.rooms_per_connection,
        recent=settings.room_recent,
        memory_bytes=settings.room_messages_max_bytes,
        gone_s=settings.presence_grace_s,
        typing_s=settings.typing_timeout_s,
        empty_s=settings.room_empty_ttl_s,
    )


class RoomService:
    """`per_s`: what one connection may do in a second, and twice that at once. `also` is told of
    each run that is shown in a room."""

    def __init__(
        self,
        sockets: Sockets,
        namespace: str,
        rooms: Rooms,
        spell: SpellEvent,
        *,
        per_s: float,
        metrics: Metrics,
        answer_of: AnswerOf = no_answer,
        also: Callable[[str, View], None] | None = None,
    ) -> None:
        self.rooms = rooms
        self._sockets = sockets
        self._spell = spell
        self._answer_of = answer_of
        self._also = also
        self._per_s = per_s
        self._quotas: dict[Connection, Quota] = {}
        self._live: dict[str, dict[str, View]] = {}
        self._keeping: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        metrics.rooms.labels(namespace).set_function(lambda: rooms.count)
        metrics.members.labels(namespace).set_function(lambda: rooms.members)

    def join(self, connection: Connection, name: str, person: Person) -> Entered:
        """Let somebody in and show them what runs there, from its first event."""
        self._check(connection)
        was_in = name in self.rooms.rooms_of(connection)
        entered = self.rooms.join(connection, name, person, time.monotonic())
        self._emit(connection, entered.tells)
        for view in [] if was_in else self._live.get(name, {}).values():
            self._show(connection, view, BEAT_S if entered.returned else 0)
        return entered

    def leave(self, connection: Connection, name: str) -> None:
        """Raises NOT_FOUND for a room that it is not in, RATE_LIMIT."""
        self._check(connection)
        tells = self.rooms.leave(connection, name, time.monotonic())
        for run_id in self._live.get(name, {}):
            if run_id not in connection.started:
                self._sockets.pumps.unwatch(connection, run_id)
        self._emit(connection, tells)

    def part(self, connection: Connection) -> None:
        """Its connection was lost."""
        self._quotas.pop(connection, None)
        self._emit(None, self.rooms.gone(connection, time.monotonic()))

    def say(
        self, connection: Connection, message: RoomMessage, client_id: str | None = None
    ) -> RoomMessage:
        """Tell a room; the message, or the one sent before under the same `client_id`."""
        self._check(connection)
        stored, tells = self.rooms.say(connection, message, client_id)
        self._emit(connection, tells)
        return stored

    def present(
        self, connection: Connection, person: Person, status: Status, metadata: Mapping[str, Any]
    ) -> None:
        """How somebody stands, told in all their rooms."""
        self._check(connection)
        self._emit(connection, self.rooms.present(connection, person, status, metadata))

    def typing(self, connection: Connection, name: str, started: bool) -> None:
        """Somebody types in a room, or stops."""
        self._check(connection)
        self._emit(connection, self.rooms.typing(connection, name, started, time.monotonic()))

    def check_in(self, connection: Connection, name: str) -> None:
        """Raises NOT_FOUND for a room that it is not in."""
        if name not in self.rooms.rooms_of(connection):
            raise CallerFault("NOT_FOUND", "There is no such room among yours.")

    def may_open(self, name: str, caller: Caller) -> bool:
        """Whether somebody who is no connection may begin a session that is shown in the room of
        its name: in one that people are in, whoever is one of them, by account."""
        seats = cast("tuple[Connection, ...]", self.rooms.seats_in(name))
        return not seats or any(seat.caller.account == caller.account for seat in seats)

    def guest(self, connection: Connection, label: Label) -> bool:
        """Members of a room view what runs there, whoever asked for it."""
        return label.room is not None and label.room in self.rooms.rooms_of(connection)

    def carry(self, name: str, view: View) -> None:
        """Show a run to all who are in a room, and to whoever joins while it runs."""
        label = view.tape.label
        self._live.setdefault(name, {})[label.run_id] = view
        for seat in self.rooms.seats_in(name):
            self._show(cast(Connection, seat), view, 0)
        # Whoever is let in there would hear what is one user's.
        if self._also and (label.room is not None or label.owner is None):
            self._also(name, view)
        task = asyncio.create_task(self._until_end(name, view))
        self._keeping.add(task)
        task.add_done_callback(self._keeping.discard)

    def _show(self, connection: Connection, view: View, wait_s: float) -> None:
        label = view.tape.label
        if label.run_id in connection.pumps:
            return
        # What somebody asked for elsewhere, in a session of the room's name, stays theirs.
        if label.room is None and not may(connection.caller, label.owner):
            return
        view = replace(view, caller=connection.caller)
        if wait_s:
            self._sockets.pumps.watch_later(connection, view, wait_s)
        else:
            self._sockets.pumps.watch(connection, view, -1)

    async def _until_end(self, name: str, view: View) -> None:
        tape, label = view.tape, view.tape.label
        moment = Moments(label.started_s)
        after = -1
        try:
            while True:
                entries = await tape.read(after, READ_LIMIT, IDLE_S)
                if not entries and await tape.ended():
                    return
                for _, at_ns, event in entries:
                    at = moment(at_ns)
                    if isinstance(event, TERMINAL):
                        message = self._answer_of(label, await tape.text(), event, at)
                        if message:
                            self.rooms.remember(message)
                        return
                after += len(entries)
        finally:
            running = self._live[name]
            del running[label.run_id]
            if not running:
                del self._live[name]

    def _check(self, connection: Connection) -> None:
        """Raises RATE_LIMIT for a connection that does too much."""
        now = time.monotonic()
        quota = self._quotas.setdefault(connection, Quota(self._per_s, now))
        wait_s = quota.wait_s(now)
        if wait_s is not None:
            raise CallerFault(
                "RATE_LIMIT", f"Too many events; try again in {wait_s} s.", retry_after_s=wait_s
            )
        quota.spend(1)

    def _emit(self, connection: Connection | None, tells: Iterable[Tell]) -> None:
        tells = tuple(tells)
        for notice in tells:
            spelled = self._spell(notice.event)
            if spelled:
                self._sockets.connections.send_all(
                    cast("tuple[Connection, ...]", notice.seats), *spelled
                )
        if connection in self._quotas:
            self._quotas[connection].spend(heard_by(tells) / HEARERS)
        self._wind()

    def _wind(self) -> None:
        """Set the timer to when something falls due."""
        if self._timer:
            self._timer.cancel()
            self._timer = None
        next_s = self.rooms.next_s
        if next_s is not None:
            wait_s = max(0.0, next_s - time.monotonic())
            self._timer = asyncio.get_running_loop().call_later(wait_s, self._tick)

    def _tick(self) -> None:
        self._timer = None
        self._emit(None, self.rooms.tick(time.monotonic()))
