"""A reel: a plan made ready for the wire, as few writes as its times allow. Pure.

Frames that are due at the same instant are joined in one write, unless the plan asks for a
write each. A reel is shared by all streams that play the same plan.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

from mock_openai.plan import Ending, Frame, Plan

MOST_JOINED = 65_536  # bytes: what waits for a slow reader is never more than one write
LAST_CHUNK = b"0\r\n\r\n"
_REASONS = {
    200: "OK", 400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found",
    408: "Request Timeout", 409: "Conflict", 413: "Content Too Large",
    422: "Unprocessable Entity", 429: "Too Many Requests", 500: "Internal Server Error",
    502: "Bad Gateway", 503: "Service Unavailable", 504: "Gateway Timeout",
}  # fmt: skip


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

    Write i is `datas[i]`, due `dues[i]` ns after the start; `uptos[i]` frames are out after it.
    `apart`: writes are never joined, not even when they are late.
    """

    head: bytes
    dues: tuple[int, ...]
    datas: tuple[bytes, ...]
    uptos: array[int]
    ending: Ending
    apart: bool
    columns: Columns
    text: str


def make_reel(plan: Plan, *, chunked: bool = True, apart_from: int | None = None) -> Reel:
    """`apart_from` is the content chunk from which on every frame is a write of its own."""
    chunked = chunked and plan.streamed
    frames = plan.frames
    dues, datas, uptos = _writes(frames, plan.frame_per_write, apart_from)
    if chunked:
        datas = [encode_chunk(data) for data in datas]
    proper = chunked and plan.ending in ("complete", "eof")
    end = LAST_CHUNK if proper else b""
    if dues and dues[-1] == plan.last_ns:
        datas[-1] += end
    else:
        dues.append(plan.last_ns)
        datas.append(end)
        uptos.append(len(frames))
    return Reel(
        head=_head(plan, chunked),
        dues=tuple(dues),
        datas=tuple(datas),
        uptos=uptos,
        ending=plan.ending,
        apart=plan.frame_per_write,
        columns=Columns(
            due_ns=array("q", [frame[0] for frame in frames]),
            sizes=array("l", [len(frame[1]) for frame in frames]),
            kinds=tuple([frame[2] for frame in frames]),
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


def _writes(
    frames: Sequence[Frame], apart: bool, apart_from: int | None
) -> tuple[list[int], list[bytes], array[int]]:
    """Due times, bytes and frames so far of each write: frames due at once share one."""
    dues: list[int] = []
    parts: list[list[bytes]] = []
    uptos = array("l")
    last_ns = -1
    room = 0
    for number, (due_ns, data, _, chunk) in enumerate(frames, 1):
        if apart_from is not None and chunk is not None and chunk >= apart_from:
            apart = True
        size = len(data)
        if due_ns == last_ns and not apart and size <= room:
            parts[-1].append(data)
            room -= size
            uptos[-1] = number
        else:
            dues.append(due_ns)
            parts.append([data])
            uptos.append(number)
            room = MOST_JOINED - size
            last_ns = due_ns
    return dues, [b"".join(part) for part in parts], uptos


def encode_chunk(data: bytes) -> bytes:
    """One chunk of HTTP/1.1's chunked coding (RFC 9112, 7.1); empty data is no chunk."""
    return b"%x\r\n%b\r\n" % (len(data), data) if data else b""
