"""What a load user sees of several choices and of tool calls gets the verdict of a check."""

from dataclasses import replace

import pytest

from tests.integration.app.check.test_openai_choices import report_of
from tests.integration.app.check.test_provider_profiles import WEATHER
from tests.integration.mock_openai.conftest import Served, served
from tokentape.client.turn import Turn
from tokentape.contract.contract import RequestTemplate
from tokentape.contract.openai import CHAT
from tokentape.contract.script import script_of
from tokentape_load.judging.answer_result import ServerReport, judge_answer
from tokentape_load.viewers.sse_viewer import SSEViewer
from tokentape_load.workload.prompts import Question

__all__ = ["served"]


def failures_of(served: Served, directives: str, number: int) -> list[str]:
    """The kinds of failures of one answer, as a load user's connection saw it."""
    start = CHAT.start
    assert isinstance(start, RequestTemplate)
    body = {**start.body, "n": number, "tools": [WEATHER]}
    contract = replace(CHAT, start=replace(start, body=body))
    tag = f"load of {number}: {directives}"
    viewer = SSEViewer(served.url, contract, silence_s=5.0, token="any")
    try:
        message = f"{tag} [[mock: {directives} first=5ms gap=1ms]]"
        view = viewer.view_answer(Turn(message=message, model="gpt-4o"))
    finally:
        viewer.close()
    assert view.request["n"] == number
    (entry,) = served.journal(tag, limit=1)
    report = ServerReport(script_of(entry))
    question = Question(tag, tag, planted=False)
    result = judge_answer(contract, question, view, report, order_only=True)
    return [one.kind for one in result.failures]


@pytest.mark.parametrize(
    "directives",
    ["scenario=parallel-tools", "scenario=hello", "scenario=broken-arguments",
     "tokens=20 fault=lose@5", "tokens=20 fault=no-finish"],
)  # fmt: skip
async def test_a_load_user_says_what_a_check_says(served: Served, directives: str) -> None:
    report = await report_of(served, directives, 3)
    checked = [one.kind for result in report.results for one in result.verdict.violations]
    assert failures_of(served, directives, 3) == checked


def test_more_choices_than_were_asked_for_are_a_failure_in_a_load_too(served: Served) -> None:
    assert failures_of(served, "tokens=20 fault=wrong-index@5", 1) == ["out_of_order"]
