"""The report as a page: whole in one file, with every figure as text, whatever others wrote."""

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from html.parser import HTMLParser

import pytest

from tests.unit.loadtests.made_results import finished, invalid, moments, row
from tokentape_load.metrics.run_results import Capacity, Results, Step
from tokentape_load.reports.html_report import html

EVIL = '<script>alert("x")</script><img src=x onerror=alert(1)> \u202e \x00 </style>'


class Page(HTMLParser):
    """What a page holds: its tags, its texts, and what it would fetch."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: Counter[str] = Counter()
        self.opened: list[str] = []
        self.fetched: list[str] = []
        self.words: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1
        if tag not in ("meta", "link"):
            self.opened.append(tag)
        self.fetched += [value or "" for name, value in attrs if name in ("src", "href", "action")]

    def handle_endtag(self, tag: str) -> None:
        assert self.opened.pop() == tag

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags[tag] += 1

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())


def empty() -> Results:
    return replace(
        finished(),
        rows=(),
        series=(),
        rulings=(),
        calibration=(),
        seconds=0.0,
        reasons=("no answer",),
    )


@cache
def huge() -> Results:
    return replace(
        finished(),
        rows=tuple(row(f"dialect-{n}/sse", answered=20, wrong=n) for n in range(40)),
        series=moments(40_000),
    )


def capacity() -> Results:
    return replace(
        finished(wrong=0),
        capacity=Capacity(unit="users", highest=None, steps=(Step(load=1, met=False, words="no"),)),
    )


def passed() -> Results:
    return finished(wrong=0)


# Functions: what they make takes a second, in each process that collects the tests.
@pytest.mark.parametrize("made", [finished, passed, invalid, empty, huge, capacity])
def test_every_run_has_a_well_formed_page_that_fetches_nothing(made: Callable[[], Results]) -> None:
    results = made()
    page = Page(html(results, finished()))
    assert page.opened == []
    assert all(each.startswith(("#", "data:,")) for each in page.fetched)
    assert page.tags["script"] == 0
    assert str(results.judgement).capitalize() in page.text


def test_the_verdict_comes_with_its_reasons() -> None:
    assert "ai-chat/sse: 1 of 120 answers is wrong (text_repeated 1)" in Page(html(finished())).text
    doubted = Page(html(invalid())).text
    assert "Invalid The load generator was the bottleneck" in doubted
    assert "woke up to 61 ms late" in doubted
    unsent = "37 of 42 starts could not be sent"
    asked = replace(finished().setup, loop="open", rate=20.0)
    slow = replace(finished(wrong=0), setup=asked, judgement="invalid", invalid=(unsent,))
    assert "Invalid The load was not the one asked for" in Page(html(slow)).text


def test_each_limit_stands_beside_its_figure() -> None:
    said = Page(html(finished())).text
    assert "not met ai-chat/sse violations 1 0 120" in said
    assert "met all ttft_p99_ms 231.5 400 300" in said


def test_many_limits_that_were_met_are_folded_away_and_none_that_was_not() -> None:
    (quick, broken) = finished().rulings
    many = [replace(quick, subject=f"ai-chat/{n}") for n in range(9)]
    page = html(replace(finished(), rulings=(broken, *many)))
    folded = page[page.index("<details>") : page.index("</details>")]
    assert "9 limits were met" in folded
    assert folded.count("ttft_p99_ms") == 9
    assert "not met" not in folded
    assert "<details open>" in html(finished())


def test_each_measure_has_its_definition_beside_it_and_as_a_tooltip() -> None:
    page = html(finished())
    said = Page(page).text
    for measure in finished().measures:
        assert f"{measure.name} , ms: {measure.definition}" in said
    assert '<abbr title="send to the first non-empty text">TTFT</abbr>' in page


def test_a_percentile_of_too_few_values_is_a_dash() -> None:
    said = Page(html(finished())).text
    assert re.search(r"inference/sse 60 [\d.]+ [\d.]+ – – [\d.]+", said)


def test_violations_are_told_with_examples_and_their_answer() -> None:
    said = Page(html(finished())).text
    assert "text_repeated × 1" in said
    assert "at event 6 'upon ' came twice, 300.0 ms from the start (turn 0/0/1/3)" in said


def test_another_run_is_drawn_over_and_told_beside() -> None:
    alone, both = html(finished()), html(finished(), finished(wrong=0))
    assert "earlier run" not in alone
    assert "ai-chat/sse, earlier run" in both
    assert "Compared with an earlier run" in Page(both).text
    assert both.count("tc-dashed") > alone.count("tc-dashed")


def test_an_open_loop_is_drawn_from_the_send_and_from_when_it_was_due() -> None:
    setup = replace(finished().setup, loop="open", rate=30.0)
    opened = replace(finished(wrong=0), setup=setup, unsent=7)
    said = Page(html(opened, finished())).text
    assert "Closed and open loop side by side" in said
    assert "from when it was due (TTFT intended)" in said
    assert "closed loop, earlier run (TTFT)" in said
    assert "7 starts were due and could not be sent" in said
    assert "Closed and open loop side by side" not in Page(html(finished())).text


def test_a_run_of_many_hours_stays_a_page_that_opens() -> None:
    assert len(html(huge())) < 1_500_000


def test_what_others_wrote_is_text() -> None:
    setup = replace(finished().setup, host=EVIL, shape=EVIL, directive=EVIL, faults=(EVIL,))
    hostile = replace(
        finished(),
        setup=setup,
        reasons=(EVIL,),
        rows=(replace(finished().rows[1], contract=EVIL, violations={EVIL: 1}),),
    )
    page = Page(html(hostile, hostile))
    assert page.tags["script"] == page.tags["img"] == 0
    assert '<script>alert("x")</script>' in page.text
