"""Shapes and schedules: when each start is due, computed without waiting."""

import pytest

from tokentape_load.workload.load_shape import SHAPES, Schedule, Stage, level_at, stages


def times(schedule: Schedule) -> list[float]:
    found = []
    number = 0
    while (at_s := schedule.at_s(number)) is not None:
        found.append(round(at_s, 6))
        number += 1
    return found


@pytest.mark.parametrize("shape", SHAPES)
def test_every_shape_lasts_as_long_as_asked_and_reaches_all_of_the_load(shape: str) -> None:
    made = stages(shape, 100)  # type: ignore[arg-type] # from the table of shapes
    assert sum(stage.seconds for stage in made) == pytest.approx(100)
    assert max(stage.level for stage in made) == 1
    assert level_at(made, 0) is not None
    assert level_at(made, 100.1) is None


def test_a_spike_is_in_the_middle() -> None:
    spike = stages("spike", 100)
    assert [level_at(spike, at_s) for at_s in (10, 50, 90)] == [0.2, 1, 0.2]


def test_starts_are_evenly_spaced() -> None:
    assert times(Schedule(rate=4, shape=stages("steady", 1))) == [0, 0.25, 0.5, 0.75]


def test_a_shape_changes_the_distance_of_starts() -> None:
    shape = (Stage(1, 0.5), Stage(1, 1))
    assert times(Schedule(rate=4, shape=shape)) == [0, 0.5, 1, 1.25, 1.5, 1.75]


def test_load_generators_take_turns() -> None:
    alone = times(Schedule(rate=10, shape=stages("steps", 3)))
    shared = [
        times(Schedule(rate=10, shape=stages("steps", 3), share=n, shares=3)) for n in range(3)
    ]
    assert sorted(at_s for one in shared for at_s in one) == alone
    assert times(Schedule(rate=10, shape=stages("steps", 3), share=3, shares=3)) == []


@pytest.mark.parametrize("at_s", [0, 0.3, 0.75, 1, 1.6, 9])
def test_what_was_due_is_counted(at_s: float) -> None:
    schedule = Schedule(rate=4, shape=(Stage(1, 0.5), Stage(1, 1)))
    assert schedule.due_until(at_s) == sum(due < at_s for due in times(schedule))


def test_a_rate_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="more than 0"):
        Schedule(rate=0, shape=stages("steady", 1))
