"""Pieces that were written apart and came together are noticed, and ordinary bursts are not."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.contract.buffering import buffered
from app.contract.timeline import Seen

MS = 1_000_000
CHUNKS = [f"{number} " for number in range(12)]
WRITTEN = [(100 + 50 * number) * MS for number in range(12)]


def arrived(*at_ms: float, texts: list[str] | None = None, reads: bool = True) -> list[Seen]:
    """One event for each time; those of one time came in one read, or in one read each."""
    times = [round(ms * MS) for ms in at_ms]
    numbers = {at: number for number, at in enumerate(dict.fromkeys(times))}
    return [
        Seen(at, "chunk", "", {}, text=text, read=numbers[at] if reads else index)
        for index, (at, text) in enumerate(zip(times, texts or CHUNKS, strict=True))
    ]


def in_time() -> list[float]:
    return [100 + 50 * number + 1 for number in range(12)]


def test_pieces_that_come_as_they_are_written_are_right() -> None:
    assert buffered(arrived(*in_time()), 0, CHUNKS, WRITTEN) is None
    assert buffered(arrived(*in_time()), 0) is None


@pytest.mark.parametrize("first", [0, 3, 6])
def test_pieces_kept_back_are_named_at_the_first_of_them(first: int) -> None:
    times = in_time()
    times[first : first + 6] = [times[first + 5]] * 6
    found = buffered(arrived(*times), 0, CHUNKS, WRITTEN)
    assert found is not None
    assert (found.kind, found.index) == ("buffered", first)
    assert found.message == "6 chunks that the model wrote over 250 ms came in one read"


def test_buffer_that_is_emptied_by_many_writes_is_noticed_too() -> None:
    times = [700 + index / 10 for index in range(12)]
    found = buffered(arrived(*times, reads=False), 0, CHUNKS, WRITTEN)
    assert found is not None
    assert found.index == 0


def test_buffer_that_is_halted_amid_its_emptying_is_noticed_too() -> None:
    """By somebody who takes the core away for some milliseconds, again and again."""
    times = [700 + 9 * (index // 3) for index in range(12)]
    found = buffered(arrived(*times), 0, CHUNKS, WRITTEN)
    assert found is not None
    assert (found.index, found.message) == (
        0,
        "12 chunks that the model wrote over 550 ms came in one read",
    )


def test_what_comes_in_time_after_a_buffer_is_none_of_it() -> None:
    times = [*[650.0] * 8, *[651 + 50 * number for number in range(1, 5)]]
    written = [*WRITTEN[:8], *[(650 + 50 * number) * MS for number in range(1, 5)]]
    found = buffered(arrived(*times), 0, CHUNKS, written)
    assert found is not None
    assert found.message.startswith("8 chunks that the model wrote over 350 ms")


def test_chunks_merged_into_one_event_are_named() -> None:
    texts = [*CHUNKS[:3], "".join(CHUNKS[3:10]), *CHUNKS[10:]]
    times = [*in_time()[:3], in_time()[9], *in_time()[10:]]
    found = buffered(arrived(*times, texts=texts), 0, CHUNKS, WRITTEN)
    assert found is not None
    assert (found.index, found.message) == (
        3,
        "7 chunks that the model wrote over 300 ms came in one event",
    )


def test_late_looker_is_no_buffer() -> None:
    times = in_time()
    times[2:8] = [times[7]] * 6
    assert buffered(arrived(*times), 0, CHUNKS, WRITTEN, slack_ns=50 * MS) is None


def test_late_answer_that_was_written_late_is_no_buffer() -> None:
    written = [900 * MS] * 12
    assert buffered(arrived(*[901] * 12), 0, CHUNKS, written) is None


def test_without_a_script_the_answer_at_once_after_a_silence_is_named() -> None:
    found = buffered(arrived(*[800] * 12), 0)
    assert found is not None
    assert found.message == "12 pieces came at once after 800 ms of silence"


def test_without_a_script_blocks_are_named() -> None:
    found = buffered(arrived(*[300] * 4, *[600] * 4, *[900] * 4), 0)
    assert found is not None
    assert found.message == "4 pieces came at once after 300 ms of silence, and 2 more such"


@pytest.mark.parametrize(
    "times",
    [
        [5] * 12,  # a quick server, or one that had the answer ready
        [200, 220, 240, *[600] * 5, 620, 640, 660, 680],  # one hiccup
        [800] * 7,  # too short to tell
    ],
)
def test_without_a_script_the_benefit_of_the_doubt_is_given(times: list[float]) -> None:
    assert buffered(arrived(*times, texts=CHUNKS[: len(times)]), 0) is None


@given(st.lists(st.integers(0, 11), max_size=8), st.integers(0, 40))
def test_any_cut_of_the_text_delivered_in_time_is_right(cuts: list[int], late_ms: int) -> None:
    bounds = sorted({0, 12, *cuts})
    spans = [(a, b) for a, b in pairwise(bounds) if (b - a - 1) * 50 < 250]
    if len(spans) < len(bounds) - 1:
        return
    texts = ["".join(CHUNKS[a:b]) for a, b in spans]
    times = [WRITTEN[b - 1] / MS + late_ms for _, b in spans]
    assert buffered(arrived(*times, texts=texts), 0, CHUNKS, WRITTEN) is None


def test_text_beyond_the_script_is_judged_elsewhere() -> None:
    texts = [*CHUNKS[:11], "x" * 500]
    assert buffered(arrived(*in_time(), texts=texts), 0, CHUNKS, WRITTEN) is None


def test_quick_stream_is_no_burst() -> None:
    chunks = [f"{number} " for number in range(500)]
    written = [number * MS for number in range(500)]
    timeline = [
        Seen(at + 1, "chunk", "", {}, text=chunk, read=read)
        for read, (at, chunk) in enumerate(zip(written, chunks, strict=True))
    ]
    assert buffered(timeline, 0, chunks, written) is None
