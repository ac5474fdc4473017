"""A decoder of server-sent events: bytes in, events out, however the bytes were split.

Pure and incremental; follows the WHATWG HTML standard, section 9.2.6.
"""

import codecs
import re
from dataclasses import dataclass

MOST_PENDING = 16 * 1024 * 1024
"""Characters of one event: more is no stream of events."""

_FIELDS = ("data", "event", "id", "retry")
_SKIPPED_SHOWN = 1_000
_DIGITS = re.compile(r"[0-9]{1,18}")
_ESCAPED = re.compile("[\udc80-\udcff]")
"""What stands for a byte that is no UTF-8, until it is dispatched."""


@dataclass(frozen=True, slots=True)
class ServerSentEvent:
    """One dispatched event. `id` is the last id seen on the stream, as the standard has it."""

    event: str
    data: str
    id: str
    retry_ms: int | None = None
    not_utf8: bool = False
    """Bytes of it were no UTF-8: U+FFFD stands for them in `data`, as the standard has it."""


class TooLong(ValueError):
    """An event that does not end."""


class SSEDecoder:
    """Feed it what the socket gave; it returns the events that are complete.

    A partial event at the end of the stream is dropped, as the standard asks; `pending` tells
    whether there was one, which is how a truncated stream is noticed.
    """

    def __init__(self, most: int = MOST_PENDING) -> None:
        self._most = most
        self._utf8 = codecs.getincrementaldecoder("utf-8")("strict")
        self._strict = True
        self._rest: list[str] = []
        self._begun = False
        self._after_cr = False
        self._event = ""
        self._data: list[str] = []
        self._held = 0  # characters of the event that has begun: of its lines, and of the last one
        self._open = 0
        self._id = ""
        self.skipped: tuple[int, str] | None = None
        """The first line that is no field of an event, behind how many events, as far as it may be
        shown."""
        self._dispatched = 0
        self._retry: int | None = None

    @property
    def pending(self) -> bool:
        """Whether an event has begun and not been dispatched."""
        return bool(self.unfinished)

    @property
    def unfinished(self) -> str:
        """The lines of the event that has begun and not been dispatched."""
        lines = [*(f"data: {one}" for one in self._data), _replaced("".join(self._rest))]
        return "\n".join(lines).strip()

    def feed(self, block: bytes) -> list[ServerSentEvent]:
        """Raises `TooLong`."""
        text = self._text(block)
        if not self._begun and text:
            self._begun = True
            text = text.removeprefix("\ufeff")
        text = self._with_line_feeds(text)
        self._rest.append(text)
        self._open += len(text)
        # Joined once for each line that ends, however small the blocks are.
        if "\n" in text:
            *lines, rest = "".join(self._rest).split("\n")
            self._rest, self._open = [rest], len(rest)
        else:
            lines = []
        events: list[ServerSentEvent] = []
        for line in lines:
            if line:
                self._field(line)
            elif (event := self._dispatch()) is not None:
                events.append(event)
        if self._held + self._open > self._most:
            raise TooLong(f"an event of more than {self._most:,} characters")
        return events

    def _text(self, block: bytes) -> str:
        """Until a byte is no UTF-8 nothing more than to decode costs time."""
        if self._strict:
            waiting, _ = self._utf8.getstate()
            try:
                return self._utf8.decode(block)
            except UnicodeDecodeError:
                self._strict = False
                self._utf8 = codecs.getincrementaldecoder("utf-8")("surrogateescape")
                block = waiting + block
        return self._utf8.decode(block)

    def _with_line_feeds(self, text: str) -> str:
        # A CR ends its line at once; only the next block tells whether an LF belongs to it.
        if self._after_cr and text:
            self._after_cr = False
            text = text.removeprefix("\n")
        if "\r" not in text:
            return text
        self._after_cr = text.endswith("\r")
        return text.replace("\r\n", "\n").replace("\r", "\n")

    def _field(self, line: str) -> None:
        if line[0] == ":":
            return
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if name == "data":
            self._data.append(value)
            self._held += len(value) + 1
        elif name == "event":
            self._event = value
        elif name == "id" and "\0" not in value:
            self._id = value
        elif name == "retry" and _DIGITS.fullmatch(value):
            self._retry = int(value)
        elif self.skipped is None and name not in _FIELDS:
            self.skipped = self._dispatched, _replaced(line[:_SKIPPED_SHOWN])

    def _dispatch(self) -> ServerSentEvent | None:
        event = None
        if self._data:
            self._dispatched += 1
            data, wrong = "\n".join(self._data), False
            if not self._strict and (wrong := bool(_ESCAPED.search(data))):
                data = _replaced(data)
            event = ServerSentEvent(self._event, data, self._id, self._retry, wrong)
        self._event, self._data, self._retry = "", [], None
        self._held = 0
        return event


def _replaced(text: str) -> str:
    """As the standard decodes it: U+FFFD for each run of bytes that begins no character."""
    if text.isascii():
        return text
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
