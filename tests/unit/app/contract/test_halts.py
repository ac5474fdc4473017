"""Whoever is halted, writer, proxy or reader: no hold is missed, and none is invented."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.harness.chance import by_chance, seeds
from tests.unit.app.contract.halted import GAP_NS, HALT_MS, MS, WAY_NS, Answer, answer
from tokentape.contract.buffering import HALT_NS, HELD_NS, holds

TIMELINES = 10_000
EACH = 10


def judged(one: Answer) -> str:
    script = one.script
    found = holds(one.timeline, 0, script.chunks, script.written_ns, script.early_ns)
    if any(not hold.doubt for hold in found):
        return "buffered"
    return "undecided" if found else "right"


def hold_to_truth(one: Answer) -> str:
    """The verdict, which is right where it is one."""
    said = judged(one)
    if said == "buffered":
        assert one.kept_ns >= HELD_NS, f"invented\n{one}"
    if said == "right":
        assert not one.real, f"missed\n{one}"
    return said


@by_chance
def test_no_hold_is_missed_and_none_invented_whoever_is_halted() -> None:
    drawn = seeds(TIMELINES)
    said = Counter((one.real, hold_to_truth(one)) for one in map(answer, drawn))
    # And it is worth something: most are decided.
    assert sum(count for (_, word), count in said.items() if word == "undecided") < len(drawn) / 2


@given(st.integers(0, 2**48))
def test_no_hold_is_missed_and_none_invented_by_any_seed(seed: int) -> None:
    for number in range(EACH):
        hold_to_truth(answer(seed * EACH + number))


@pytest.mark.parametrize(
    "longest_ms", [(HALT_MS, 0, 0), (0, HALT_MS, 0), (0, 0, HALT_MS), (5_000, HALT_MS, 5_000)]
)
def test_halts_of_one_alone_and_endless_ones_of_those_who_are_known_to_be_halted(
    longest_ms: tuple[int, int, int],
) -> None:
    for seed in range(2_000):
        hold_to_truth(answer(seed, longest_ms))


def test_on_a_machine_that_halts_nobody_only_short_holds_are_undecided() -> None:
    said: Counter[str] = Counter()
    for seed in range(3_000):
        one = answer(seed, (0, 0, 0))
        verdict = hold_to_truth(one)
        said[verdict] += 1
        if verdict == "undecided":
            assert one.kept_ns >= HELD_NS - 2 * WAY_NS, f"nobody was halted\n{one}"
            # The last piece of a hold may have been written when the first one had come.
            short = one.kept_ns < HALT_NS + HELD_NS + 40 * MS
            assert short or one.span_ns < HELD_NS + GAP_NS, f"by its length\n{one}"
    assert min(said["right"], said["buffered"]) > 300


def test_halts_shorter_than_a_part_of_what_counts_leave_nothing_undecided() -> None:
    for seed in range(2_000):
        one = answer(seed, (80, 80, 80))
        if one.kept_ns == 0:
            assert judged(one) == "right", str(one)
