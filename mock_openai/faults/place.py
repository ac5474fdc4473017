"""Where a fault strikes: the request, before the first chunk, chunk N, or after the last one."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from mock_openai.chance import Chance, between
from mock_openai.plan import Plan

_CHUNK = re.compile(r"(?:chunk\s+)?(\d{1,9})")
_NAMED: dict[str, Place] = {}


@dataclass(frozen=True, slots=True)
class Place:
    """`n` counts content chunks of the answer from 0 and is used by `chunk` alone."""

    kind: Literal["request", "first", "chunk", "last", "random"]
    n: int = 0

    def __str__(self) -> str:
        names = {"request": "request", "first": "before first chunk", "last": "after last chunk"}
        return names.get(self.kind, f"chunk {self.n}" if self.kind == "chunk" else self.kind)


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
    """`7`, `chunk 7`, `request`, `before first chunk`, `after last chunk` or `random`."""
    text = " ".join(str(value).split()).lower()
    found = _CHUNK.fullmatch(text)
    if found and not isinstance(value, bool):
        return Place("chunk", int(found[1]))
    if text in _NAMED:
        return _NAMED[text]
    raise ValueError(
        f"{value!r} is not a place: write 'chunk N', 'request', 'before first chunk', "
        "'after last chunk' or 'random'"
    )


def settle(place: Place, plan: Plan, chance: Chance) -> Place:
    """Turns `random` into a chunk of this plan; every other place is settled already."""
    if place.kind != "random":
        return place
    return Place("chunk", between(chance, 0, max(0, len(plan.chunks) - 1)))


def index_of(place: Place, plan: Plan) -> int | None:
    """The frame that `place` is before; None when the plan has no such place.

    `first` is before the whole stream (chunk 0 comes after the frame that gives the role);
    `last` is the first frame after the last content chunk: the one that carries the end.
    """
    frames = plan.frames
    if place.kind == "request":
        return 0 if frames else None
    if not plan.streamed:
        # An unstreamed body has one frame: only its start is a place.
        return 0 if frames and (place.kind == "first" or place == Place("chunk", 0)) else None
    if place.kind == "last":
        carrying = [i for i, frame in enumerate(frames) if frame.chunk is not None]
        after = carrying[-1] + 1 if carrying else 0
        return after if after < len(frames) else None
    if place.kind == "first":
        return 0 if frames else None
    return next((i for i, frame in enumerate(frames) if frame.chunk == place.n), None)
