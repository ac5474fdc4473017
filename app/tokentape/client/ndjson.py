"""NdjsonDecoder: lines of JSON as the events of a stream. Pure and incremental.

A line is an event without a name; the last one needs its line end, as an event of a stream needs
its empty line: what has none was cut off.
"""

from tokentape.client.sse import ServerSentEvent
from tokentape.event_stream import BOM, MOST_PENDING, TooLong


class NdjsonDecoder:
    """Feed it what the socket gave; it returns the lines that are complete, blank ones left out."""

    def __init__(self, most: int = MOST_PENDING) -> None:
        self._most = most
        self._parts: list[bytes] = []
        self._size = 0
        self._begun = False

    @property
    def unfinished(self) -> str:
        """The line that has begun and has no end."""
        return b"".join(self._parts).decode("utf-8", "replace").strip()

    @property
    def skipped(self) -> None:
        """Nothing: each line is an event, or a broken one."""
        return None

    def feed(self, block: bytes) -> list[ServerSentEvent]:
        """Raises `TooLong`."""
        *lines, rest = block.split(b"\n")
        events = []
        for line in lines:
            event = self._event(b"".join([*self._parts, line]))
            self._parts, self._size = [], 0
            events += [event] if event is not None else []
        if rest:
            self._parts.append(rest)
            self._size += len(rest)
            if self._size > self._most:
                raise TooLong(f"a line of more than {self._most:,} bytes")
        return events

    def _event(self, line: bytes) -> ServerSentEvent | None:
        if not self._begun:
            line, self._begun = line.removeprefix(BOM), True
        line = line.strip()
        if not line:
            return None
        try:
            return ServerSentEvent("", line.decode(), "")
        except UnicodeDecodeError:
            return ServerSentEvent("", line.decode("utf-8", "replace"), "", not_utf8=True)
