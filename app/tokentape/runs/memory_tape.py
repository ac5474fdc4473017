"""Tapes in the memory of one process, bounded one by one and together."""

import asyncio
from array import array
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import chain, count, repeat
from sys import getsizeof

from tokentape.runs.events import (
    TERMINAL,
    Entry,
    Event,
    Reasoning,
    Text,
    ToolCallArguments,
    ToolCallStarted,
    UserMessageStored,
    WorkflowEnded,
)
from tokentape.runs.tape import Label, Tape, TapeFull, TapesFull

# What entries cost beside their text, which is kept as joined UTF-8: where each one's text ends,
# and for those that came together their first seq and time; an event that is no text, an object
# and what it holds.
TEXT_BYTES = 4
TOGETHER_BYTES = 12
EVENT_BYTES = 500

SAID = (Reasoning, ToolCallStarted, ToolCallArguments)
"""What the model's server may send without an end, beside text."""

new_entry = partial(tuple.__new__, Entry)


class MemoryTape:
    """Readers that have caught up wait on futures, which the next append resolves."""

    def __init__(self, label: Label, tapes: "MemoryTapes") -> None:
        self.label = label
        self.bytes = 0
        self._tapes = tapes
        self._text = bytearray()
        self._ends = array("I")
        self._first_seqs = array("I")
        self._times_ns = array("q")
        self._events: dict[int, Event] = {}
        self._latest: list[Entry] = []  # what came last, as most readers want just that
        self._ended = False
        self._expired = False
        self._waiting: list[asyncio.Future[None]] = []

    async def append(self, events: Sequence[Event], at_ns: int) -> None:
        if self._ended:
            raise RuntimeError(f"run {self.label.run_id}: nothing follows the terminal event")
        last = isinstance(events[-1], TERMINAL)
        seq = len(self._ends)
        end = start = len(self._text)
        texts: list[bytes] = []
        ends: list[int] = []
        others: dict[int, Event] = {}
        others_size = 0
        for event in events:
            if type(event) is Text:
                text = event.content.encode("utf-8", "surrogatepass")
                texts.append(text)
                end += len(text)
            else:
                others[seq + len(ends)] = event
                others_size += weight(event)
            ends.append(end)
        size = end - start + len(ends) * TEXT_BYTES + TOGETHER_BYTES + others_size
        # What stands around the answer always does.
        fits = last or not (texts or any(isinstance(one, SAID) for one in others.values()))
        if not fits and self.bytes + size > self._tapes.max_bytes_each:
            raise TapeFull
        if not self._tapes.reserve(size, anyway=fits):
            raise TapesFull
        self._text += b"".join(texts)
        self._ends.extend(ends)
        self._first_seqs.append(seq)
        self._times_ns.append(at_ns)
        self._events |= others
        self._latest = list(map(new_entry, zip(count(seq), repeat(at_ns), events)))
        self.bytes += size
        self._wake()
        if last:
            self._ended = True
            self._tapes.ended(self)

    async def read(self, after: int, limit: int, wait_s: float) -> Sequence[Entry]:
        start = after + 1
        if len(self._ends) <= start and not self._ended and not self._expired:
            loop = asyncio.get_running_loop()
            woken: asyncio.Future[None] = loop.create_future()
            self._waiting.append(woken)
            timer = loop.call_later(wait_s, _resolve, woken)
            try:
                await woken
            finally:
                timer.cancel()
                if not self._expired and woken in self._waiting:
                    self._waiting.remove(woken)
        if start >= len(self._ends):
            return []
        latest = self._latest
        if latest and start >= latest[0].seq:
            skipped = start - latest[0].seq
            return latest[skipped : skipped + limit]
        return self._older(start, min(start + limit, len(self._ends)))

    def _older(self, start: int, stop: int) -> list[Entry]:
        """Entries made anew from what is kept of them."""
        events, text, ends = self._events, self._text, self._ends
        times_ns, firsts = self._times_ns, self._first_seqs
        came = bisect_right(firsts, start) - 1
        begin = ends[start - 1] if start else 0
        entries = []
        for seq in range(start, stop):
            if came + 1 < len(firsts) and firsts[came + 1] <= seq:
                came += 1
            end = ends[seq]
            event = events.get(seq) or Text(text[begin:end].decode("utf-8", "surrogatepass"))
            entries.append(Entry(seq, times_ns[came], event))
            begin = end
        return entries

    async def text(self) -> str:
        return self._text.decode("utf-8", "surrogatepass")

    async def length(self) -> int:
        return len(self._ends)

    async def ended(self) -> bool:
        return self._ended or self._expired

    def expire(self) -> None:
        """Forget everything; readers that still hold the tape see it end."""
        self._expired = True
        self._text, self._ends, self._events, self._latest = bytearray(), array("I"), {}, []
        self._first_seqs, self._times_ns = array("I"), array("q")
        self._wake()

    def _wake(self) -> None:
        if self._waiting:
            waiting, self._waiting = self._waiting, []
            for woken in waiting:
                _resolve(woken)


def _resolve(woken: asyncio.Future[None]) -> None:
    if not woken.done():
        woken.set_result(None)


def weight(event: Event) -> int:
    """What an event that is no text costs: some repeat what people wrote."""
    match event:
        case UserMessageStored(content=written) | WorkflowEnded(message=written):
            return EVENT_BYTES + getsizeof(written)
        case Reasoning(said) | ToolCallStarted(_, said) | ToolCallArguments(_, said):
            return EVENT_BYTES + getsizeof(said)
    return EVENT_BYTES


class MemoryTapes:
    """Keeps tapes for `ttl_s` after their end; over `max_bytes` the oldest ended ones go early, and
    what can't have been brought below it so has no place on a running one."""

    def __init__(self, *, ttl_s: float, max_bytes_each: int, max_bytes: int) -> None:
        self.max_bytes_each = max_bytes_each
        self._ttl_s = ttl_s
        self._max_bytes = max_bytes
        self._bytes = 0
        self._running: dict[str, MemoryTape] = {}
        self._ended: dict[str, MemoryTape] = {}  # in the order of their endings
        self._timers: dict[str, asyncio.TimerHandle] = {}

    @property
    def bytes(self) -> int:
        return self._bytes

    async def create(self, label: Label) -> Tape:
        tape = MemoryTape(label, self)
        self._running[label.run_id] = tape
        return tape

    async def find(self, run_id: str) -> Tape | None:
        return self._running.get(run_id) or self._ended.get(run_id)

    async def hand_over(self, dialect: str, conversation_id: str, owner: str) -> None:
        for tape in chain(self._running.values(), self._ended.values()):
            label = tape.label
            if (label.dialect, label.conversation_id) == (dialect, conversation_id):
                tape.label = replace(label, owner=owner)

    async def close(self) -> None:
        for timer in self._timers.values():
            timer.cancel()
        for tape in chain(self._running.values(), self._ended.values()):
            tape.expire()
        self._timers.clear()
        self._running.clear()
        self._ended.clear()
        self._bytes = 0

    def reserve(self, size: int, *, anyway: bool) -> bool:
        """Room for so much more; False: there is none, and none is taken unless `anyway`."""
        while self._bytes + size > self._max_bytes and self._ended:
            self.forget(next(iter(self._ended)))
        fits = anyway or self._bytes + size <= self._max_bytes
        if fits:
            self._bytes += size
        return fits

    def ended(self, tape: MemoryTape) -> None:
        run_id = tape.label.run_id
        if self._running.pop(run_id, None) is None:
            return
        self._ended[run_id] = tape
        loop = asyncio.get_running_loop()
        self._timers[run_id] = loop.call_later(self._ttl_s, self.forget, run_id)

    def forget(self, run_id: str) -> None:
        """Let an ended tape go, as when its time is over; does nothing for another."""
        tape = self._ended.pop(run_id, None)
        timer = self._timers.pop(run_id, None)
        if timer:
            timer.cancel()
        if tape:
            self._bytes -= tape.bytes
            tape.expire()
