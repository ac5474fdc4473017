"""A decoder of server-sent events for clients: bytes in, events out. Pure and incremental."""

from dataclasses import dataclass

from tokentape.event_stream import MOST_PENDING, EventBlocks, Fields, TooLong, fields_of

__all__ = ["SSEDecoder", "ServerSentEvent", "TooLong"]

_SKIPPED_SHOWN = 1_000


@dataclass(frozen=True, slots=True)
class ServerSentEvent:
    """One dispatched event. `id` is the last id seen on the stream, as the standard has it."""

    event: str
    data: str
    id: str
    retry_ms: int | None = None
    not_utf8: bool = False
    """Bytes of it were no UTF-8: U+FFFD stands for them in `data`, as the standard has it."""
    bare: bool = False
    """It has a name and no data, and the standard would drop it."""


class SSEDecoder:
    """Feed it what the socket gave; it returns the events that are complete, with `bare` those too
    that have a name and no data.

    A partial event at the end of the stream is dropped, as the standard asks; `pending` tells
    whether there was one, which is how a truncated stream is noticed.
    """

    def __init__(self, most: int = MOST_PENDING, *, bare: bool = False) -> None:
        self._blocks = EventBlocks(most)
        self._bare = bare
        self._id = ""
        self._dispatched = 0
        self._skipped: tuple[int, str] | None = None

    @property
    def pending(self) -> bool:
        """Whether an event has begun and not been dispatched."""
        return bool(self.unfinished)

    @property
    def unfinished(self) -> str:
        """The data of the event that has begun and not been dispatched, and the line that has no
        end yet."""
        whole, _, open_line = self._blocks.rest.rpartition(b"\n")
        lines = [*(b"data: " + each for each in fields_of(whole).data), open_line]
        return b"\n".join(lines).decode("utf-8", "replace").strip()

    @property
    def skipped(self) -> tuple[int, str] | None:
        """The first line that is no field of an event, behind how many events, as far as it may be
        shown."""
        if self._skipped is None:
            self._skip(fields_of(self._blocks.rest.rpartition(b"\n")[0]))
        return self._skipped

    def feed(self, block: bytes) -> list[ServerSentEvent]:
        """Raises `TooLong`."""
        events = []
        for each in self._blocks.feed(block):
            if each.startswith(b"data: ") and b"\n" not in each:
                events.append(self._event(b"", each[6:], None))
                continue
            fields = fields_of(each)
            if self._skipped is None:
                self._skip(fields)
            if fields.id is not None:
                self._id = fields.id.decode("utf-8", "replace")
            if fields.data:
                events.append(self._event(fields.event, b"\n".join(fields.data), fields.retry))
            elif self._bare and fields.event:
                self._dispatched += 1
                name = fields.event.decode("utf-8", "replace")
                events.append(ServerSentEvent(name, "", self._id, bare=True))
        return events

    def _skip(self, fields: Fields) -> None:
        if fields.other is not None:
            line = fields.other.decode("utf-8", "replace")
            self._skipped = self._dispatched, line[:_SKIPPED_SHOWN]

    def _event(self, name: bytes, told: bytes, retry: bytes | None) -> ServerSentEvent:
        self._dispatched += 1
        wrong = False
        try:
            data = told.decode()
        except UnicodeDecodeError:
            data, wrong = told.decode("utf-8", "replace"), True
        event = name.decode("utf-8", "replace")
        return ServerSentEvent(event, data, self._id, int(retry) if retry else None, wrong)
