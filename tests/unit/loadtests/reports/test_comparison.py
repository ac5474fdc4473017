"""Two runs beside each other: pooled, with what measuring itself may move left out."""

from dataclasses import replace

from tests.unit.loadtests.made_results import finished
from tokentape_load.metrics.histogram import Histogram
from tokentape_load.metrics.run_results import Results
from tokentape_load.reports.comparison import ALL, Change, compare, merged


def scaled(results: Results, measure: str, by: float) -> Results:
    """The same run with one measure so much longer."""

    def longer(values: Histogram) -> Histogram:
        made, before = Histogram(), 0
        for value, passed in values.steps():
            made.extend([int(value * by)] * (passed - before))
            before = passed
        return made

    return replace(
        results,
        rows=tuple(
            replace(row, figures={**row.figures, measure: longer(row.figures[measure])})
            for row in results.rows
        ),
    )


def found(changes: list[Change], figure: str, subject: str = ALL) -> Change:
    (one,) = [each for each in changes if (each.figure, each.subject) == (figure, subject)]
    return one


def test_a_run_beside_itself_has_not_changed() -> None:
    changes = compare(finished(), finished())
    assert {change.tone for change in changes} == {"same"}
    assert {change.ratio for change in changes if change.before} == {1.0}


def test_longer_is_worse_and_shorter_is_better() -> None:
    slow = scaled(finished(), "TTFT", 1.5)
    worse = found(compare(finished(), slow), "TTFT p50")
    assert (worse.tone, round(worse.ratio or 0, 2)) == ("worse", 1.5)
    assert found(compare(slow, finished()), "TTFT p50").tone == "better"
    assert found(compare(finished(), slow), "ICL p99").tone == "same"


def test_a_change_within_the_error_bars_of_both_runs_is_no_change() -> None:
    slower = scaled(finished(), "added", 2.0)
    change = found(compare(finished(), slower), "added p50")
    assert change.delta is not None
    assert change.delta > 1
    assert change.tone == "same"


def test_less_goodput_is_worse() -> None:
    slow = replace(finished(), seconds=finished().seconds * 2)
    assert found(compare(finished(), slow), "goodput").tone == "worse"


def test_contracts_that_only_one_run_had_are_left_to_all() -> None:
    fewer = replace(finished(), rows=finished().rows[:1])
    subjects = {change.subject for change in compare(finished(), fewer)}
    assert subjects == {ALL, "ai-chat/socketio"}


def test_percentiles_are_of_the_pooled_values() -> None:
    pooled = merged(finished(), "TTFT")
    rows = [row.figures["TTFT"] for row in finished().rows]
    assert pooled.count == sum(values.count for values in rows)
    assert pooled.highest == max(values.highest or 0 for values in rows)
    assert merged(finished(), "TTFT", "inference/sse").count == 60


def test_what_one_run_does_not_know_is_not_zero() -> None:
    bare = replace(finished(), series=(), rows=())
    change = found(compare(finished(), bare), "TTFT p50")
    assert (change.now, change.delta, change.ratio, change.tone) == (None, None, None, "unknown")
