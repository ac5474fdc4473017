"""The report: readable in 80 columns, and honest about what it does not know."""

import io
import json

from rich.console import Console

from app.dialects.contracts import CONTRACTS
from loadtests.book import Book
from loadtests.measures import MEASURES
from loadtests.report import Summary, as_json, print_report
from loadtests.thresholds import Thresholds, breaches
from tests.loadtests.test_book import book_of, right, wrong


def summary(book: Book, *, seconds: float = 10.0) -> Summary:
    return Summary(
        book=book,
        seconds=seconds,
        seed=0,
        scripted=True,
        breaches=breaches(book, Thresholds()),
    )


def printed(book: Book) -> list[str]:
    out = io.StringIO()
    print_report(summary(book), Console(file=out, width=200))
    return [line.rstrip() for line in out.getvalue().splitlines()]


def row(lines: list[str], heading: str) -> list[str]:
    """The first row of the table under a heading, without its name."""
    start = next(number for number, line in enumerate(lines) if line.startswith(heading))
    return next(line for line in lines[start:] if line.startswith(" ai-chat/sse")).split()[1:]


def test_it_is_80_columns_wide_with_every_contract_and_large_numbers() -> None:
    book = Book()
    for key in CONTRACTS:
        tally = book.of(key)
        tally.merge(book_of(*[right(3_600_000)] * 120, wrong()).of("ai-chat/sse"))
        tally.users, tally.answers, tally.unfinished = 10_000, 1_000_000, 100
    lines = printed(book)
    assert max(map(len, lines)) <= 80
    for key in CONTRACTS:
        assert any(line.split()[:2] == [key, "10000"] for line in lines)


def test_each_measure_is_printed_with_its_definition_and_number_of_values() -> None:
    lines = printed(book_of(*[right(200)] * 99, right(300)))
    for measure in MEASURES:
        assert f"{measure.name}, ms: {measure.definition}" in lines
    assert row(lines, "TTFT") == ["100", "200.0", "200.0", "300.0"]
    assert row(lines, "ICL") == ["300", "20.0", "20.0", "20.0"]


def test_p99_is_hidden_under_a_hundred_values() -> None:
    assert row(printed(book_of(*[right()] * 99)), "TTFT")[2] == "–"


def test_failures_are_named_with_kind_count_and_place() -> None:
    lines = printed(book_of(right(), wrong(), wrong()))
    assert "  ai-chat/sse  text_repeated × 2" in lines
    assert any(line.startswith("    at event 2: 'upon ' came twice") for line in lines)
    assert "  ai-chat/sse  2 of 2 planted faults seen" in lines
    assert lines[-1] == "FAILED  ai-chat/sse: 2 of 3 answers are wrong (text_repeated 2)"


def test_a_passed_run_says_how_much_it_compared() -> None:
    assert printed(book_of(right()))[-1] == (
        "PASSED  1 answers in 10.0 s, each text compared with its script, 0 failures"
    )


def test_a_load_generator_short_of_cpu_is_owned_up_to() -> None:
    book = book_of(right())
    book.client_lag.extend([40_000_000] * 200)
    assert any("don't trust these times" in line for line in printed(book))


def test_the_json_report_holds_figures_and_histograms() -> None:
    told = json.loads(json.dumps(as_json(summary(book_of(*[right()] * 100, wrong())))))
    assert told["passed"] is False
    contract = told["contracts"]["ai-chat/sse"]
    assert contract["failures"] == {"text_repeated": 1}
    assert contract["percentiles_ms"]["TTFT"]["n"] == 101
    assert contract["figures"]["TTFT"]["count"] == 101


def test_a_report_of_nothing_can_be_printed() -> None:
    assert printed(Book())[-1] == "FAILED  no answer was seen: an empty run proves nothing"
