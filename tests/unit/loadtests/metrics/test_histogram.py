"""Percentiles from buckets against percentiles from all values."""

import json
import random

import pytest

from tokentape.contract.timeline import percentile
from tokentape_load.metrics.histogram import RESOLUTION, Histogram

PERCENTS = (0, 1, 50, 90, 99, 99.9, 100)


def of(values: list[int]) -> Histogram:
    histogram = Histogram()
    histogram.extend(values)
    return histogram


def latencies(seed: int, n: int = 5_000) -> list[int]:
    source = random.Random(seed)
    return [int(source.lognormvariate(17, 2.5)) for _ in range(n)]


@pytest.mark.parametrize("percent", PERCENTS)
@pytest.mark.parametrize("seed", range(3))
def test_a_percentile_is_the_exact_one_rounded_up_by_a_thousandth(
    seed: int, percent: float
) -> None:
    values = latencies(seed)
    exact, found = percentile(values, percent), of(values).percentile(percent)
    assert exact is not None
    assert found is not None
    assert exact <= found <= exact * (1 + RESOLUTION)


def test_small_values_and_extremes_are_exact() -> None:
    histogram = of([0, 1, 2, 2047, 123_456_789_123])
    assert [histogram.percentile(p) for p in (20, 40, 60, 80)] == [0, 1, 2, 2047]
    assert (histogram.lowest, histogram.highest) == (0, 123_456_789_123)
    assert histogram.percentile(100) == 123_456_789_123


def test_merged_parts_are_the_whole() -> None:
    values = latencies(7)
    merged = Histogram()
    for start in range(0, len(values), 700):
        merged.merge(of(values[start : start + 700]))
    assert merged.to_json() == of(values).to_json()


def test_it_survives_the_way_over_the_wire() -> None:
    histogram = of(latencies(8))
    again = Histogram.from_json(json.loads(json.dumps(histogram.to_json())))
    assert again.to_json() == histogram.to_json()
    assert [again.percentile(p) for p in PERCENTS] == [histogram.percentile(p) for p in PERCENTS]


def test_memory_is_bounded_by_the_range_and_not_by_the_number() -> None:
    hour_ns = 3_600 * 10**9
    source = random.Random(9)
    histogram = of([source.randrange(hour_ns) for _ in range(200_000)])
    assert histogram.count == 200_000
    assert len(histogram.to_json()["buckets"]) < 15_000


def test_no_values_have_no_percentile_and_no_mean() -> None:
    assert Histogram().percentile(50) is None
    assert Histogram().mean is None


def test_a_negative_duration_is_refused() -> None:
    with pytest.raises(ValueError, match="negative"):
        Histogram().add(-1)
