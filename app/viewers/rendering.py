"""A tape told in one dialect over one transport, encoded once for all who view it.

Knows entries and a fold; knows no socket.
"""

from collections.abc import Callable
from typing import Any, Generic, NamedTuple, TypeVar
from weakref import WeakValueDictionary

from app.runs.events import TERMINAL, Entry
from app.runs.tape import READ_LIMIT, Label, Tape

P = TypeVar("P")


class Wire(NamedTuple):
    """What one entry is on the wire: the event's name (None: data only) and its payload."""

    name: str | None
    payload: dict[str, Any]


Fold = Callable[[Entry], Wire]
"""Translates a tape's entries, one after the other from the first; may remember."""
FoldOf = Callable[[Label], Fold]
Encode = Callable[[Wire, Label, int], P]
Tell = Callable[[Entry], P]
"""A fold that encodes what it translates: what a rendering is made with."""
TellOf = Callable[[Label], Tell[P]]


def encoded(fold_of: FoldOf, encode: Encode[P]) -> TellOf[P]:
    """A dialect's fold, told in a transport's encoding."""

    def tell_of(label: Label) -> Tell[P]:
        fold = fold_of(label)
        return lambda entry: encode(fold(entry), label, entry.seq)

    return tell_of


class Rendering(Generic[P]):
    """The pieces so far. Cursors ask for those after a seq and wait for more."""

    def __init__(self, tape: Tape, tell: Tell[P]) -> None:
        self.tape = tape
        self._tell = tell
        self._pieces: list[P] = []
        self._ended = False

    def at_end(self, seq: int) -> bool:
        """Is `seq` the last piece there will ever be?"""
        return self._ended and seq + 1 >= len(self._pieces)

    async def after(self, seq: int, limit: int, wait_s: float) -> list[P]:
        """At most `limit` pieces after `seq`, waiting up to `wait_s` for the first.

        Empty: none came in time, or none will ever come.
        """
        pieces = self._pieces
        while len(pieces) <= seq + 1 and not self._ended:
            entries = await self.tape.read(len(pieces) - 1, READ_LIMIT, wait_s)
            # Another cursor may have read on meanwhile: take only what is next.
            for entry in entries:
                if entry.seq == len(pieces):
                    pieces.append(self._tell(entry))
                    if isinstance(entry.event, TERMINAL):
                        self._ended = True
            if not entries:
                self._ended = self._ended or await self.tape.ended()
                break
        return pieces[seq + 1 : seq + 1 + limit]


class Renderings(Generic[P]):
    """The renderings that somebody views now; one goes with its last viewer."""

    def __init__(self) -> None:
        self._open: WeakValueDictionary[str, Rendering[P]] = WeakValueDictionary()

    def of(self, tape: Tape, tell_of: TellOf[P]) -> Rendering[P]:
        rendering = self._open.get(tape.label.run_id)
        if rendering is None:
            rendering = Rendering(tape, tell_of(tape.label))
            self._open[tape.label.run_id] = rendering
        return rendering
