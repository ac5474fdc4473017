"""Viewers in one room: one asks, all see the answer; or one types, and the others are told."""

import time

import gevent

from tokentape.client.failures import Unreachable, Unwelcome
from tokentape.client.turn import Turn
from tokentape.contract.contract import Contract, fill
from tokentape_load.judging.answer_result import BEFORE, Failure, View
from tokentape_load.viewers.realtime_viewer import RealtimeViewer
from tokentape_load.workload.journeys import NOTHING
from tokentape_load.workload.room_events import ROOMS

_TOLD_S = 5.0
_WHILE_IDLE = "while idle"


class RoomViewer:
    """`seats` connections of one user to a contract; in its own room, where it has rooms."""

    def __init__(
        self,
        url: str,
        contract: Contract,
        *,
        name: str,
        seats: int,
        silence_s: float,
        token: str = "",
    ) -> None:
        self._room = ROOMS.get(contract.key)
        self._values = {"room": name, "token": token or None}
        self._name = name
        # Who is signed in is one member on all connections, and isn't told of their own typing.
        self._typing = self._room.typing if self._room is not None and not token else None
        self._viewers = [
            RealtimeViewer(url, contract, silence_s=silence_s, token=token) for _ in range(seats)
        ]
        self._joined = [False] * seats

    def close(self) -> None:
        for viewer in self._viewers:
            viewer.close()

    def view_answer(self, turn: Turn) -> list[View]:
        """What each of them saw of one answer; the asker is the first."""
        started_ns = time.monotonic_ns()
        try:
            self._join()
            others = [(viewer, viewer.observe(turn)) for viewer in self._viewers[1:]]
        except Unreachable as error:
            return [View(started_ns, None, (_failure(error, BEFORE),)) for _ in self._viewers]
        more = fill(self._room.question_fields, self._values) if self._room else {}
        first = self._viewers[0].ask_with(turn, NOTHING, more)
        seen = (viewer.see(observation, first.started_ns) for viewer, observation in others)
        return [first, *seen]

    def idle(self, seconds: float) -> View:
        """Stay for a while, and type where that is told."""
        started_ns = time.monotonic_ns()
        try:
            if self._room is not None:
                self._join()
            else:
                self._viewers[0].connect()
            typing_ns = self._type()
            gevent.sleep(seconds)
        except Unreachable as error:
            return View(started_ns, None, (_failure(error, _WHILE_IDLE),))
        connected = self._viewers if self._room is not None else self._viewers[:1]
        failures = [
            Failure("unreachable", _WHILE_IDLE, viewer.lost) for viewer in connected if viewer.lost
        ]
        if self._typing is not None and typing_ns is None:
            message = f"nobody was told of typing within {_TOLD_S:g} s"
            failures.append(Failure("untold", _WHILE_IDLE, message))
        return View(started_ns, None, tuple(failures), typing_ns=typing_ns)

    def _type(self) -> int | None:
        room, typing = self._room, self._typing
        if room is None or typing is None:
            return None
        typist, other = self._viewers[:2]
        began_ns = time.monotonic_ns()
        typist.emit(typing, self._values)
        at_ns = other.notice_ns(typing.event, began_ns, _TOLD_S)
        if room.typed is not None:
            typist.emit(room.typed, self._values)
        return None if at_ns is None else at_ns - began_ns

    def _join(self) -> None:
        """Those who are not there yet, or lost their connection, join."""
        if self._room is None:
            return
        for seat, viewer in enumerate(self._viewers):
            if self._joined[seat] and not viewer.lost:
                continue
            values = {**self._values, "user": f"{self._name}-{seat}"}
            viewer.emit(self._room.join, values, acked=True)
            self._joined[seat] = True


def _failure(error: Unreachable, place: str) -> Failure:
    """Who says no is there."""
    return Failure("refused" if isinstance(error, Unwelcome) else "unreachable", place, str(error))
