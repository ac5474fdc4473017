"""Results go to a file and come back the same; a file that isn't one is told by its field."""

import json

import pytest

from tests.unit.loadtests.made_results import finished, invalid, moments, values_of
from tokentape_load.metrics.run_results import (
    Progress,
    Unreadable,
    dump,
    dump_line,
    load,
    load_line,
    shown_ms,
)


def test_results_survive_the_file() -> None:
    for results in (finished(), invalid()):
        again = load(dump(results))
        assert dump(again) == dump(results)
        assert again.rows[0].figures["TTFT"].to_json() == results.rows[0].figures["TTFT"].to_json()
        assert again.setup == results.setup
        assert again.series == results.series


def test_a_progress_line_is_one_line_and_comes_back() -> None:
    told = Progress(phase="running", at_s=3.0, violations={"stalled": 1}, latest=moments(1)[0])
    line = dump_line(told)
    assert line.count(b"\n") == 1
    assert load_line(line) == told


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        (["format"], "tokentape-load/9", "format: Input should be 'tokentape-load/1'"),
        (["rows", 0, "answered"], "many", "rows.0.answered: "),
        (["rows", 0, "figures", "TTFT"], {"count": 1}, "rows.0.figures.TTFT: "),
        (["seconds"], None, "seconds: "),
    ],
)
def test_a_file_that_is_no_results_is_told_by_its_field(
    path: list[str | int], value: object, message: str
) -> None:
    written = json.loads(dump(finished()))
    place = written
    for part in path[:-1]:
        place = place[part]
    place[path[-1]] = value
    with pytest.raises(Unreadable) as told:
        load(json.dumps(written).encode())
    assert str(told.value).startswith(message)


def test_what_is_not_json_is_told_as_such() -> None:
    for written in (b"<html>", b"", dump(finished()).replace(b'"wrong": 0', b'"wrong": NaN')):
        with pytest.raises(Unreadable, match="the file is not JSON"):
            load(written)


def test_a_percentile_of_too_few_values_is_not_shown() -> None:
    few, enough = values_of(10, 99, 0), values_of(10, 100, 0)
    assert shown_ms(few, 99) is None
    assert shown_ms(few, 50) is not None
    assert shown_ms(enough, 99) is not None


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"total": "x"}, "are whole numbers"),
        ({"highest": "x"}, "not a histogram"),
        ({"highest": {}}, "are whole numbers"),
        ({"lowest": None}, "are whole numbers"),
        ({"buckets": {str(10**30): 1}}, "are numbered from 0 to 65535"),
        ({"buckets": {"-1": 1}}, "are numbered from 0"),
        ({"buckets": {"5": "x"}}, "not a histogram"),
        ({"buckets": {"5": 7}}, "don't add up"),
        ({"buckets": []}, "not a histogram"),
    ],
)
def test_a_histogram_that_is_none_is_named_and_breaks_no_report(
    changed: dict[str, object], why: str
) -> None:
    told = json.loads(dump(finished()))
    told["rows"][0]["figures"]["TTFT"] |= changed
    with pytest.raises(Unreadable, match=r"rows\.0\.figures\.TTFT: .*" + why):
        load(json.dumps(told).encode())
