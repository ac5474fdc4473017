"""Limits: read or refused by field, ruled on, and able to fail."""

import re

import pytest

from tests.unit.loadtests.metrics.test_collector import right, wrong
from tokentape.dialects.ai_chat.contract import SSE
from tokentape_load.metrics.histogram import Histogram
from tokentape_load.metrics.limits import Limits, LimitsFault, read_limits, rulings
from tokentape_load.metrics.run_results import Row

MS = 1_000_000


def row(contract: str = SSE.key, *, answered: int = 200, **kwargs: object) -> Row:
    ttft = Histogram()
    ttft.extend([200 * MS] * answered)
    known = {"users": 2, "started": answered, "answered": answered, "figures": {"TTFT": ttft}}
    return Row(contract=contract, **{**known, **kwargs})  # type: ignore[arg-type] # named above


def ruled(written: str, *rows: Row, seconds: float = 10.0) -> dict[str, bool]:
    found = rulings(read_limits(written), rows, seconds)
    return {f"{ruling.subject} {ruling.limit}": ruling.met for ruling in found}


def test_the_narrower_scope_wins_name_by_name() -> None:
    limits = read_limits(
        """
        all: {ttft_p99_ms: 500, icl_p99_ms: 60}
        ai-chat: {ttft_p99_ms: 800}
        ai-chat/sse: {icl_p99_ms: 90}
        """
    )
    assert limits.of("ai-chat/sse")["ttft_p99_ms"] == 800
    assert limits.of("ai-chat/sse")["icl_p99_ms"] == 90
    assert limits.of("inference/sse")["ttft_p99_ms"] == 500
    assert limits.of("inference/sse")["violations"] == 0


@pytest.mark.parametrize(
    ("written", "message"),
    [
        ("", "a limits file maps 'all'"),
        ("[1]", "a limits file maps 'all'"),
        ("all: {", "not YAML: "),
        ("all: {violations: 0, violations: 9}", "violations: it stands there twice, in line 1"),
        ("all: {violations: 0}\nall: {violations: 9}", "all: it stands there twice, in line 2"),
        ("all: 5", "all: limits are names with numbers"),
        ("ai-chatt: {violations: 0}", "ai-chatt: there is no such dialect or contract. Did you"),
        ("all: {ttft_p99: 5}", "all.ttft_p99: there is no such limit. Did you mean 'ttft_p99_ms'"),
        ("all: {tttt_p99_ms: 5}", "all.tttt_p99_ms: there is no such limit."),
        ("all: {violations: few}", "all.violations: 'few' is not a number"),
        ("all: {violations: true}", "all.violations: True is not a number"),
        ("all: {violations: 0.5}", "all.violations: 0.5 is not a whole number"),
        ("all: {ttft_p99_ms: -1}", "all.ttft_p99_ms: it is less than 0"),
        ("all: {ttft_p99_ms: .inf}", "all.ttft_p99_ms: it is more than 1,000,000,000"),
        pytest.param(
            f"all: {{violations: 1{400 * '0'}}}", "all.violations: it is more than", id="huge"
        ),
        ("all: {ttft_p0_ms: 5}", "all.ttft_p0_ms: there is no such limit."),
        pytest.param("[" * 3_000, "it is nested too deep", id="deep"),
        ("all: {ttft_p99_ms: .nan}", "all.ttft_p99_ms: nan is not a number"),
        ("all: {error_share: 5}", "all.error_share: 5 is more than 1"),
        ("all: {min_answers: 0}", "all.min_answers: a run without answers can't pass"),
    ],
)
def test_a_wrong_file_is_told_by_its_field(written: str, message: str) -> None:
    with pytest.raises(LimitsFault, match=re.escape(message)):
        read_limits(written)


def test_a_figure_is_held_against_its_limit() -> None:
    assert ruled("all: {ttft_p99_ms: 201}", row())["ai-chat/sse ttft_p99_ms"]
    assert not ruled("all: {ttft_p99_ms: 199}", row())["ai-chat/sse ttft_p99_ms"]
    assert not ruled("all: {ttft_max_ms: 199}", row())["ai-chat/sse ttft_max_ms"]


def test_too_few_values_do_not_keep_a_limit() -> None:
    (ruling,) = [
        ruling
        for ruling in rulings(read_limits("all: {ttft_p99_ms: 500}"), [row(answered=99)], 10)
        if ruling.limit == "ttft_p99_ms"
    ]
    assert not ruling.met
    assert ruling.found is None
    assert ruling.words == "TTFT p99: 99 values, 100 or more are needed to tell"


def test_errors_have_a_share_and_violations_have_none() -> None:
    refused, swapped = row(violations={"refused": 2}), row(violations={"seq_reordered": 2})
    allowed = "all: {error_share: 0.01}"
    assert all(ruled(allowed, refused).values())
    assert not ruled("all: {error_share: 0.009}", refused)["ai-chat/sse error_share"]
    assert not ruled(allowed, swapped)["ai-chat/sse violations"]


def test_a_minimum_of_answers_and_of_good_ones_a_second_can_be_asked_for() -> None:
    assert not ruled("all: {min_answers: 201}", row())["ai-chat/sse min_answers"]
    assert ruled("all: {goodput: 19}", row(good=200))["ai-chat/sse goodput"]
    assert not ruled("all: {goodput: 21}", row(good=200))["ai-chat/sse goodput"]


def test_only_contracts_that_took_part_are_ruled_on() -> None:
    rows = [row(), Row(contract="inference/sse")]
    assert {name.split()[0] for name in ruled("all: {violations: 0}", *rows)} == {"ai-chat/sse"}


@pytest.mark.parametrize("name", ["answer_ttft_ms", "answer_gap_ms", "answer_e2e_ms"])
def test_a_good_answer_is_right_and_within_the_limits_of_one(name: str) -> None:
    assert Limits({"all": {name: 1_000}}).good(right())
    assert not Limits({"all": {name: 1}}).good(right())
    assert not Limits().good(wrong())
