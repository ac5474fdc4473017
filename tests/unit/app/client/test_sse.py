"""The decoder against the standard: its own examples, and every way to split the bytes."""

from collections.abc import Iterable
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokentape.client.sse import ServerSentEvent, SSEDecoder


def event(data: str, name: str = "", id: str = "", retry_ms: int | None = None) -> ServerSentEvent:
    return ServerSentEvent(name, data, id, retry_ms)


def decode(blocks: Iterable[bytes]) -> list[ServerSentEvent]:
    decoder = SSEDecoder()
    return [event for block in blocks for event in decoder.feed(block)]


EXAMPLES: dict[str, tuple[str, list[ServerSentEvent]]] = {
    # https://html.spec.whatwg.org/multipage/server-sent-events.html, sections 9.2.1 and 9.2.6.
    "messages of one and of two lines": (
        "data: This is the first message.\n\n"
        "data: This is the second message, it\ndata: has two lines.\n\n"
        "data: This is the third message.\n\n",
        [
            event("This is the first message."),
            event("This is the second message, it\nhas two lines."),
            event("This is the third message."),
        ],
    ),
    "named events": (
        "event: add\ndata: 73857293\n\nevent: remove\ndata: 2153\n\nevent: add\ndata: 113411\n\n",
        [event("73857293", "add"), event("2153", "remove"), event("113411", "add")],
    ),
    "stock ticker": (
        "data: YHOO\ndata: +2\ndata: 10\n\n",
        [event("YHOO\n+2\n10")],
    ),
    "comment, id, id reset, leading space": (
        ": test stream\n\ndata: first event\nid: 1\n\n"
        "data:second event\nid\n\ndata:  third event\n",
        [event("first event", id="1"), event("second event")],
    ),
    "empty data, and a block without its blank line": (
        "data\n\ndata\ndata\n\ndata:",
        [event(""), event("\n")],
    ),
    "space after the colon is one space": (
        "data:test\n\ndata: test\n\ndata:  test\n\n",
        [event("test"), event("test"), event(" test")],
    ),
    # What the standard says in words.
    "id stays until it is changed": (
        "id: 7\ndata: a\n\ndata: b\n\nid: 8\n\ndata: c\n\n",
        [event("a", id="7"), event("b", id="7"), event("c", id="8")],
    ),
    "id with a null is ignored": ("id: 1\0\ndata: a\n\n", [event("a")]),
    "name without data is no event, and is forgotten": (
        "event: lost\n\ndata: a\n\n",
        [event("a")],
    ),
    "last name wins": ("event: a\nevent: b\ndata: x\n\n", [event("x", "b")]),
    "unknown fields and comments are ignored": (
        "data: a\nfield: value\nData: b\n data: c\n:data: d\nnonsense\n\n",
        [event("a")],
    ),
    "retry is digits only": (
        "retry: 3000\ndata: a\n\nretry: 3s\ndata: b\n\nretry: ²\ndata: c\n\nretry:\ndata: d\n\n",
        [event("a", retry_ms=3000), event("b"), event("c"), event("d")],
    ),
    "only CR, LF and CRLF end a line": (
        "data: a\u2028b\x0bc\x85d\x1ee\n\n",
        [event("a\u2028b\x0bc\x85d\x1ee")],
    ),
    "text of all planes": ("data: æ € 🙂 שלום\n\n", [event("æ € 🙂 שלום")]),
    "byte order mark at the start only": (
        "\ufeffdata: a\n\n\ufeffdata: b\n\ndata: \ufeffc\n\n",
        [event("a"), event("\ufeffc")],
    ),
    "no blank line, no event": ("data: lost", []),
    "nothing": ("", []),
}
each_example = pytest.mark.parametrize(("text", "events"), EXAMPLES.values(), ids=EXAMPLES)
each_line_end = pytest.mark.parametrize("line_end", ["\n", "\r", "\r\n"], ids=["LF", "CR", "CRLF"])


@each_line_end
@each_example
def test_stream_is_decoded_as_the_standard_says(
    text: str, events: list[ServerSentEvent], line_end: str
) -> None:
    assert decode([text.replace("\n", line_end).encode()]) == events


@each_line_end
@each_example
def test_stream_split_at_any_byte_gives_the_same_events(
    text: str, events: list[ServerSentEvent], line_end: str
) -> None:
    stream = text.replace("\n", line_end).encode()
    for place in range(len(stream) + 1):
        assert decode([stream[:place], stream[place:]]) == events
    assert decode(stream[at : at + 1] for at in range(len(stream))) == events


@pytest.mark.parametrize("line_end", ["\n", "\r"])
def test_event_is_told_as_soon_as_its_last_byte_has_come(line_end: str) -> None:
    decoder = SSEDecoder()
    assert decoder.feed(f"data: a{line_end}".encode()) == []
    assert decoder.feed(line_end.encode()) == [event("a")]


def test_line_feed_that_belongs_to_a_carriage_return_of_an_earlier_block_is_no_blank_line() -> None:
    decoder = SSEDecoder()
    assert decoder.feed(b"data: a\r") == []
    assert decoder.feed(b"\ndata: b\r") == []
    assert decoder.feed(b"\n\r") == [event("a\nb")]
    assert decoder.feed(b"\n") == []
    assert decoder.feed(b"data: c\r\r\ndata: d\n\n") == [event("c"), event("d")]


def test_mixed_line_ends_are_each_one_end() -> None:
    assert decode([b"data: a\r\ndata: b\rdata: c\n\r\n"]) == [event("a\nb\nc")]


def test_empty_block_changes_nothing() -> None:
    assert decode([b"", b"data: a\r", b"", b"\n", b"", b"\n"]) == [event("a")]


@pytest.mark.parametrize(
    "broken",
    [b"\xff", b"\xc3", b"\xe2\x82", b"\xed\xa0\x80", b"\xc0\xaf", b"\xf8\x88\x80\x80\x80", b"\x80"],
)
@pytest.mark.parametrize("size", [1, 3, 100])
def test_broken_bytes_become_replacement_characters_and_the_stream_goes_on(
    broken: bytes, size: int
) -> None:
    right = "data: é\ufffd\n\n".encode()
    sent = right + b"data: a" + broken + b"\n\n" + right
    blocks = [sent[at : at + size] for at in range(0, len(sent), size)]
    first, second, third = decode(blocks)
    assert (first, third) == (event("é\ufffd"), event("é\ufffd"))
    assert second.data == b"".join([b"a", broken]).decode("utf-8", "replace")
    assert second.not_utf8


def test_what_is_no_field_is_noted_once() -> None:
    decoder = SSEDecoder()
    assert decoder.feed(b'data: a\nerror: {"code": 500}\nother: x\n\n') == [event("a")]
    assert decoder.skipped == (0, 'error: {"code": 500}')


def test_what_is_unfinished_is_told() -> None:
    decoder = SSEDecoder()
    decoder.feed(b"data: a\n\ndata: b\ndata: c")
    assert (decoder.pending, decoder.unfinished) == (True, "data: b\ndata: c")


def test_retry_too_long_for_a_number_is_ignored() -> None:
    assert decode([b"retry: " + b"9" * 5000 + b"\ndata: a\n\n"]) == [event("a")]


def test_large_event_in_small_blocks_is_one_event() -> None:
    data = "x" * 200_000
    stream = f"data: {data}\n\n".encode()
    assert decode(stream[at : at + 100] for at in range(0, len(stream), 100)) == [event(data)]


@pytest.mark.parametrize(
    ("stream", "pending"),
    [
        (b"", False),
        (b"data: a\n\n", False),
        (b"data: a\r\r", False),
        (b": heartbeat\n\n", False),
        (b": heartbeat\n", False),
        (b"event: a\n", False),
        (b"data: a\n", True),
        (b"data: a", True),
        (b"da", True),
    ],
)
def test_truncated_stream_is_noticed(stream: bytes, pending: bool) -> None:
    decoder = SSEDecoder()
    decoder.feed(stream)
    assert decoder.pending == pending


LINES = st.lists(
    st.sampled_from(["data: a", "data:", "data", "event: e", "id: 1", ": c", "", "", "x: y", "é🙂"])
)


@given(LINES, st.sampled_from(["\n", "\r", "\r\n"]), st.lists(st.integers(0)), st.booleans())
def test_line_ends_and_splits_never_change_the_events(
    lines: list[str], line_end: str, places: list[int], mark: bool
) -> None:
    plain = decode(["".join(f"{line}\n" for line in lines).encode()])
    stream = ("\ufeff" * mark + "".join(f"{line}{line_end}" for line in lines)).encode()
    bounds = sorted({0, len(stream), *(place % (len(stream) + 1) for place in places)})
    assert decode(stream[a:b] for a, b in pairwise(bounds)) == plain


@given(st.lists(st.text(st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]))))
def test_what_an_encoder_writes_is_what_is_read(texts: list[str]) -> None:
    stream = "".join(f"data: {text}\n\n" for text in texts).encode()
    assert decode([stream]) == [event(text) for text in texts]


@given(st.lists(st.binary(max_size=20)))
def test_any_bytes_are_decoded_without_an_error(blocks: list[bytes]) -> None:
    assert decode(blocks) == decode([b"".join(blocks)])
