"""What a run counts and what its results show have one list of fields."""

import inspect
from dataclasses import dataclass, fields

import pytest

from tokentape_load.metrics.counters import Counters
from tokentape_load.metrics.run_fields import (
    AnswerCounts,
    IntervalFigures,
    known_in,
    level,
    merge,
    peak,
    values_of,
)
from tokentape_load.metrics.run_results import Moment, Row
from tokentape_load.metrics.time_series import Cell


@dataclass(slots=True, kw_only=True)
class Extended(IntervalFigures):
    """With fields that nobody has heard of."""

    breaths: int = 0
    breathing: int = level()
    depth: float | None = peak()


@pytest.mark.parametrize(
    ("counted", "shown", "shape"),
    [(Counters, Row, AnswerCounts), (Cell, Moment, IntervalFigures)],
    ids=["answers", "intervals"],
)
def test_what_is_counted_and_what_is_shown_inherit_the_same_fields(
    counted: type, shown: type, shape: type
) -> None:
    names = [each.name for each in fields(shape)]
    for kind in (counted, shown):
        assert [each.name for each in fields(kind)][: len(names)] == names
        assert not set(names) & set(inspect.get_annotations(kind))


def test_counters_and_cells_show_what_they_counted() -> None:
    counters, cell = Counters("ai-chat/sse", planted=3, good=2), Cell(unsent=4, server_cpu=0.5)
    assert values_of(counters.row(), AnswerCounts) == values_of(counters, AnswerCounts)
    assert values_of(cell.moment(1.0), IntervalFigures) == values_of(cell, IntervalFigures)
    for one, kind in ((counters, Counters), (cell, Cell)):
        assert kind.from_json(one.to_json()).to_json() == one.to_json()


def test_a_new_field_is_merged_as_it_says() -> None:
    other = Extended(breaths=3, breathing=5, depth=1.5, users=2)
    for same_time, breathing in ((True, 7), (False, 5)):
        mine = Extended(breaths=4, breathing=2)
        merge(mine, other, Extended, same_time=same_time)
        assert (mine.breaths, mine.breathing, mine.depth) == (7, breathing, 1.5)
        assert mine.users == 2
    with pytest.raises(KeyError, match="depth"):
        known_in({each.name: 0 for each in fields(Extended) if each.name != "depth"}, Extended)
