"""Bodies that are no plain event streams: lines of JSON, and events that have a name alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.harness.chance import examples
from tokentape.client.ndjson import NdjsonDecoder
from tokentape.client.sse import SSEDecoder
from tokentape.event_stream import BOM, TooLong


@examples(30)
@given(
    lines=st.lists(st.text("ab{}: é", min_size=1).map(str.strip).filter(bool), min_size=1),
    end=st.sampled_from(["\n", "\r\n", "\n\n"]),
    cut=st.integers(1, 9),
)
def test_lines_are_the_same_however_they_are_cut(lines: list[str], end: str, cut: int) -> None:
    body = BOM + "".join(f"{line}{end}" for line in lines).encode()
    decoder = NdjsonDecoder()
    events = [
        event for at in range(0, len(body), cut) for event in decoder.feed(body[at : at + cut])
    ]
    assert [event.data for event in events] == lines
    assert (decoder.unfinished, decoder.skipped) == ("", None)


def test_line_without_its_end_is_unfinished() -> None:
    decoder = NdjsonDecoder()
    assert [event.data for event in decoder.feed(b'{"a": 1}\n{"b"')] == ['{"a": 1}']
    assert decoder.unfinished == '{"b"'
    (wrong,) = decoder.feed(b": \xff}\n")
    assert wrong.not_utf8
    with pytest.raises(TooLong):
        NdjsonDecoder(most=10).feed(b"x" * 11)


def test_event_with_a_name_alone_is_one_where_that_is_agreed() -> None:
    body = b"data: 1\n\nevent: end\n\n: ping\n\nid: 7\n\nevent: end\ndata:\n\n"
    plain, bare = SSEDecoder(), SSEDecoder(bare=True)
    assert [(event.event, event.data) for event in plain.feed(body)] == [("", "1"), ("end", "")]
    events = bare.feed(body)
    assert [(event.event, event.data, event.bare) for event in events] == [
        ("", "1", False),
        ("end", "", True),
        ("end", "", False),
    ]
