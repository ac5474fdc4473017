"""Our own server, in every dialect and over every transport, with the mock as its upstream, holds
what it promises: answers, cuts, viewers, stop. A new row in the table of contracts is taken up.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from tests.integration.app.serving import SECRET, SPOKEN, serving, settings_for
from tests.integration.mock_openai.conftest import Served, served
from tokentape.access.tokens import sign
from tokentape.check.config import CheckConfig
from tokentape.check.report import Report
from tokentape.check.runner import check
from tokentape.contract.contract import Contract

__all__ = ["served"]

PACE = "[[mock: tokens=30 first=20ms gap=4ms]]"
MESSAGE = f"How does a tape recorder work? {PACE}"

every_contract = pytest.mark.parametrize("contract", SPOKEN, ids=lambda contract: contract.key)


@dataclass(frozen=True)
class Stack:
    mock: Served
    folder: Path

    async def check(self, contract: Contract, **wanted: object) -> Report:
        async with serving(settings_for(self.folder, self.mock.url, openai_api_key="x")) as app:
            first = CheckConfig(
                url=app.url,
                contract=contract,
                message=MESSAGE,
                token=sign(SECRET, "checker", 86_400, {}),
                user="checker",
                mock_url=self.mock.root,
                linger_s=0.05,
                order_only=True,  # when it came is the machine's
            )
            return await check(replace(first, **wanted))  # type: ignore[arg-type] # its own fields


@pytest.fixture
def stack(served: Served, tmp_path: Path) -> Stack:
    return Stack(served, tmp_path)


def assert_right(report: Report) -> None:
    assert report.stopped_short is None
    assert [finding.verdict.violations for finding in report.wrong] == []
    assert report.exit_code == 0
    assert all(finding.due for finding in report.results)


@every_contract
async def test_answers_are_right_to_the_letter(contract: Contract, stack: Stack) -> None:
    report = await stack.check(contract, turns=3)
    assert_right(report)
    assert len(report.results) == 3
    assert report.added_ns


@every_contract
async def test_every_viewer_sees_all_of_it_whatever_was_cut(
    contract: Contract, stack: Stack
) -> None:
    report = await stack.check(
        contract, users=2, viewers=3, cuts=3, cut_at=(1,), seed=7, away_s=0.02
    )
    assert_right(report)
    assert len(report.results) == 6
    assert len({finding.verdict.text for finding in report.results}) == 2, "one of each user"
    assert report.cuts > 6


@every_contract
async def test_stop_ends_the_answer_and_the_upstream(contract: Contract, stack: Stack) -> None:
    report = await stack.check(contract, stop=True, message=f"{MESSAGE} [[mock: gap=300ms]]")
    assert_right(report)
    assert report.closed_ns


@every_contract
async def test_what_the_model_got_wrong_is_noticed(contract: Contract, stack: Stack) -> None:
    """The server hands on what it is given: the check compares with what was scripted."""
    report = await stack.check(contract, message=f"{MESSAGE} [[mock: fault=duplicate@5]]")
    (finding,) = report.results
    assert [violation.kind for violation in finding.verdict.violations] == ["text_repeated"]
    assert finding.observation.timeline[finding.verdict.violations[0].index].text


@every_contract
async def test_answer_that_failed_is_not_right(contract: Contract, stack: Stack) -> None:
    report = await stack.check(contract, message=f"{MESSAGE} [[mock: fault=cut@9]]")
    assert report.exit_code == 1
    assert [violation.kind for violation in report.wrong[0].verdict.violations] == ["failed"]
    assert report.wrong[0].verdict.code == "UPSTREAM_TRUNCATED"
