"""Where a fault strikes: the request, before the first chunk, chunk N, after the last, byte N.

`end` is where an answer that failed breaks off; nobody names it.
"""

import re
from dataclasses import dataclass
from typing import Literal

from mock_openai.plan.plan import PIECE, Frame, Plan
from mock_openai.text.random_source import RandomSource, between

_COUNTED = re.compile(r"(chunk|byte)?\s*(\d{1,9})")
_NAMED: "dict[str, Place]" = {}
_SAID = ("content", "reasoning", "refusal", "tool")
"""Kinds of frames that carry what is said, thought or called."""


@dataclass(frozen=True, slots=True)
class Place:
    """`n` counts from 0: content chunks of the answer, or bytes of the body before any chunked
    coding."""

    kind: Literal["request", "first", "chunk", "last", "end", "byte", "random"]
    n: int = 0

    def __str__(self) -> str:
        names = {
            "request": "request",
            "first": "before first chunk",
            "last": "after last chunk",
            "end": "before the end",
        }
        counted = self.kind in ("chunk", "byte")
        return f"{self.kind} {self.n}" if counted else names.get(self.kind, self.kind)


_NAMED.update(
    {
        "request": Place("request"),
        "first": Place("first"),
        "before first chunk": Place("first"),
        "last": Place("last"),
        "after last chunk": Place("last"),
        "random": Place("random"),
    }
)


def read_place(value: object) -> Place:
    """`7`, `chunk 7`, `byte 120`, `request`, `first`, `last` or `random`, and the long names."""
    text = " ".join(str(value).split()).lower()
    match = _COUNTED.fullmatch(text)
    if match and not isinstance(value, bool):
        return Place("byte" if match[1] == "byte" else "chunk", int(match[2]))
    if text in _NAMED:
        return _NAMED[text]
    raise ValueError(
        f"{value!r} is not a place: write 'chunk N', 'byte N', 'request', 'before first chunk', "
        "'after last chunk' or 'random'"
    )


def settle(place: Place, plan: Plan, chance: RandomSource) -> Place:
    """Turns `random` into a chunk of this plan; every other place is settled already."""
    if place.kind != "random":
        return place
    return Place("chunk", between(chance, 0, max(0, len(plan.chunks) - 1)))


def index_of(place: Place, plan: Plan) -> int | None:
    """The frame that `place` is before, or in for a byte; None when the plan has no such place.

    `first` is before the whole stream (chunk 0 comes after the frame that gives the role);
    `last` is the first frame after the last content chunk; `end` comes after all that is said,
    thought or called, or where nothing is, before the frame that carries the end.
    """
    frames = plan.frames
    if place.kind == "byte":
        match = _frame_with_byte(place.n, plan)
        return None if match is None else match[0]
    if place.kind in ("request", "first"):
        return 0 if frames else None
    if not plan.streamed:
        # An unstreamed body has one frame: its start and its bytes are its only places.
        return 0 if frames and place == Place("chunk", 0) else None
    if place.kind == "last":
        carrying = [i for i, frame in enumerate(frames) if frame.chunk is not None]
        after = carrying[-1] + 1 if carrying else 0
        return after if after < len(frames) else None
    if place.kind == "end":
        return _end_of(plan)
    at = next((i for i, frame in enumerate(frames) if frame.chunk == place.n), None)
    while at and frames[at - 1].kind == PIECE:
        at -= 1  # the frame was split by a fault before this one
    return at


def _end_of(plan: Plan) -> int | None:
    said = max((i for i, frame in enumerate(plan.frames) if frame.kind in _SAID), default=None)
    if said is not None:
        return said + 1 if said + 1 < len(plan.frames) else None
    return next((i for i, frame in enumerate(plan.frames) if frame.kind == "finish"), None)


def chunk_at(place: Place, plan: Plan) -> int | None:
    """The content frame at `place`; None when there is none. `last` is the last of them: what has
    to be content can't be after it."""
    if place.kind == "last":
        carrying = (i for i, frame in enumerate(plan.frames) if frame.chunk is not None)
        return max(carrying, default=None)
    at = index_of(place, plan)
    while at is not None and at < len(plan.frames) and plan.frames[at].kind == PIECE:
        at += 1
    if at is None or at == len(plan.frames):  # a fault before this one has cut it off
        return None
    return at if plan.frames[at].chunk is not None else None


def parted(place: Place, plan: Plan) -> tuple[tuple[Frame, ...], tuple[Frame, ...]] | None:
    """The frames before and after `place`; a byte inside of a frame parts that frame in two."""
    if place.kind != "byte":
        at = index_of(place, plan)
        return None if at is None else (plan.frames[:at], plan.frames[at:])
    match = _frame_with_byte(place.n, plan)
    if match is None:
        return None
    at, inside = match
    frame = plan.frames[at]
    if inside == 0:
        return plan.frames[:at], plan.frames[at:]
    piece = Frame(frame.due_ns, frame.data[:inside], PIECE)
    rest = frame._replace(data=frame.data[inside:])
    return (*plan.frames[:at], piece), (rest, *plan.frames[at + 1 :])


def _frame_with_byte(n: int, plan: Plan) -> tuple[int, int] | None:
    """The frame that holds byte `n` of the body, and the byte's place in it."""
    begin = 0
    for at, frame in enumerate(plan.frames):
        if n < begin + len(frame.data):
            return at, n - begin
        begin += len(frame.data)
    return None
