"""Stream log: the body of an answer as `curl -N` prints it, with the head that `curl -i` puts
before it. Pure: blocks of bytes in, one answer out."""

import re
from collections.abc import Iterable, Iterator
from itertools import chain

from tokentape.check.could_not_run import CouldNotRun
from tokentape.check.recordings.recording import MOST_EVENTS, RecordedAnswer, RecordedEvent
from tokentape.check.unrecognized import cause_of_status
from tokentape.client.answer_head import FIRST_BYTES, Glimpse
from tokentape.client.content_codings import decoder_of
from tokentape.client.decoders import StreamDecoder, decoder_for
from tokentape.client.http_connection import NO_BODY, REDIRECT, refusal_of
from tokentape.client.notices import head_notice
from tokentape.client.sse_viewer import payload_of
from tokentape.contract.contract import Contract
from tokentape.contract.integrity import Difference
from tokentape.event_stream import EventBlocks, TooLong

MOST_HEAD = 65_536
"""Bytes of the heads before a body."""

_HEAD_END = re.compile(rb"\r?\n\r?\n")
_STATUS = re.compile(rb"HTTP/[0-9.]+ +([0-9]{3})")
_SHORT = 16_384
"""Bytes of a refusal's body that are read."""


def read_stream_log(blocks: Iterable[bytes], contract: Contract | None = None) -> RecordedAnswer:
    """Raises `CouldNotRun` for what is too long. `contract` says how the body is framed."""
    (status, headers), lines, body = _heads(iter(blocks))
    return read_body(
        body,
        contract,
        status=status,
        headers=headers,
        first_line=lines + 1,
        compressed=True,
    )


def read_body(
    body: Iterable[bytes],
    contract: Contract | None,
    *,
    status: int | None,
    headers: tuple[tuple[str, str], ...],
    first_line: int = 1,
    compressed: bool = False,
) -> RecordedAnswer:
    """An answer from its body. `status` is `None` where the file has no head; `compressed` says
    that the body is as it came, in whatever coding the head names."""
    named = dict(headers)
    first = _Beginning()
    coding = named.get("content-encoding", "") if compressed else ""
    decoded = first.watched(_decoded(body, coding))
    if status is not None and (status >= REDIRECT or status in NO_BODY):
        for _ in decoded:
            if len(first.data) > _SHORT:
                break
        refusal = refusal_of(status, named, bytes(first.data))
        message = f"the server refused: {refusal}"
        refused = Difference("refused", 0, message, cause_of_status(status))
        return RecordedAnswer(events=(), noticed=(refused,), glimpse=first.glimpse(status, headers))
    framing = "sse" if contract is None else contract.framing
    events, decoder = _events(decoded, decoder_for(contract), framing, first_line)
    notice = None
    if status is not None:
        # Who recorded it may have offered a coding: a browser always does.
        content_type = named.get("content-type", "")
        notice = head_notice(framing, content_type, "", 0, coding_offered=True)
    return RecordedAnswer(
        events=events,
        noticed=(notice,) if notice else (),
        unfinished=decoder.unfinished,
        skipped=decoder.skipped,
        glimpse=first.glimpse(status, headers),
    )


def _events(
    body: Iterable[bytes], decoder: StreamDecoder, framing: str, line: int
) -> tuple[list[RecordedEvent], StreamDecoder]:
    """The events with their lines; and the decoder, which knows what was left over."""
    events: list[RecordedEvent] = []
    pieces = _lines(body, line) if framing == "ndjson" else _blocks(body, line)
    try:
        for place, piece in pieces:
            for event in decoder.feed(piece):
                payload = payload_of(event)
                events.append(RecordedEvent(event.event, payload, event.id, 0, place))
            if len(events) > MOST_EVENTS:
                raise CouldNotRun(f"It has over {MOST_EVENTS:,} events: that is too much for one.")
    except TooLong as error:
        raise CouldNotRun(f"It has {error}: that is no stream of events.") from error
    return events, decoder


def _blocks(body: Iterable[bytes], line: int) -> Iterator[tuple[int, bytes]]:
    """Each event's bytes, and the line on which they begin; at last what has no end."""
    blocks = EventBlocks()
    for read in body:
        for block in blocks.feed(read):
            yield line + len(block) - len(block.lstrip(b"\n")), block + b"\n\n"
            line += block.count(b"\n") + 2
    yield line, blocks.rest


def _lines(body: Iterable[bytes], line: int) -> Iterator[tuple[int, bytes]]:
    for read in body:
        for piece in read.splitlines(keepends=True):
            yield line, piece
            line += piece.endswith(b"\n")


class _Beginning:
    """Watches a body go by for its first bytes."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.more = False

    def watched(self, body: Iterable[bytes]) -> Iterator[bytes]:
        for block in body:
            if len(self.data) <= _SHORT:
                self.data += block[: _SHORT + 1 - len(self.data)]
            yield block

    def glimpse(self, status: int | None, headers: tuple[tuple[str, str], ...]) -> Glimpse:
        """As much of it as people need."""
        more = len(self.data) > FIRST_BYTES
        return Glimpse(status, headers, bytes(self.data[:FIRST_BYTES]), more)


def _decoded(body: Iterable[bytes], coding: str) -> Iterator[bytes]:
    decoder = decoder_of(coding)
    for block in body:
        yield from decoder.feed(block)


_Head = tuple[int | None, tuple[tuple[str, str], ...]]


def _heads(blocks: Iterator[bytes]) -> tuple[_Head, int, Iterator[bytes]]:
    """The last of the heads, how many lines they all have, and the body. Before it there may be
    those of a proxy, of a redirect, and of `100 Continue`."""
    head: _Head = (None, ())
    lines, begun = 0, next(blocks, b"")
    while True:
        while len(begun) < len(b"HTTP/") and (more := next(blocks, b"")):
            begun += more
        if not begun.startswith(b"HTTP/"):
            return head, lines, chain((begun,), blocks)
        while (end := _HEAD_END.search(begun)) is None:
            more = next(blocks, b"")
            if not more or len(begun) > MOST_HEAD:
                # A head that has no end: nothing of a body came.
                return _read_head(begun), lines + begun.count(b"\n"), iter(())
            begun += more
        head = _read_head(begun[: end.start()])
        lines += begun.count(b"\n", 0, end.end())
        begun = begun[end.end() :]


def _read_head(text: bytes) -> _Head:
    first, *rest = text.split(b"\n")
    status = _STATUS.match(first)
    headers = tuple(
        (name.strip().lower(), value.strip())
        for name, colon, value in (one.decode("latin-1").partition(":") for one in rest)
        if colon
    )
    return int(status[1]) if status else None, headers
