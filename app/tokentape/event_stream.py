"""The one reader of server-sent events: bytes in, events out, however they were split. Pure.

Follows the WHATWG HTML standard, section 9.2.6. `EventBlocks` finds where an event ends and
`fields_of` its fields, all as bytes: for the clients' `SSEDecoder` and for the relay's `Frames`.

Why by hand: docs/decisions/0017-by-hand-or-by-library.md.
"""

import re
from typing import NamedTuple

MOST_PENDING = 16 * 1024 * 1024
"""Bytes of one event: more is no stream of events."""

BOM = b"\xef\xbb\xbf"
_DIGITS = re.compile(rb"[0-9]{1,18}")


class TooLong(ValueError):
    """An event that does not end."""


class EventBlocks:
    """Feed it what the socket gave; it returns the events that are complete, each as its lines with
    LF between them. Raises `TooLong`."""

    __slots__ = ("_after_cr", "_begun", "_between", "_most", "_parts", "_size")

    def __init__(self, most: int = MOST_PENDING) -> None:
        self._most = most
        self._parts: list[bytes] = []
        self._size = 0
        self._begun = self._after_cr = False
        self._between = False  # nothing of the next event has come, as far as one can know

    @property
    def rest(self) -> bytes:
        """What has come of an event that is not complete."""
        return b"".join(self._parts)

    def feed(self, read: bytes) -> list[bytes]:
        """The events that this read completes. Raises `TooLong`."""
        if self._between and read.endswith(b"\n\n") and b"\r" not in read:
            blocks = read.split(b"\n\n")
            blocks.pop()
            return blocks
        self._between = False
        # A CR ends its line at once; only the next read tells whether an LF belongs to it.
        if self._after_cr and read:
            self._after_cr = False
            read = read.removeprefix(b"\n")
        if b"\r" in read:
            self._after_cr = read.endswith(b"\r")
            read = read.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
        if not self._begun:
            read = self.rest + read
            if len(read) < len(BOM) and BOM.startswith(read):
                self._parts = [read]
                return []
            self._begun, self._parts = True, []
            read = read.removeprefix(BOM)
        if not read:
            return []
        if parts := self._parts:
            ends = b"\n\n" in read or (read.startswith(b"\n") and parts[-1].endswith(b"\n"))
            parts.append(read)
            if not ends:
                # Joined once for each event that ends, however small the reads are.
                self._bound(self._size + len(read))
                return []
            read = b"".join(parts)
        *blocks, rest = read.split(b"\n\n")
        self._parts = [rest] if rest else []
        self._between = not rest and not self._after_cr
        self._bound(len(rest))
        return blocks

    def _bound(self, size: int) -> None:
        self._size = size
        if size > self._most:
            raise TooLong(f"an event of more than {self._most:,} bytes")


class Fields(NamedTuple):
    """The fields of one event, as bytes; of several lines with one name the last counts, except
    for data."""

    event: bytes
    data: list[bytes]
    id: bytes | None
    retry: bytes | None
    other: bytes | None
    """The first line that is no field of an event."""


def fields_of(block: bytes) -> Fields:
    """The fields of an event of `EventBlocks`."""
    event, id, retry, other = b"", None, None, None
    data: list[bytes] = []
    for line in block.split(b"\n"):
        name, _, value = line.partition(b":")
        value = value.removeprefix(b" ")
        if name == b"data":
            data.append(value)
        elif name == b"event":
            event = value
        elif name == b"id":
            if b"\0" not in value:
                id = value
        elif name == b"retry":
            if _DIGITS.fullmatch(value):
                retry = value
        elif other is None and name:
            other = line
    return Fields(event, data, id, retry, other)
