"""The benches run and tell; what they measure is asserted nowhere in the suite."""

import subprocess
import sys

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


def test_a_bench_runs() -> None:
    """The lightest of them: `make bench` runs the others, which take a minute of processor time."""
    told = _told("tests.bench", "--quick", "retrieval")
    assert "yes" in told or "NO" in told


def _told(*arguments: str) -> str:
    ran = subprocess.run(
        [sys.executable, "-m", *arguments], capture_output=True, text=True, timeout=100, check=False
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    return ran.stdout
