"""Several choices and tool calls of the mock, checked as `tokentape check` does it: each choice is
held against its own text, and what goes wrong with one of them is named."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from tests.integration.app.check.test_provider_profiles import WEATHER
from tests.integration.mock_openai.conftest import Served, served
from tokentape.check.read_config import read_config
from tokentape.check.report import Report
from tokentape.check.runner import check
from tokentape.contract.contract import RequestTemplate
from tokentape.contract.openai import CHAT

__all__ = ["served"]

FAST = "first=5ms gap=1ms"
LAWFUL = ("code", "default", "echo", "hello", "instant", "markdown", "parallel-tools", "reasoning",
          "refusal", "structured", "tool-call", "turns", "unicode")  # fmt: skip
CALLING = ("parallel-tools", "refusal", "tool-call")
SHORT = ("default",)
"""Their text is as long as is asked for."""


async def report_of(served: Served, directives: str, number: int, *, usage: bool = False) -> Report:
    start = CHAT.start
    assert isinstance(start, RequestTemplate)
    body = {**start.body, "n": number, "tools": [WEATHER]}
    if usage:
        body["stream_options"] = {"include_usage": True}
    config = read_config(
        url=served.url,
        mock_url=served.root,
        contract=replace(CHAT, start=replace(start, body=body)),
        message=f"How? [[mock: {directives} {FAST}]]",
        order_only=True,
    )
    return await check(config)


def kinds(report: Report) -> list[str]:
    return [one.kind for result in report.results for one in result.verdict.violations]


@pytest.mark.parametrize(("number", "scenarios"), [(1, CALLING), (3, LAWFUL)])
async def test_each_shipped_scenario_is_right_in_every_choice(
    served: Served, number: int, scenarios: Sequence[str], subtests: pytest.Subtests
) -> None:
    for scenario in scenarios:
        with subtests.test(scenario):
            more = "tokens=30" if scenario in SHORT else ""
            report = await report_of(served, f"scenario={scenario} {more}", number, usage=True)
            assert (report.verdict, kinds(report)) == ("right", [])
            (result,) = report.results
            assert len(result.verdict.texts) == number


@pytest.mark.parametrize(
    ("directives", "named"),
    [
        ("scenario=broken-arguments", {"not_json"}),
        ("tokens=20 fault=lose@5", {"text_lost"}),
        ("tokens=20 fault=duplicate@5", {"text_repeated"}),
        ("tokens=20 fault=wrong-id@5", {"id_changed"}),
        ("tokens=20 fault=no-finish", {"missing_end"}),
        ("tokens=20 fault=no-done", {"missing_end"}),
        ("tokens=20 fault=late-chunk", {"event_after_end"}),
        ("tokens=20 fault=second-end", {"second_end"}),
        ("tokens=20 fault=data-error@5", {"failed"}),
        ("tokens=20 fault=bad-json@5", {"malformed_frame"}),
    ],
)
async def test_what_goes_wrong_in_one_choice_is_named_as_it_is_in_one_alone(
    served: Served, directives: str, named: set[str]
) -> None:
    assert set(kinds(await report_of(served, directives, 3))) == named


async def test_more_choices_than_were_asked_for_are_wrong(served: Served) -> None:
    report = await report_of(served, "tokens=20 fault=wrong-index@5", 1)
    assert kinds(report) == ["out_of_order"]
