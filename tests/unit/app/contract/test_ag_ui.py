"""What AG-UI allows is right, what it forbids is named."""

import pytest

from tests.unit.app.contract.ag_ui_streams import (
    ERROR,
    LAWFUL,
    WRONG,
    ag,
    finished,
    started,
    text,
)
from tests.unit.app.contract.judging import interleaved, judged, kinds
from tokentape.dialects.ag_ui.contract import CONTRACT as AG_UI


@pytest.mark.parametrize("name", LAWFUL)
def test_what_ag_ui_allows_is_right(name: str) -> None:
    verdict = judged(AG_UI, LAWFUL[name])
    assert verdict.violations == ()
    failed = LAWFUL[name][-1] is ERROR and name != "a late error"
    assert verdict.outcome == ("failed" if failed else "completed")


@pytest.mark.parametrize("name", WRONG)
def test_what_ag_ui_forbids_is_named(name: str) -> None:
    events, due = WRONG[name]
    assert [*dict.fromkeys(kinds(judged(AG_UI, events)))] == due


def test_texts_that_come_at_once_are_put_together_one_after_the_other() -> None:
    events = [started(), *interleaved(text("a", "Hel", "lo "), text("b", "wor", "ld")), finished()]
    verdict = judged(AG_UI, events, text="Hello world")
    assert (verdict.text, verdict.violations) == ("Hello world", ())


def test_the_run_that_was_asked_for_is_the_one_that_is_told() -> None:
    events = [
        started("old"),
        *text("m", "before"),
        finished("old"),
        started("mine"),
        *text("n", "now"),
        finished("mine"),
    ]
    request = {"runId": "mine", "threadId": "t1"}
    verdict = judged(AG_UI, events, text="now", request=request)
    assert (verdict.text, verdict.violations) == ("now", ())
    other = judged(AG_UI, [started(), finished()], request={"runId": "mine"})
    assert kinds(other) == ["id_changed"]


def test_a_result_of_a_call_that_the_request_tells_is_right() -> None:
    result = ag("TOOL_CALL_RESULT", messageId="m", toolCallId="c", content="4")
    events = [started("mine"), result, finished("mine")]
    history = [{"role": "assistant", "id": "a", "toolCalls": [{"id": "c"}]}]
    assert judged(AG_UI, events, request={"messages": history}).violations == ()
    assert kinds(judged(AG_UI, events, request={"messages": []})) == ["out_of_order"]


@pytest.mark.parametrize("role", ["user", "system", "developer"])
def test_words_of_others_that_a_server_tells_are_no_part_of_the_answer(role: str) -> None:
    begun = ag("TEXT_MESSAGE_START", messageId="q", role=role)
    short = ag("TEXT_MESSAGE_CHUNK", messageId="s", role=role, delta="Be kind.")
    events = [started(), begun, *text("q", "Why?")[1:], short, *text("m", "So."), finished()]
    verdict = judged(AG_UI, events, text="So.")
    assert (verdict.text, verdict.violations, verdict.has_content) == ("So.", (), True)
    unanswered = judged(AG_UI, [started(), begun, *text("q", "Why?")[1:], short, finished()])
    assert (unanswered.violations, unanswered.has_content) == ((), False)
