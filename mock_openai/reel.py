"""A reel: a plan made ready for the wire, as few writes as its times allow. Pure.

Frames that are due at the same instant are joined in one write, unless the plan asks for a
write each. A reel is shared by all streams that play the same plan.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from mock_openai.plan import Ending, Plan

MOST_JOINED = 65_536  # bytes: what waits for a slow reader is never more than one write
LAST_CHUNK = b"0\r\n\r\n"
_REASONS = {
    200: "OK", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
    408: "Request Timeout", 409: "Conflict", 413: "Content Too Large",
    422: "Unprocessable Entity", 429: "Too Many Requests", 500: "Internal Server Error",
    502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout",
}  # fmt: skip


class Write(NamedTuple):
    """`upto` frames are out once `data` is; `chunks` of them carry content."""

    due_ns: int
    data: bytes
    upto: int


@dataclass(frozen=True, slots=True)
class Columns:
    """The frames without their bytes, compactly: what the journal keeps of a plan."""

    due_ns: array[int]
    sizes: array[int]
    kinds: tuple[str, ...]
    chunk_lengths: array[int]

    @property
    def weight(self) -> int:
        """Bytes of memory, about."""
        return 24 * len(self.kinds) + 4 * len(self.chunk_lengths)


@dataclass(frozen=True, slots=True)
class Reel:
    """`head` is the status line and fixed headers, without the empty line after them.

    `apart`: writes are never joined, not even when they are late.
    """

    head: bytes
    writes: tuple[Write, ...]
    ending: Ending
    apart: bool
    columns: Columns
    text: str


def make_reel(plan: Plan, *, chunked: bool = True, apart_from: int | None = None) -> Reel:
    """`apart_from` is the content chunk from which on every frame is a write of its own."""
    chunked = chunked and plan.streamed
    return Reel(
        head=_head(plan, chunked),
        writes=tuple(_writes(plan, chunked, apart_from)),
        ending=plan.ending,
        apart=plan.frame_per_write,
        columns=Columns(
            due_ns=array("q", (frame.due_ns for frame in plan.frames)),
            sizes=array("l", (len(frame.data) for frame in plan.frames)),
            kinds=tuple(frame.kind for frame in plan.frames),
            chunk_lengths=array("l", map(len, plan.chunks)),
        ),
        text=plan.text,
    )


def _head(plan: Plan, chunked: bool) -> bytes:
    lines = [f"HTTP/1.1 {plan.status} {_REASONS.get(plan.status, 'Scripted')}"]
    lines.extend(f"{name}: {value}" for name, value in plan.headers)
    if chunked:
        lines.append("transfer-encoding: chunked")
    elif not plan.streamed:
        lines.append(f"content-length: {sum(len(frame.data) for frame in plan.frames)}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n"


def _writes(plan: Plan, chunked: bool, apart_from: int | None) -> list[Write]:
    writes: list[Write] = []
    upto = 0
    for due_ns, group in groupby(_runs(plan, apart_from), key=itemgetter(0)):
        datas = [data for _, data in group]
        upto += len(datas)
        data = b"".join(datas)
        writes.append(Write(due_ns[0], encode_chunk(data) if chunked else data, upto))
    proper = chunked and plan.ending in ("complete", "eof")
    end = LAST_CHUNK if proper else b""
    if writes and writes[-1].due_ns == plan.last_ns:
        last = writes[-1]
        writes[-1] = last._replace(data=last.data + end)
    else:
        writes.append(Write(plan.last_ns, end, len(plan.frames)))
    return writes


def _runs(plan: Plan, apart_from: int | None) -> Iterator[tuple[tuple[int, int], bytes]]:
    """Each frame's bytes under a key; frames of the same key, one after the other, are joined."""
    apart = plan.frame_per_write
    batch = 0
    room = MOST_JOINED
    for due_ns, data, _, chunk in plan.frames:
        if apart_from is not None and chunk is not None and chunk >= apart_from:
            apart = True
        room -= len(data)
        if apart or room < 0:
            batch += 1
            room = MOST_JOINED - len(data)
        yield (due_ns, batch), data


def encode_chunk(data: bytes) -> bytes:
    """One chunk of HTTP/1.1's chunked coding (RFC 9112, 7.1); empty data is no chunk."""
    return b"%x\r\n%b\r\n" % (len(data), data) if data else b""
