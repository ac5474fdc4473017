"""Each verdict gets the words that fit it."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from tokentape.contract.contract import Json
from tokentape.contract.timeline import see
from tokentape.contract.verdict import Expectation, judge
from tokentape.contract.violations import VIOLATION_KINDS, VIOLATIONS, Violation, ViolationKind
from tokentape.dialects.contracts import CONTRACTS
from tokentape.ui.answer.verdict_view import (
    VIOLATIONS_SHOWN,
    ExpectedText,
    VerdictView,
    rule,
)

SSE = CONTRACTS["ai-chat/sse"]
DONE = {"done": True, "sessionId": "s"}
STOPPED = {"done": True, "stopped": True, "sessionId": "s"}
FAILED = {"error": "Failed", "code": "UPSTREAM_TRUNCATED", "sessionId": "s"}
UNKNOWN = ExpectedText(None, "no script to compare with")


def ruled(words: Sequence[str], *ends: Json, script: ExpectedText = UNKNOWN) -> VerdictView:
    payloads = [*({"content": word, "sessionId": "s"} for word in words), *ends]
    numbered = [{**payload, "runId": "r", "seq": seq} for seq, payload in enumerate(payloads)]
    timeline = [see(SSE, "", payload, at_ns=n * 10**6) for n, payload in enumerate(numbered)]
    return rule(judge(SSE, timeline, 0, Expectation(text=script.text)), script, len(timeline))


def checks(ruling: VerdictView) -> dict[str, tuple[str, str]]:
    return {check.name: (check.tone, check.finding) for check in ruling.checks}


def test_a_whole_answer_as_scripted_is_said_to_be_so() -> None:
    ruling = ruled(["a ", "b"], DONE, script=ExpectedText("a b"))
    assert (ruling.headline, ruling.tone) == ("Whole, in order and as scripted", "right")
    assert checks(ruling) == {
        "Order": ("right", "3 events, each where it may come"),
        "Content": ("right", "all 3 characters as scripted"),
        "Ending": ("right", "the answer came to its end"),
    }


def test_without_a_script_content_is_not_said_to_be_right() -> None:
    ruling = ruled(["a"], DONE)
    assert ruling.headline == "Whole and in order"
    assert checks(ruling)["Content"] == ("unknown", "not compared (no script to compare with)")


def test_a_lost_piece_is_named_with_its_place() -> None:
    ruling = ruled(["one ", "three"], DONE, script=ExpectedText("one two three"))
    assert (ruling.headline, ruling.tone) == ("1 rule broken", "wrong")
    assert checks(ruling)["Content"] == ("wrong", "text is missing")
    (breach,) = ruling.breaches
    assert (breach.row, breach.rule) == (1, "text_lost")
    assert breach.finding == "event 1 at 1.0 ms: 'two ' never came"


def test_a_stream_without_an_end_breaks_the_order() -> None:
    ruling = ruled(["a"])
    assert ruling.headline == "1 rule broken"
    assert checks(ruling)["Order"] == ("wrong", "the end never came")
    assert checks(ruling)["Ending"] == ("wrong", "no terminal event came")


def test_a_stopped_answer_is_right_as_far_as_it_went() -> None:
    ruling = ruled(["a "], STOPPED, script=ExpectedText("a b"))
    assert (ruling.headline, ruling.tone) == ("Stopped, in order and as scripted so far", "right")
    assert checks(ruling)["Content"] == ("right", "as scripted so far: 2 of 3 characters")


def test_a_failure_that_is_told_breaks_no_rule_and_is_still_no_success() -> None:
    ruling = ruled(["a "], FAILED, script=ExpectedText("a b"))
    assert (ruling.headline, ruling.tone) == ("Failed, and said so", "wrong")
    assert checks(ruling)["Ending"] == ("wrong", "the answer failed with code UPSTREAM_TRUNCATED")


def test_a_failure_before_any_text_has_no_content_to_compare() -> None:
    assert checks(ruled([], FAILED, script=ExpectedText("a")))["Content"] == (
        "unknown",
        "no text came",
    )


def test_only_the_first_breaches_are_shown_and_the_rest_counted() -> None:
    words = [f"x{n} " for n in range(30)]
    ruling = ruled(words, DONE, script=ExpectedText("y"))
    assert len(ruling.breaches) == VIOLATIONS_SHOWN
    assert ruling.folded > 0


CHECKS = {"order": "Order", "content": "Content", "timing": "Timing", "error": "Ending"}


@pytest.mark.parametrize("kind", VIOLATION_KINDS)
def test_every_kind_is_said_in_words_by_the_check_of_its_group(kind: ViolationKind) -> None:
    completed = judge(SSE, [], 0)
    verdict = replace(completed, outcome="completed", violations=(Violation(kind, 0, 1.0, "said"),))
    info = VIOLATIONS[kind]
    assert checks(rule(verdict, UNKNOWN, 1))[CHECKS[info.group]] == ("wrong", info.phrase)
