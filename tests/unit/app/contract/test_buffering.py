"""Pieces that were written apart and came together are noticed, and ordinary bursts are not."""

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tokentape.contract.buffering import MAY_BE_HALTED, buffered, doubt_of, holds
from tokentape.contract.integrity import Difference
from tokentape.contract.timeline import Seen

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


def doubted(
    timeline: list[Seen], chunks: list[str] = CHUNKS, written: list[int] = WRITTEN
) -> Difference:
    """What is undecided of them; nothing is sure."""
    assert buffered(timeline, 0, chunks, written) is None
    doubt = doubt_of(holds(timeline, 0, chunks, written))
    assert doubt is not None
    return doubt


def slowly(times: int) -> list[int]:
    """As they are written, so many times slower."""
    return [times * at for at in WRITTEN]


@pytest.mark.parametrize("first", [0, 3, 6])
def test_pieces_kept_back_for_long_are_named_at_the_first_of_them(first: int) -> None:
    times = [5 * at for at in in_time()]
    times[first : first + 6] = [times[first + 5] + 1] * 6
    found = buffered(arrived(*times), 0, CHUNKS, slowly(5))
    assert found is not None
    assert (found.kind, found.index) == ("buffered", first)
    assert found.message == "6 chunks that the model wrote over 1250 ms came in one read"


@pytest.mark.parametrize("first", [0, 3, 6])
def test_pieces_that_came_together_for_a_moment_may_have_waited_for_a_halted_server(
    first: int,
) -> None:
    times = in_time()
    times[first : first + 6] = [times[first + 5]] * 6
    doubt = doubted(arrived(*times))
    assert (doubt.kind, doubt.index) == ("buffered", first)
    come = "6 chunks that the model wrote over 250 ms came in one read"
    assert doubt.message == f"{come}: {MAY_BE_HALTED}"


def test_a_server_is_not_halted_again_and_again() -> None:
    chunks = [f"{number} " for number in range(24)]
    written = [(100 + 50 * number) * MS for number in range(24)]
    times = [100 + 50 * (6 * (number // 6) + 5) + 1 for number in range(24)]
    found = buffered(arrived(*times, texts=chunks), 0, chunks, written)
    assert found is not None
    assert found.message.endswith("came in one read, and 3 more such")


def test_who_was_halted_itself_and_read_late_says_so() -> None:
    times = in_time()
    times[2:8] = [times[7]] * 6
    late = [replace(one, since_ns=one.at_ns - 200 * MS) for one in arrived(*times)]
    assert "the reader was halted, and may have found them 200 ms late" in doubted(late).message


def test_a_model_that_was_halted_may_have_written_late_itself() -> None:
    """It noted the time of its write when it went on."""
    times = [601.0] * 12
    early, noted = WRITTEN, [600 * MS] * 12
    found = holds(arrived(*times), 0, CHUNKS, noted, early)
    assert buffered(arrived(*times), 0, CHUNKS, noted, early) is None
    assert "the model was halted" in found[0].doubt


def test_a_long_way_and_one_that_gets_longer_keep_nothing_back() -> None:
    written = [(100 + 20 * number) * MS for number in range(12)]
    for slower in (0, 15):
        times = [400 + 20 * number + slower * number for number in range(12)]
        assert holds(arrived(*times), 0, CHUNKS, written) == []


def test_what_came_neither_together_nor_as_it_was_written_is_undecided() -> None:
    """Kept for 550 ms, and halted for as long again when half of it was let go."""
    times = [*[700.0] * 6, *[1_250.0] * 6]
    found = holds(arrived(*times), 0, CHUNKS, WRITTEN)
    assert buffered(arrived(*times), 0, CHUNKS, WRITTEN) is None
    assert [hold.index for hold in found] == [0]


def test_buffer_that_is_emptied_by_many_writes_is_noticed_too() -> None:
    times = [2_000 + index / 10 for index in range(12)]
    found = buffered(arrived(*times, reads=False), 0, CHUNKS, slowly(3))
    assert found is not None
    assert found.index == 0


def test_buffer_that_is_halted_amid_its_emptying_is_noticed_too() -> None:
    """By somebody who takes the core away for some milliseconds, again and again."""
    times = [2_000 + 9 * (index // 3) for index in range(12)]
    found = buffered(arrived(*times), 0, CHUNKS, slowly(3))
    assert found is not None
    assert (found.index, found.message) == (
        0,
        "12 chunks that the model wrote over 1650 ms came in one read",
    )


def test_what_comes_in_time_after_a_buffer_is_none_of_it() -> None:
    times = [*[650.0] * 8, *[651 + 50 * number for number in range(1, 5)]]
    written = [*WRITTEN[:8], *[(650 + 50 * number) * MS for number in range(1, 5)]]
    doubt = doubted(arrived(*times), CHUNKS, written)
    assert doubt.message.startswith("8 chunks that the model wrote over 350 ms")


def test_chunks_merged_into_one_event_are_named() -> None:
    texts = [*CHUNKS[:3], "".join(CHUNKS[3:10]), *CHUNKS[10:]]
    times = [5 * at for at in (*in_time()[:3], in_time()[9], *in_time()[10:])]
    found = buffered(arrived(*times, texts=texts), 0, CHUNKS, slowly(5))
    assert found is not None
    assert (found.index, found.message) == (
        3,
        "7 chunks that the model wrote over 1500 ms came in one event",
    )


def test_late_answer_that_was_written_late_is_no_buffer() -> None:
    written = [900 * MS] * 12
    assert buffered(arrived(*[901] * 12), 0, CHUNKS, written) is None


def test_without_a_script_the_answer_at_once_after_a_silence_is_named() -> None:
    found = buffered(arrived(*[1_300] * 12), 0)
    assert found is not None
    assert found.message == "12 pieces came at once after 1300 ms of silence"


def test_without_a_script_a_short_silence_may_be_a_halt() -> None:
    timeline = arrived(*[800] * 12)
    assert buffered(timeline, 0) is None
    doubt = doubt_of(holds(timeline, 0))
    assert doubt is not None
    assert doubt.message.startswith("12 pieces came at once after 800 ms of silence: a server")


def test_without_a_script_blocks_again_and_again_are_named() -> None:
    times = [300 * (1 + number // 4) for number in range(16)]
    found = buffered(arrived(*times, texts=[f"{n} " for n in range(16)]), 0)
    assert found is not None
    assert found.message == "4 pieces came at once after 300 ms of silence, and 3 more such"


def test_without_a_script_a_reader_that_was_halted_knows_nothing() -> None:
    late = [replace(one, since_ns=100 * MS) for one in arrived(*[2_000] * 12)]
    assert buffered(late, 0) is None
    doubt = doubt_of(holds(late, 0))
    assert doubt is not None
    assert "the reader was halted, and may have found them 1900 ms late" in doubt.message


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
