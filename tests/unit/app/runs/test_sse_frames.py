"""The upstream's event stream, cut anywhere, gives the same frames."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokentape.event_stream import TooLong
from tokentape.runs.sse_frames import Frames, Named

STREAM = (
    b"\xef\xbb\xbfdata: one\n\n: keep-alive\n\ndata:two\r\n\r\nevent: error\rdata: a\rdata: b\r\r"
    b'id: 7\nretry: 10\n\ndata\n\ndata: {"x": "\xc3\xa4"}\n\nevent: lone\n\n'
)
FRAMES = [
    b"one",
    b"two",
    Named("error", b"a\nb"),
    b"",
    b'{"x": "\xc3\xa4"}',
]


@given(st.lists(st.integers(0, len(STREAM)), max_size=12))
def test_frames_do_not_depend_on_where_the_bytes_are_cut(cuts: list[int]) -> None:
    frames = Frames()
    edges = [0, *sorted(cuts), len(STREAM)]
    found = [frame for start, end in pairwise(edges) for frame in frames.feed(STREAM[start:end])]
    assert found == FRAMES


def test_byte_after_byte_gives_the_same_frames() -> None:
    frames = Frames()
    found = [frame for at in range(len(STREAM)) for frame in frames.feed(STREAM[at : at + 1])]
    assert found == FRAMES


def test_unfinished_frame_is_no_frame() -> None:
    frames = Frames()
    assert frames.feed(b"data: half") == []
    assert frames.rest == b"data: half"


def test_frame_without_end_is_refused_at_the_bound() -> None:
    frames = Frames(max_bytes=10)
    with pytest.raises(TooLong):
        frames.feed(b"data: longer than ten")
