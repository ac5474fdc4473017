"""The report for terminals and logs: 80 columns, the verdict last, nothing that moves a cursor."""

import io
from dataclasses import replace

import pytest
from rich.console import Console

from tests.unit.loadtests.made_results import finished, invalid, moments
from tokentape_load.metrics.run_results import Capacity, Progress, Results, Step
from tokentape_load.reports.terminal import WIDTH, print_report, progress_line

EVIL = "\x1b[31m\x00 [bold] \u2028" + "x" * 200


def told(results: Results, before: Results | None = None) -> str:
    console = Console(width=120, file=io.StringIO(), record=True)
    print_report(results, console, before)
    return console.export_text()


@pytest.mark.parametrize("results", [finished(), finished(wrong=0), invalid()])
def test_every_report_fits_80_columns_and_ends_with_its_verdict(results: Results) -> None:
    lines = told(results, finished()).rstrip().splitlines()
    assert all(len(line) <= WIDTH for line in lines)
    last = next(line for line in reversed(lines) if line.split("  ")[0].isupper())
    assert last.startswith(str(results.judgement).upper())


def test_a_violation_is_told_with_its_kind_its_place_and_its_answer() -> None:
    said = told(finished())
    assert "text_repeated × 1" in said
    assert "at event 6: 'upon ' came twice, 300.0 ms from the start (turn 0/0/1/3)" in said
    assert "broken" in said
    assert "FAILED" in said


def test_a_limit_that_many_kept_is_one_line_and_one_that_was_not_is_told_of_each() -> None:
    (quick, _) = finished().rulings
    kept = [replace(quick, subject=f"ai-chat/{n}", found=float(n)) for n in (100, 390, 200)]
    broken = [replace(quick, subject=f"threads/{n}", found=500.0, met=False) for n in range(2)]
    said = told(replace(finished(), rulings=(*kept, *broken)))
    told_of = [line for line in said.splitlines() if line.startswith(("  kept", "  broken"))]
    assert (
        told_of[-1].rstrip()
        == "  kept    ttft_p99_ms 400: by 3 contracts; nearest 390 in ai-chat/390"
    )
    assert [line.split(":")[0] for line in told_of[:-1]] == [
        "  broken  threads/0",
        "  broken  threads/1",
    ]


def test_percentiles_of_too_few_values_are_not_told() -> None:
    (row,) = [line for line in told(finished()).splitlines() if "inference/sse" in line][-1:]
    assert "–" not in row.split("inference/sse")[0]
    first = told(finished()).split("TTFT, ms")[1].split("ICL, ms")[0]
    (few,) = [line for line in first.splitlines() if "inference/sse" in line]
    assert few.split()[1:4:2] == ["60", few.split()[3]]
    assert few.split()[4] == "–"


def test_an_invalid_run_is_never_called_passed() -> None:
    said = told(invalid())
    assert "INVALID" in said
    assert "PASSED" not in said
    assert "woke up to 61 ms late" in " ".join(said.split())


def test_an_empty_run_has_a_report_too() -> None:
    empty = replace(finished(), rows=(), series=(), calibration=(), rulings=(), seconds=0.0)
    assert "FAILED  0 answers" in told(empty)


def test_a_capacity_search_tells_each_of_its_steps() -> None:
    steps = (Step(load=100, met=True, words="fine"), Step(load=200, met=False, words=EVIL))
    said = told(replace(finished(), capacity=Capacity(unit="users", highest=100, steps=steps)))
    assert "100 users: met. fine" in said
    assert "200 users: too much for the server." in said
    assert "The server holds at least 100 users" in said


def test_what_others_wrote_moves_no_cursor() -> None:
    row = replace(finished().rows[1], contract=EVIL, violations={EVIL: 1})
    said = told(replace(finished(), rows=(row,), reasons=(EVIL,)))
    assert said.replace("\n", "").isprintable()


def test_progress_is_one_short_line() -> None:
    progress = Progress(
        phase="running", at_s=75.2, users=5_000, answered=123_456, wrong=17, latest=moments(1)[0]
    )
    line = progress_line(progress)
    assert len(line) <= WIDTH
    assert "123456 answers" in line
    assert "gap p99" in line
    assert "calibrating" in progress_line(replace(progress, phase="calibrating"))
