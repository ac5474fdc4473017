"""The benches run and tell; what they measure is asserted nowhere in the suite."""

import subprocess
import sys

import pytest

from tests.bench.report import WIDTH, Must, Report, Row, percentile


def test_report_compares_medians_with_ours_in_eighty_columns() -> None:
    rows = [Row("ours", [3.0, 1.0, 2.0]), Row("naive", [8.0])]
    told = Report("A title", "chunks/s", rows, [Must("fast " * 30, kept=False)]).told().splitlines()
    assert told[2].split() == ["ours", "2.00", "1.00–3.00", "1.00"]
    assert told[3].split() == ["naive", "8.00", "8.00–8.00", "0.25"]
    assert told[4].startswith("  NO  fast")
    assert all(len(line) <= WIDTH for line in told)


def test_percentile_is_a_value_that_was_seen() -> None:
    assert percentile([3, 1, 2], 0.5) == 2
    assert percentile([1, 2], 0.99) == 2


@pytest.mark.parametrize("name", ["relay", "stops", "retrieval"])
def test_bench_runs(name: str) -> None:
    told = _told("tests.bench", "--quick", name)
    assert "yes" in told or "NO" in told


def test_the_bench_of_the_mock_runs_whole() -> None:
    told = _told("tests.bench.mock", "--quick")
    rows = [line for line in told.splitlines() if line.startswith("│ mock: every request another")]
    # both starts, then streams/s
    assert ["100%" in row for row in rows] == [True, True, False]
    assert "after 400 requests more" in told


def _told(*arguments: str) -> str:
    ran = subprocess.run(
        [sys.executable, "-m", *arguments], capture_output=True, text=True, timeout=100, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    return ran.stdout
