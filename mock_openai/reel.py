"""A reel: a plan made ready for the wire, as few writes as its times allow. Pure.

Frames that are due at the same instant are joined in one write, unless the plan asks for a
write each. A reel is shared by all streams that play the same plan.
"""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import NamedTuple

from mock_openai.plan import Ending, Plan

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
    groups: list[tuple[int, list[bytes], int]] = []
    apart = plan.frame_per_write
    for i, frame in enumerate(plan.frames):
        if apart_from is not None and frame.chunk is not None and frame.chunk >= apart_from:
            apart = True
        if groups and not apart and groups[-1][0] == frame.due_ns:
            due_ns, datas, _ = groups[-1]
            datas.append(frame.data)
            groups[-1] = (due_ns, datas, i + 1)
        else:
            groups.append((frame.due_ns, [frame.data], i + 1))
    writes = [
        Write(due_ns, encode_chunk(b"".join(datas)) if chunked else b"".join(datas), upto)
        for due_ns, datas, upto in groups
    ]
    proper = chunked and plan.ending in ("complete", "eof")
    end = LAST_CHUNK if proper else b""
    if writes and writes[-1].due_ns == plan.last_ns:
        last = writes[-1]
        writes[-1] = last._replace(data=last.data + end)
    else:
        writes.append(Write(plan.last_ns, end, len(plan.frames)))
    return writes


def encode_chunk(data: bytes) -> bytes:
    """One chunk of HTTP/1.1's chunked coding (RFC 9112, 7.1); empty data is no chunk."""
    return b"%x\r\n%b\r\n" % (len(data), data) if data else b""
