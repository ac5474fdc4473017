"""Frames that are put together late are those that would have been put together at once."""

import tracemalloc
from itertools import accumulate

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_openai.plan.encoded_frames import EncodedFrames, joined, lengths_of, longest_of, sizes_of
from mock_openai.plan.plan import Frame, Frames, Plan
from mock_openai.plan.write_schedule import schedule_writes

# What JSON escapes, what its arrays are parted by, and all else.
TEXTS = st.lists(st.text(st.sampled_from('",[]\\ u0aé😀\n\x00\x1f')) | st.text(), max_size=12)
ENDS = st.lists(st.binary(min_size=1, max_size=4), max_size=3).map(tuple)


def plain(begin: tuple[bytes, ...], texts: list[str], end: tuple[bytes, ...]) -> list[bytes]:
    return [*begin, *(b"<" + orjson.dumps(text)[1:-1] + b">" for text in texts), *end]


@given(begin=ENDS, texts=TEXTS, end=ENDS, data=st.data())
def test_a_framed_answer_is_the_list_of_its_frames(
    begin: tuple[bytes, ...], texts: list[str], end: tuple[bytes, ...], data: st.DataObject
) -> None:
    framed = EncodedFrames(begin, b"<", orjson.dumps(texts), b">", end)
    whole = plain(begin, texts, end)
    assert list(framed) == whole
    assert [framed[i] for i in range(-len(whole), len(whole))] == whole + whole
    assert list(sizes_of(framed)) == [len(one) for one in whole]
    assert list(lengths_of(framed, texts)) == [len(text) for text in texts]
    assert longest_of(framed) >= sum(map(len, whole))
    steps = data.draw(st.lists(st.integers(1, 4), max_size=len(whole)))
    ends = [end for end in accumulate(steps) if end < len(whole)]
    ends += [len(whole)] if whole else []
    starts = [0, *ends[:-1]]
    assert list(joined(framed, ends)) == [
        b"".join(whole[a:b]) for a, b in zip(starts, ends, strict=False)
    ]
    with pytest.raises(IndexError):
        framed[len(whole)]


@pytest.mark.parametrize("chunks", [200, 20_000])
def test_what_the_json_library_reserves_is_not_held(chunks: int) -> None:
    texts = [f"{number:04d} " for number in range(chunks)]
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        held = [EncodedFrames((), b"<", orjson.dumps(texts), b">", ()).together for _ in range(10)]
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert {len(one) for one in held} == {len(orjson.dumps(texts))}
    # orjson's own bytes take some twenty times as much.
    room = 100_000
    assert after - before < 1.1 * sum(map(len, held)) + room


@given(texts=TEXTS.filter(bool), gap=st.integers(0, 2), hold=st.none() | st.integers(0, 5))
def test_a_reel_of_framed_frames_is_that_of_plain_ones(
    texts: list[str], gap: int, hold: int | None
) -> None:
    together = EncodedFrames((b"role",), b"<", orjson.dumps(texts), b">", (b"finish", b"done"))
    chunks = range(len(texts))
    last = gap * chunks[-1]
    frames = Frames(
        (0, *(gap * i for i in chunks), last, last),
        together,
        ("role", *("content" for _ in chunks), "finish", "done"),
        (None, *chunks, None, None),
    )
    late, early = (
        schedule_writes(Plan(frames=one, chunks=tuple(texts)), hold=hold)
        for one in (frames, tuple(frames))
    )
    assert all(isinstance(frame, Frame) for frame in frames)
    assert frames == tuple(frames)
    assert len(frames) == len(texts) + 3
    assert frames[1:-2] == tuple(frames)[1:-2]
    assert (late.dues, late.uptos, late.gate) == (early.dues, early.uptos, early.gate)
    assert list(late.datas) == list(early.datas)
    assert list(late.columns.sizes) == list(early.columns.sizes)
    assert list(late.columns.chunk_lengths) == list(early.columns.chunk_lengths)
    writes = len(early.dues)
    assert late.wire(0, writes) == early.wire(0, writes)
    each = b"".join(late.wire(i, i + 1) for i in range(writes))
    assert each == b"".join(early.wire(i, i + 1) for i in range(writes))
