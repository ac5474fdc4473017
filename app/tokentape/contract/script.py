"""Script: what the model was told to say in one answer, and when it wrote it.

Pure. Reads an entry of the mock's journal; times are nanoseconds of the host's monotonic clock.
"""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import NamedTuple

from tokentape.contract.contract import Json
from tokentape.contract.timeline import Seen

_CLOCKS_APART_NS = 100_000_000
"""What arrives so much before it was written was stamped by another host's clock. Less is the mock
stamping a write a moment after the kernel took it."""

_CONTENT = "content"


class JournalFrame(NamedTuple):
    """One frame that left, as the journal has it (docs/schemas/mock-journal.json)."""

    seq: int
    due_ns: int
    written_ns: int
    lag_ns: int
    kind: str
    size: int
    """Bytes."""


def frames_in(entry: Mapping[str, Json]) -> tuple[JournalFrame, ...]:
    """The frames of a journal entry that left; none where they were not asked for."""
    names = JournalFrame._fields
    frames = (JournalFrame(*map(each.get, names)) for each in entry.get("frames") or ())
    return tuple(frame for frame in frames if frame.written_ns is not None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """`text` is the answer before any fault; `written_ns` has one time for each content frame, by
    which it was written, and `early_ns` one before which it was not."""

    text: str
    chunks: tuple[str, ...]
    written_ns: tuple[int, ...]
    early_ns: tuple[int, ...] = ()
    other_texts: tuple[str, ...] = ()
    """What the choices behind the first were to say."""
    asked_ns: int
    ended_ns: int | None
    state: str

    @property
    def texts(self) -> tuple[str, ...] | None:
        """That of each choice, where there are several."""
        return (self.text, *self.other_texts) if self.other_texts else None

    @property
    def timed(self) -> bool:
        """Whether each chunk's time of writing is known."""
        return bool(self.chunks) and len(self.chunks) == len(self.written_ns)


def script_of(entry: Mapping[str, Json]) -> Script:
    """Read a journal entry, asked for with its frames."""
    content = [
        (frame.due_ns, frame.written_ns) for frame in frames_in(entry) if frame.kind == _CONTENT
    ]
    return Script(
        text=entry["text"],
        chunks=tuple(entry.get("chunks") or ()),
        other_texts=tuple(entry.get("other_texts") or ()),
        written_ns=tuple(written for _, written in content),
        early_ns=tuple(_early(content)),
        asked_ns=entry["started_ns"],
        ended_ns=entry.get("ended_ns"),
        state=entry.get("state", ""),
    )


def _early(content: Sequence[tuple[int, int]]) -> Iterator[int]:
    """No frame was written before it was due, nor before a write that was noted before its own:
    what is noted later was taken by the kernel at any time since."""
    before = note = 0
    for due, written in content:
        if written != note:
            before, note = note, written
        yield min(written, max(due, before))


def added_ns(script: Script, timeline: Sequence[Seen]) -> tuple[int, ...]:
    """For each piece of text, the time from the mock's write of its last character to our read.

    A server may join or split chunks, so pieces are matched by place in the text and not by number.
    Empty where that can't be told: a text other than the script's, frames that a fault added or
    took, or the clock of another host.
    """
    pieces = [(event.at_ns, event.text) for event in timeline if event.text]
    if not script.timed or "".join(text for _, text in pieces) != script.text:
        return ()
    chunk_ends = list(accumulate(len(chunk) for chunk in script.chunks))
    piece_ends = accumulate(len(text) for _, text in pieces)
    added = [
        at_ns - script.written_ns[bisect_left(chunk_ends, end)]
        for (at_ns, _), end in zip(pieces, piece_ends, strict=True)
    ]
    if any(delay < -_CLOCKS_APART_NS for delay in added):
        return ()
    return tuple(max(0, delay) for delay in added)
