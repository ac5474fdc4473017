"""Each fault, at several places: the violation that it names is the one that our check reports."""

import pytest

from mock_openai.faults import FAULTS
from mock_openai.faults.outcomes import NO_PLACE
from mock_openai.faults.reading import read_fault_text
from tests.integration.mock_openai.conftest import Served
from tokentape.check.config import CheckConfig
from tokentape.check.runner import check
from tokentape.contract.anthropic import MESSAGES
from tokentape.contract.contract import Contract
from tokentape.contract.openai import CHAT
from tokentape.contract.openai_responses import RESPONSES
from tokentape.contract.verdict import judge
from tokentape.contract.violations import VIOLATION_KINDS

PLANTED = (
    "refuse:429", "refuse:529;retry-after=7", "html", "html:404",
    "slow-headers:700ms", "endless-headers:2s", "content-type", "content-type:text/html",
    "stall@first:700ms", "stall@0:700ms", "stall@5:700ms", "stall@byte3000:700ms",
    "stall@first:forever", "stall@5:forever", "stall@byte3000:forever",
    "cut@first", "cut@0", "cut@5", "cut@last", "cut@byte3000", "cut@5:reset", "cut@5:sever",
    "sever@first", "sever@5", "sever@byte3000", "reset@first", "reset@5", "reset@byte3000",
    "no-finish", "no-done",
    "data-error@first", "data-error@5", "data-error@last:rate_limit_exceeded",
    "event-error@first", "event-error@5", "event-error@last",
    "duplicate@0", "duplicate@5", "duplicate@15", "reorder@0", "reorder@5", "reorder@14",
    "lose@0", "lose@5", "lose@15",
    "wrong-index@0", "wrong-index@5", "wrong-index@15", "wrong-id@0", "wrong-id@5", "wrong-id@last",
    "bad-json@0", "bad-json@5", "bad-json@byte3000",
    "truncated-json@0", "truncated-json@5", "truncated-json@byte3000",
    "garbage", "late-chunk", "second-end",
    "empty-delta@0", "empty-delta@5", "empty-delta@15", "giant@0", "giant@5:70000", "giant@last",
    "keep-alive:20ms", "keep-alive@5:50ms", "keep-alive@last", "crlf", "crlf@5", "crlf@last",
    "split@first", "split@5:7", "split@last:3", "split-utf8", "split-utf8@0", "split-utf8@9",
    "join", "join@3:4", "join@10:3",
)  # fmt: skip
SCENARIO = "scenario=unicode tokens=16 first=5ms gap=5ms"
HELD = "scenario=unicode tokens=16 first=30ms gap=60ms"
"""Kept back for so long that no busy machine hides it."""


def test_every_fault_is_planted_and_names_a_violation_of_the_closed_set() -> None:
    assert {fault.partition("@")[0].partition(":")[0] for fault in PLANTED} == set(FAULTS)
    named = {read_fault_text(fault).violation for fault in PLANTED}
    assert named <= {*VIOLATION_KINDS, "none"}


IN_RESPONSES = (
    "cut@5", "sever@byte3000", "reset@5", "no-finish", "data-error@5", "event-error@5",
    "duplicate@5", "reorder@5", "lose@5", "wrong-id@first", "wrong-id@5", "bad-json@5",
    "truncated-json@0", "garbage", "late-chunk", "second-end", "giant@5:70000", "keep-alive:50ms",
    "wrong-index@0", "wrong-index@5", "empty-delta@0", "empty-delta@5",
    "crlf", "split@5", "split-utf8@5", "stall@5:700ms", "refuse:503", "html", "content-type",
)  # fmt: skip


IN_MESSAGES = (
    "refuse:429", "refuse:529", "html", "slow-headers:700ms", "endless-headers:2s",
    "content-type", "stall@first:700ms", "stall@5:700ms", "stall@5:forever",
    "cut@first", "cut@5", "cut@last", "cut@byte1500", "sever@5", "reset@5", "no-finish", "no-done",
    "data-error@first", "data-error@5", "event-error@first", "event-error@5",
    "event-error@last:api_error", "duplicate@0", "duplicate@5", "reorder@5", "lose@0", "lose@5",
    "wrong-index@0", "wrong-index@5", "wrong-index@last", "bad-json@0", "bad-json@5",
    "truncated-json@5", "garbage", "late-chunk", "second-end", "empty-delta@0", "empty-delta@5",
    "giant@5:70000", "keep-alive:20ms", "keep-alive@5:50ms", "crlf", "crlf@5", "split@5:7",
    "split-utf8@5", "join", "join@5:4",
)  # fmt: skip


@pytest.mark.parametrize("fault", PLANTED)
async def test_the_check_reports_the_violation_that_the_fault_names(
    served: Served, fault: str
) -> None:
    placed = await reported_as_placed(served, CHAT, fault)
    assert placed == read_fault_text(fault).violation


@pytest.mark.parametrize("fault", IN_RESPONSES)
async def test_so_it_does_in_responses_whose_events_carry_numbers(
    served: Served, fault: str
) -> None:
    placed = await reported_as_placed(served, RESPONSES, fault)
    read = read_fault_text(fault)
    assert placed == read.elsewhere.get("responses", read.violation)


@pytest.mark.parametrize("fault", IN_MESSAGES)
async def test_so_it_does_in_anthropics_messages(served: Served, fault: str) -> None:
    # An error whose event has no name is no error: the answer then ends without an end.
    more = ["missing_end"] if fault.startswith("data-error") else []
    placed = await reported_as_placed(served, MESSAGES, fault, *more)
    read = read_fault_text(fault)
    assert placed == read.elsewhere.get("messages", read.violation)


def test_every_fault_that_finds_a_place_is_planted_in_messages() -> None:
    placed = {name for name, kind in FAULTS.items() if kind.official.anthropic != NO_PLACE}
    assert {read_fault_text(fault).name for fault in IN_MESSAGES} == placed


async def reported_as_placed(served: Served, contract: Contract, fault: str, *more: str) -> str:
    """`more` is reported besides, as what follows from it."""
    tag = f"{contract.dialect}: violation of {fault}"
    held = fault == "join"
    expected = CheckConfig(
        url=served.root if contract is MESSAGES else served.url,
        contract=contract,
        token="any",
        model="gpt-4o",
        message=f"{tag} [[mock: {HELD if held else SCENARIO} fault={fault}]]",
        # What was kept back by the mock itself shows to those alone who don't read its journal.
        mock_url=None if fault.startswith("join") else served.root,
        max_ttft_ms=5_000 if held else 500,
        max_gap_ms=400,
        silence_s=5 if held else 1.2,
        linger_s=0.05,
    )
    report = await check(expected)
    [placed] = served.journal(tag, limit=1)[0]["faults"]
    violations = [one for finding in report.results for one in finding.verdict.violations]
    if report.stopped_short is not None:
        assert "no answer in time" in report.stopped_short
        violations = [*judge(contract, [], 0).violations]
    reported: list[str] = [violation.kind for violation in violations] or ["none"]
    # A busy machine may leave a time undecided: it makes none right, and none wrong.
    doubts = {one.kind for finding in report.results for one in finding.verdict.undecided}
    if reported == ["none"] and doubts and placed["violation"] in {"none", *doubts}:
        reported = [placed["violation"]]
    assert placed["placed"]
    assert reported == [placed["violation"], *more]
    violation: str = placed["violation"]
    return violation
