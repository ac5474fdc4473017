"""A tape in one dialect over one transport, encoded once for all who view it.

Knows entries and a fold; knows no socket.
"""

import asyncio
from collections.abc import Callable, Sequence
from typing import Any, Generic, NamedTuple, TypeVar
from weakref import WeakValueDictionary

from tokentape.runs.events import TERMINAL, Entry
from tokentape.runs.tape import READ_LIMIT, Label, Tape

P = TypeVar("P")

WINDOW_BYTES = 256_000
"""Least that a rendering keeps for cursors a little behind; who is further behind is told anew."""
SINGLE_LIMIT = 128
"""Most entries that a rendering for one cursor reads ahead."""
BATCH_BYTES = 65_536
"""What a cursor is given at once: about what a connection buffers of its own."""


class WireEvent(NamedTuple):
    """What one entry is on the wire: the event's name (None: data only) and its payload."""

    name: str | None
    payload: dict[str, Any]


Fold = Callable[[Entry], WireEvent]
"""Translates a tape's entries, one after the other from the first; may remember."""
FoldOf = Callable[[Label], Fold]
Encode = Callable[[WireEvent, Label, int], P]
Encoder = Callable[[Entry], P]
"""A fold that encodes what it translates: what a rendering is made with."""
EncoderOf = Callable[[Label], Encoder[P]]


def encoded(fold_of: FoldOf, encode: Encode[P]) -> EncoderOf[P]:
    """A dialect's fold, told in a transport's encoding."""

    def encoder_of(label: Label) -> Encoder[P]:
        fold = fold_of(label)
        return lambda entry: encode(fold(entry), label, entry.seq)

    return encoder_of


class Rendering(Generic[P]):
    """The latest pieces, as many as `WINDOW_BYTES`, shared by all cursors that keep up.

    `first` is the seq of the first piece that is kept; those before it are told, not remembered.
    `single`: one cursor has it to itself, and what it has passed is of no use to anybody.
    """

    def __init__(
        self,
        tape: Tape,
        encoder_of: EncoderOf[P],
        weigh: Callable[[P], int],
        first: int = 0,
        *,
        single: bool = False,
    ) -> None:
        self.tape = tape
        self.first = first
        self._single = single
        self._read_limit = SINGLE_LIMIT if single else READ_LIMIT
        self._heaviest = 1
        self.weigh = weigh
        self._encoder_of = encoder_of
        self._encoder = encoder_of(tape.label)
        self._count = 0
        self._pieces: list[P] = []
        self._bytes = 0
        self._ended = False

    def cursor(self, seq: int) -> "Cursor[P]":
        """A cursor on what comes after `seq`."""
        return Cursor(self, seq)

    def again(self, first: int) -> "Rendering[P]":
        """The same tape told anew, for a cursor that this rendering has left behind."""
        return Rendering(self.tape, self._encoder_of, self.weigh, first, single=True)

    def at_end(self, seq: int) -> bool:
        """Is `seq` the last piece there will ever be?"""
        return self._ended and seq + 1 >= self._count

    async def after(self, seq: int, limit: int, wait_s: float) -> list[P]:
        """At most `limit` pieces after `seq`, which is not before `first - 1`; waits up to `wait_s`
        for the first. Empty: none came in time, or none will ever come."""
        if self._single and seq + 1 > self.first:
            del self._pieces[: seq + 1 - self.first]
            self.first = seq + 1
        while self._count <= seq + 1 and not self._ended:
            entries = await self.tape.read(self._count - 1, self._ahead, wait_s)
            # Another cursor may have read on meanwhile: take only what is next.
            if entries:
                self._encode(entries[self._count - entries[0].seq :])
            else:
                self._ended = self._ended or await self.tape.ended()
                break
            if self._count <= self.first:
                await asyncio.sleep(0)  # telling a long tape again must not hold the others up
        start = max(0, seq + 1 - self.first)
        return self._pieces[start : start + limit]

    @property
    def _ahead(self) -> int:
        """Most entries that are told at once: few where each may be heavy."""
        return min(self._read_limit, max(1, WINDOW_BYTES // self._heaviest))

    def _encode(self, entries: Sequence[Entry]) -> None:
        """Tell what comes next."""
        encode, weigh, pieces = self._encoder, self.weigh, self._pieces
        behind = max(0, self.first - self._count)
        self._count += len(entries)
        for entry in entries[:behind]:
            encode(entry)
        for entry in entries[behind:]:
            piece = encode(entry)
            pieces.append(piece)
            weight = weigh(piece)
            if weight > self._heaviest:
                self._heaviest = weight
            if not self._single:
                self._bytes += weight
                if self._bytes > 2 * WINDOW_BYTES and len(pieces) > 2 * self._ahead:
                    self._forget()
        if entries:
            self._ended = isinstance(entries[-1].event, TERMINAL)

    def _forget(self) -> None:
        weight, at = 0, len(self._pieces)
        while at > 0 and (weight < WINDOW_BYTES or len(self._pieces) - at < self._ahead):
            at -= 1
            weight += self.weigh(self._pieces[at])
        del self._pieces[:at]
        self.first += at
        self._bytes = weight


class Cursor(Generic[P]):
    """One viewer's place. `seq` is the last piece that it was given."""

    def __init__(self, rendering: Rendering[P], seq: int) -> None:
        self.seq = seq
        self._rendering = rendering

    @property
    def at_end(self) -> bool:
        return self._rendering.at_end(self.seq)

    async def next(self, limit: int, wait_s: float) -> list[P]:
        """At most `limit` pieces of together about `BATCH_BYTES`, waiting up to `wait_s`."""
        while True:
            if self.seq + 1 < self._rendering.first:
                self._rendering = self._rendering.again(self.seq + 1)
            pieces = await self._rendering.after(self.seq, limit, wait_s)
            if self.seq + 1 >= self._rendering.first:
                break
        weigh = self._rendering.weigh
        if sum(map(weigh, pieces)) > BATCH_BYTES:
            total = 0
            for number, piece in enumerate(pieces, 1):
                total += weigh(piece)
                if total >= BATCH_BYTES:
                    pieces = pieces[:number]
                    break
        self.seq += len(pieces)
        return pieces


class Renderings(Generic[P]):
    """The renderings that somebody views now; one goes with its last viewer."""

    def __init__(self, weigh: Callable[[P], int]) -> None:
        self._weigh = weigh
        self._open: WeakValueDictionary[str, Rendering[P]] = WeakValueDictionary()

    def of(self, tape: Tape, encoder_of: EncoderOf[P]) -> Rendering[P]:
        rendering = self._open.get(tape.label.run_id)
        if rendering is None:
            rendering = Rendering(tape, encoder_of, self._weigh)
            self._open[tape.label.run_id] = rendering
        return rendering
