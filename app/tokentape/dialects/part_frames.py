"""SSE frames of dialects that tell an answer in parts: a piece of text or reasoning, of which there
are most, is joined from bytes that are the same in every piece of its part."""

from collections.abc import Callable

import orjson

from tokentape.runs.events import Entry, Event, PartStarted, Reasoning, Text
from tokentape.runs.tape import Label
from tokentape.viewers.rendering import Encoder


def part_frames(
    label: Label, piece_of: Callable[[PartStarted], bytes], data_of: Callable[[Event], bytes]
) -> Encoder[bytes]:
    """`piece_of` is the JSON of a part's pieces up to the text, which ends their object; `data_of`
    the data of every other event."""
    head = b"id: " + label.run_id.encode() + b":"
    piece = b""
    dumps = orjson.dumps

    def encode(entry: Entry) -> bytes:
        nonlocal piece
        seq, _, event = entry
        if type(event) is Text or type(event) is Reasoning:
            return b"%b%d\ndata: %b%b}\n\n" % (head, seq, piece, dumps(event.content))
        if type(event) is PartStarted:
            piece = piece_of(event)
        return b"%b%d\ndata: %b\n\n" % (head, seq, data_of(event))

    return encode
