"""The published schemas are those of the code, and what the code writes is as they say."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import orjson
import pytest

from docs.json_schemas import FOLDER, SCHEMAS, schema, written
from tests.unit.docs.published import misfits
from tests.unit.loadtests.made_results import finished, invalid
from tokentape_load.metrics.run_results import (
    Calibrated,
    Capacity,
    Results,
    Step,
    dump,
    dump_line,
)
from tokentape_load.run.results_builder import ended

CAPACITY = Capacity(
    unit="users",
    highest=None,
    steps=(Step(load=5, met=False, words="too much", gave_out="client"),),
)
CALIBRATED = Calibrated(
    transport="sse",
    streams=3,
    planned_ttft_ms=200,
    planned_icl_ms=20,
    ttft_p50_ms=None,
    icl_p99_ms=20.5,
    error_p50_ms=0.1,
    error_p99_ms=None,
)


@pytest.mark.parametrize("name", SCHEMAS)
def test_a_published_schema_is_not_stale(name: str) -> None:
    assert (FOLDER / name).read_bytes() == written(name), "run `make docs`"


@pytest.mark.parametrize("name", SCHEMAS)
def test_every_object_is_closed_and_no_row_is_positional(name: str) -> None:
    for place, part in _parts(schema(name), name):
        assert "prefixItems" not in part, place
        if "properties" in part:
            assert part["additionalProperties"] is False, place


def _parts(value: Any, place: str) -> Iterator[tuple[str, dict[str, Any]]]:
    if isinstance(value, dict):
        yield place, value
        for name, inside in value.items():
            yield from _parts(inside, f"{place}.{name}")
    elif isinstance(value, list):
        for number, inside in enumerate(value):
            yield from _parts(inside, f"{place}[{number}]")


@pytest.mark.parametrize(
    "results",
    [
        finished(),
        finished(wrong=0),
        invalid(),
        replace(finished(), capacity=CAPACITY, calibration=(CALIBRATED,)),
    ],
    ids=["failed", "passed", "invalid", "searched"],
)
def test_the_results_of_a_run_are_as_their_schema_says(results: Results) -> None:
    assert misfits("load-results.json", orjson.loads(dump(results))) == []
    assert misfits("load-progress.json", orjson.loads(dump_line(ended(results)))) == []


def test_what_is_not_in_a_schema_is_refused() -> None:
    results = orjson.loads(dump(finished()))
    del results["rows"][0]["figures"]["TTFT"]["count"]
    results["more"] = results["setup"]["users"] = "many"
    assert [one.partition(":")[0] for one in misfits("load-results.json", results)] != []
    found = "\n".join(misfits("load-results.json", results))
    for place in ("$: Additional properties", "$.setup.users", "$.rows[0].figures.TTFT"):
        assert place in found
