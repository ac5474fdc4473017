"""What the metronome says to one question and when, faults on the wire included. Pure.

It reads the mock's own directive, `[[mock: tokens=60 first=200ms gap=20ms fault=swap@5]]`, so that
the same load users can be put before either.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from tokentape.contract.contract import Json
from tokentape.contract.violations import ViolationKind

_DIRECTIVE = re.compile(r"\[\[mock: ([^\]]*)\]\]")
_FAULT = re.compile(r"([a-z-]+)@([0-9]{1,4})(?::([0-9]{1,5}m?s))?")
_TAG = re.compile(r"\(turn [^)]*\)")
_DURATION = re.compile(r"([0-9]{1,6})(ms|s)")
TOKENS_MAX = 10_000
MS = 1_000_000


@dataclass(frozen=True, slots=True)
class TimedChunk:
    """One event: `said_ns` is when the model had it, `due_ns` when it goes over the wire, both from
    the start. `seq` is what is written beside it."""

    seq: int
    text: str | None
    said_ns: int
    due_ns: int
    leaves_open: bool = False
    """The end of all, without that of its part."""


@dataclass(frozen=True, slots=True)
class ChunkSchedule:
    tag: str
    chunks: tuple[str, ...]
    timed: tuple[TimedChunk, ...]
    harm: ViolationKind | None = None
    """What the fault does to the stream; `None` without one, or where the stream has no such
    place."""


def schedule_chunks(message: str, *, in_parts: bool = False) -> ChunkSchedule:
    """The answer to a question, in a dialect that has parts or none. Raises `ValueError` for a
    directive that can't be read, or can't be done."""
    fields = _read(message)
    if fields.fault == "left-open" and not in_parts:
        raise ValueError("left-open: the metronome's own answers have no parts")
    found = _TAG.search(message)
    tag = found[0] if found else ""
    tokens, first_ns, gap_ns = fields.tokens, fields.first_ns, fields.gap_ns
    # The tag is part of the text: one stream's in another's place can't go unseen.
    chunks = tuple(f"{number}{tag if number == 0 else ''} " for number in range(tokens))
    line = [
        TimedChunk(number, text, first_ns + number * gap_ns, first_ns + number * gap_ns)
        for number, text in enumerate(chunks)
    ]
    end_ns = line[-1].due_ns if line else first_ns
    line.append(TimedChunk(len(line), None, end_ns, end_ns))
    harm: ViolationKind | None = None
    if fields.fault is not None and fields.place < tokens - 1:
        struck, harm = FAULTS[fields.fault]
        line = struck(line, fields.place, fields.value_ns)
    return ChunkSchedule(tag, chunks, tuple(line), harm)


@dataclass(frozen=True, slots=True)
class _Directive:
    tokens: int = 60
    first_ns: int = 200 * MS
    gap_ns: int = 20 * MS
    fault: str | None = None
    place: int = 0
    value_ns: int = 0


def _read(message: str) -> _Directive:
    fields = _Directive()
    found = _DIRECTIVE.search(message)
    for word in found[1].split() if found else ():
        key, _, value = word.partition("=")
        if key == "tokens" and value.isdigit() and 0 < int(value) <= TOKENS_MAX:
            fields = replace(fields, tokens=int(value))
        elif key in ("first", "gap") and _DURATION.fullmatch(value):
            ns = _ns(value)
            fields = replace(fields, first_ns=ns) if key == "first" else replace(fields, gap_ns=ns)
        elif key == "fault" and (fault := _FAULT.fullmatch(value)) and fault[1] in FAULTS:
            value_ns = _ns(fault[3]) if fault[3] else 0
            fields = replace(fields, fault=fault[1], place=int(fault[2]), value_ns=value_ns)
        else:
            raise ValueError(f"{word}: the metronome knows tokens, first, gap and fault")
    return fields


def _ns(written: str) -> int:
    found = _DURATION.fullmatch(written)
    return int(found[1]) * (MS if found[2] == "ms" else 1_000 * MS) if found else 0


_Line = list[TimedChunk]


def _swap(line: _Line, place: int, _: int) -> _Line:
    one, other = line[place], line[place + 1]
    swapped = [replace(other, due_ns=one.due_ns), replace(one, due_ns=other.due_ns)]
    return [*line[:place], *swapped, *line[place + 2 :]]


def _duplicate(line: _Line, place: int, _: int) -> _Line:
    return [*line[: place + 1], *line[place:]]


def _drop(line: _Line, place: int, _: int) -> _Line:
    return [*line[:place], *line[place + 1 :]]


def _stall(line: _Line, place: int, value_ns: int) -> _Line:
    longer = value_ns or 2_000 * MS
    later = [
        replace(chunk, said_ns=chunk.said_ns + longer, due_ns=chunk.due_ns + longer)
        for chunk in line[place:]
    ]
    return [*line[:place], *later]


def _no_end(line: _Line, _: int, __: int) -> _Line:
    return line[:-1]


def _left_open(line: _Line, _: int, __: int) -> _Line:
    return [*line[:-1], replace(line[-1], leaves_open=True)]


def _buffer(line: _Line, place: int, _: int) -> _Line:
    """The first texts, up to the place, are kept back and come together."""
    held = [replace(chunk, due_ns=line[place].due_ns) for chunk in line[:place]]
    return [*held, *line[place:]]


FAULTS: Mapping[str, tuple[Callable[[_Line, int, int], _Line], ViolationKind]] = {
    "swap": (_swap, "seq_reordered"),
    "duplicate": (_duplicate, "seq_duplicate"),
    "drop": (_drop, "seq_gap"),
    "stall": (_stall, "stalled"),
    "no-end": (_no_end, "missing_end"),
    "buffer": (_buffer, "buffered"),
    "left-open": (_left_open, "left_open"),
}
"""By name: what it makes of the line, and the violation that a checker has to report."""


def payload(chunk: TimedChunk, run: str) -> Json:
    """An event's payload on any transport."""
    fields: dict[str, Json] = {"runId": run, "seq": chunk.seq}
    if chunk.text is not None:
        return {**fields, "content": chunk.text}
    return {**fields, "done": True, **({"open": True} if chunk.leaves_open else {})}
