"""The plan: every frame that will be written, its due time, and how the stream ends.

Pure data. A plan is made before the first byte, changed by faults, and only then played.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Literal, NamedTuple

from mock_openai.plan.columns import Rows
from mock_openai.plan.openai_wire import CHUNKS
from mock_openai.plan.wire import Wire

Ending = Literal["complete", "eof", "sever", "reset", "hang"]
"""complete: as HTTP wants it, the connection lives on. eof: the body ends properly, too early,
and the connection is closed. sever: closed inside the body. reset: TCP RST. hang: nothing more
comes, nothing is closed."""
PIECE = "piece"
"""The kind of a frame that is only the beginning of one: the last piece keeps the frame's kind."""


class Frame(NamedTuple):
    """Encoded bytes, due `due_ns` after the start; `chunk` counts content chunks from 0."""

    due_ns: int
    data: bytes
    kind: str
    chunk: int | None = None


class Frames(Rows[Frame]):
    """Many frames, by columns: `Frames(dues, datas, kinds, chunks)`."""

    __slots__ = ()
    row: ClassVar[type[Frame]] = Frame


def columns_of(
    frames: tuple[Frame, ...] | Frames,
) -> tuple[Sequence[int], Sequence[bytes], Sequence[str], Sequence[int | None]]:
    """The due times, bytes, kinds and chunk numbers of all frames."""
    dues, datas, kinds, chunks = (
        frames if isinstance(frames, Frames) else Frames.of(frames)
    ).columns
    return dues, datas, kinds, chunks


@dataclass(frozen=True, slots=True)
class Placed:
    """A fault as it was applied; `placed` is false when the answer was too short for it."""

    fault: str
    at: str
    violation: str
    placed: bool


@dataclass(frozen=True, slots=True)
class Plan:
    """What is sent, and what was meant: `text` and `chunks` are choice 0 before any fault,
    `other_texts` those of the choices behind it.

    `head_ns` is when status and headers are due; 0 is at once for a stream, and with the body for
    an answer in one piece. `head_open`: the head never ends, the frames are lines of it.
    `length` is what content-length says where it is not what the frames add up to. `wire` is how
    the frames are written. `moved`: a fault has put content chunks into other places than theirs.
    """

    frames: tuple[Frame, ...] | Frames
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()
    streamed: bool = True
    ending: Ending = "complete"
    end_ns: int = 0
    frame_per_write: bool = False
    text: str = ""
    chunks: tuple[str, ...] = ()
    other_texts: tuple[str, ...] = ()
    faults: tuple[Placed, ...] = ()
    head_ns: int = 0
    head_open: bool = False
    length: int | None = None
    wire: Wire = CHUNKS
    moved: bool = False

    @property
    def last_ns(self) -> int:
        """When the stream is over: the last frame, or later where the plan says so."""
        return max(self.end_ns, self.frames[-1].due_ns if self.frames else 0)
