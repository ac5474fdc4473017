"""The upstream's event stream as frames of bytes; what most streams lack costs nothing. Pure."""

import re
from typing import NamedTuple

from tokentape.event_stream import EventBlocks, fields_of

FIELD = re.compile(rb"(data|event|id|retry)(:|\Z)|:|\Z")
"""How a line of an event begins, or a comment's."""
STRAY_MAX = 4_000


class Named(NamedTuple):
    """A dispatched event that names its type, which most streams never do."""

    event: str
    data: bytes


Frame = bytes | Named
"""One dispatched event: its data lines joined by LF, or those and its type."""


class Frames:
    """Feed it what was read; it gives the frames that became complete."""

    def __init__(self, max_bytes: int = 8_000_000) -> None:
        self._blocks = EventBlocks(max_bytes)
        self._stray = b""

    @property
    def stray(self) -> bytes:
        """The first lines that were of no event, cut: a server's last words, at times."""
        return self._stray or _stray_in(self.rest)

    @property
    def rest(self) -> bytes:
        """What has come of a frame that is not complete."""
        return self._blocks.rest

    def feed(self, read: bytes) -> list[Frame]:
        """Raises `TooLong`."""
        frames: list[Frame] = []
        for block in self._blocks.feed(read):
            if block.startswith(b"data: ") and b"\n" not in block:
                frames.append(block[6:])
            else:
                frame = _parsed(block)
                if frame is not None:
                    frames.append(frame)
                elif not self._stray:
                    self._stray = _stray_in(block)
        return frames


def _stray_in(block: bytes) -> bytes:
    lines = block.split(b"\n")
    for at, line in enumerate(lines):
        if not FIELD.match(line.strip()):
            return b"\n".join(lines[at:])[:STRAY_MAX]
    return b""


def _parsed(block: bytes) -> Frame | None:
    """The general case; None for comments, lone ids and empty blocks."""
    event, lines, *_, other = fields_of(block)
    if not lines:
        # Old builds of llama.cpp tell an error as a field, which the standard knows not.
        error = other.removeprefix(b"error:").removeprefix(b" ") if other else b""
        return Named("error", error) if other and other.startswith(b"error:") and error else None
    data = b"\n".join(lines)
    return Named(event.decode("utf-8", "replace"), data) if event else data
