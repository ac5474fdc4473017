"""A plan made ready for the wire, as few writes as its times allow. Pure.

Frames that are due at the same instant are joined in one write, unless the plan asks for a
write each. A schedule is shared by all streams that play the same plan.
"""

from array import array
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import NamedTuple

from mock_openai.plan.encoded_frames import joined, lengths_of, longest_of, sizes_of
from mock_openai.plan.pacing import MOST_CACHED
from mock_openai.plan.plan import Ending, Plan, columns_of

MOST_JOINED = 65_536  # bytes: what waits for a slow reader is never more than one write
LAST_CHUNK = b"0\r\n\r\n"
# Not `http.HTTPStatus`: its phrases differ from one Python to the next.
_REASONS = {
    200: "OK", 400: "Bad Request", 401: "Unauthorized", 402: "Payment Required",
    403: "Forbidden", 404: "Not Found", 405: "Method Not Allowed", 408: "Request Timeout",
    409: "Conflict", 410: "Gone", 413: "Content Too Large", 415: "Unsupported Media Type",
    422: "Unprocessable Entity", 429: "Too Many Requests", 500: "Internal Server Error",
    501: "Not Implemented", 502: "Bad Gateway", 503: "Service Unavailable",
    504: "Gateway Timeout",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Columns:
    """The frames without their bytes, compactly: what the journal keeps of a plan."""

    due_ns: "array[int]"
    sizes: Sequence[int]
    kinds: tuple[str, ...]
    chunk_lengths: Sequence[int]

    @property
    def weight(self) -> int:
        """Bytes of memory, about."""
        return 32 * len(self.kinds)


@dataclass(frozen=True, slots=True)
class WriteSchedule:
    """`head` is the status line and fixed headers, without the empty line after them.

    Write i is `datas[i]`, due `dues[i]` ns after the start; `uptos[i]` frames are out after it.
    HTTP's chunks are put around them by `wire`: a second copy of each frame would make a plan
    half as dear again. `end` is what ends the body on the wire.

    `apart`: writes are never joined, not even when they are late. `gate` is the first write that
    is held back until it is let go.
    """

    head: bytes
    dues: tuple[int, ...]
    datas: Sequence[bytes]
    uptos: tuple[int, ...]
    chunked: bool
    end: bytes
    ending: Ending
    apart: bool
    columns: Columns
    text: str
    head_ns: int = 0
    head_open: bool = False
    gate: int | None = None

    def wire(self, first: int, last: int) -> bytes:
        """The writes from `first` to before `last`, each a chunk of HTTP/1.1's chunked coding
        (RFC 9112, 7.1); an empty one is no chunk."""
        datas = self.datas
        if last == first + 1 and self.chunked and last < len(self.dues):
            data = datas[first]
            return b"%x\r\n%b\r\n" % (len(data), data) if data else b""
        if not self.chunked:
            return b"".join(datas[first:last])
        parts: list[bytes] = []
        for data in datas[first:last]:
            if data:
                parts += (_size(len(data)), data, b"\r\n")
        if last == len(datas):
            parts.append(self.end)
        return b"".join(parts)


@lru_cache(maxsize=4096)
def _size(octets: int) -> bytes:
    return b"%x\r\n" % octets


def schedule_writes(plan: Plan, *, chunked: bool = True, hold: int | None = None) -> WriteSchedule:
    """`hold` is the content chunk before which the stream is held; from there on every frame is a
    write of its own."""
    apart_from = hold
    chunked = chunked and plan.streamed and not plan.head_open
    all_dues, all_datas, kinds, chunks = columns_of(plan.frames)
    if plan.frame_per_write:
        apart_from = 0
    all_dues = tuple(all_dues)
    steps = _steps if len(all_dues) > MOST_CACHED else _cached_steps
    step = steps(all_dues, _first_apart(chunks, apart_from))
    ends, dues = step.ends, step.dues
    if len(ends) < len(all_dues) and longest_of(all_datas) > MOST_JOINED:
        ends = _bounded(step.ends, list(map(len, all_datas)))
        dues = tuple([all_dues[start] for start in [0, *ends[:-1]]])
    datas = joined(all_datas, ends)
    proper = chunked and plan.ending in ("complete", "eof")
    if not dues or dues[-1] != plan.last_ns:
        dues = (*dues, plan.last_ns)
        datas = (*datas, b"")
        ends = (*ends, len(all_dues))
    if plan.head_ns:
        dues = (plan.head_ns, *dues)
        datas = (b"", *datas)  # the head is put before the first write
        ends = (0, *ends)
    gate = None if hold is None else _frame_with_chunk(chunks, hold)
    return WriteSchedule(
        head=_head(plan, chunked),
        dues=dues,
        datas=datas,
        uptos=ends,
        chunked=chunked,
        end=LAST_CHUNK if proper else b"",
        ending=plan.ending,
        apart=plan.frame_per_write,
        columns=Columns(
            step.due_ns, sizes_of(all_datas), tuple(kinds), lengths_of(all_datas, plan.chunks)
        ),
        text=plan.text,
        head_ns=plan.head_ns,
        head_open=plan.head_open,
        gate=None if gate is None else bisect_right(ends, gate),
    )


def status_line(status: int) -> str:
    """With its phrase (RFC 9110, 15)."""
    return f"HTTP/1.1 {status} {_REASONS.get(status, 'Scripted')}"


def _head(plan: Plan, chunked: bool) -> bytes:
    lines = [status_line(plan.status)]
    lines.extend(f"{name}: {value}" for name, value in plan.headers)
    if chunked:
        lines.append("transfer-encoding: chunked")
    elif not plan.streamed:
        sent = sum(len(frame.data) for frame in plan.frames)
        lines.append(f"content-length: {sent if plan.length is None else plan.length}")
    return "\r\n".join(lines).encode("latin-1") + b"\r\n"


def _frame_with_chunk(chunks: Sequence[int | None], hold: int) -> int | None:
    frames = (i for i, chunk in enumerate(chunks) if chunk is not None and chunk >= hold)
    return next(frames, None)


def _first_apart(chunks: Sequence[int | None], apart_from: int | None) -> int:
    """The first frame that shares no write with the one before."""
    if apart_from is None:
        return len(chunks)
    if apart_from == 0:
        return 0
    gate = _frame_with_chunk(chunks, apart_from)
    return len(chunks) if gate is None else gate


class _Steps(NamedTuple):
    """Where each write ends, and when it is due: frames that are due at once share one."""

    ends: tuple[int, ...]
    dues: tuple[int, ...]
    due_ns: "array[int]"


def _steps(dues: tuple[int, ...], apart_from: int) -> _Steps:
    ends = [i for i, (one, two) in enumerate(pairwise(dues), 1) if one != two or i >= apart_from]
    if dues:
        ends.append(len(dues))
    starts = [dues[start] for start in [0, *ends[:-1]][: len(ends)]]
    return _Steps(tuple(ends), tuple(starts), array("q", dues))


# Most answers of a scenario have the same times.
_cached_steps = lru_cache(maxsize=64)(_steps)


def _bounded(ends: Sequence[int], sizes: Sequence[int]) -> tuple[int, ...]:
    """With no write of more than MOST_JOINED bytes where it can be parted."""
    bounded: list[int] = []
    start = 0
    for end in ends:
        room = MOST_JOINED
        for i in range(start, end):
            room -= sizes[i]
            if room < 0 and i > start:
                bounded.append(i)
                room = MOST_JOINED - sizes[i]
        bounded.append(end)
        start = end
    return tuple(bounded)
