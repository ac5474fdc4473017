"""Bytes of an event stream → frames, incrementally: pure, and blind to where the bytes were cut.

https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream
"""

import re
from typing import NamedTuple

BOM = b"\xef\xbb\xbf"
FIELD = re.compile(rb"(data|event|id|retry)(:|\Z)|:|\Z")
"""How a line of an event begins, or a comment's."""
STRAY_MAX = 4_000


class Named(NamedTuple):
    """A dispatched event that names its type, which most streams never do."""

    event: str
    data: bytes


Frame = bytes | Named
"""One dispatched event: its data lines joined by LF, or those and its type."""


class FrameTooLong(Exception):
    """More bytes than allowed without the end of a frame."""


class Frames:
    """Feed it what was read; it gives the frames that became complete."""

    def __init__(self, max_bytes: int = 8_000_000) -> None:
        self._max_bytes = max_bytes
        self._rest = b""
        self._began = False
        self._stray = b""

    @property
    def stray(self) -> bytes:
        """The first lines that were of no event, cut: a server's last words, at times."""
        return self._stray or _stray_in(self._rest)

    @property
    def rest(self) -> bytes:
        """What has come of a frame that is not complete."""
        return self._rest

    def feed(self, read: bytes) -> list[Frame]:
        text = self._rest + read
        if not self._began:
            if len(text) < len(BOM) and BOM.startswith(text):
                self._rest = text
                return []
            self._began = True
            text = text.removeprefix(BOM)
        held = b""
        if b"\r" in text:
            # A CR at the very end may be the first half of CRLF: hold it back until more comes.
            if text.endswith(b"\r"):
                text, held = text[:-1], b"\r"
            text = text.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        *whole, rest = text.split(b"\n\n")
        self._rest = rest + held
        if len(self._rest) > self._max_bytes:
            raise FrameTooLong
        frames: list[Frame] = []
        for block in whole:
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
    event = error = ""
    lines: list[bytes] = []
    for line in block.split(b"\n"):
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            lines.append(value)
        elif name == b"event":
            event = value.decode("utf-8", "replace")
        elif name == b"error":
            error = value.decode("utf-8", "replace")
    if not lines:
        # Old builds of llama.cpp tell an error as a field, which the standard knows not.
        return Named("error", error.encode()) if error else None
    data = b"\n".join(lines)
    return Named(event, data) if event else data
