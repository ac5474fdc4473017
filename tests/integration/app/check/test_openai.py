"""`--dialect openai`, `openai-responses`: cuts where they can be resumed, a stop by hanging up."""

import io
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from tests.integration.app.serving import serving, settings_for
from tests.integration.mock_openai.conftest import Served, served
from tokentape.check.read_config import read_config
from tokentape.check.report import Report
from tokentape.check.runner import check
from tokentape.check.terminal_report import print_report
from tokentape.contract.openai import CHAT
from tokentape.contract.openai_responses import BACKGROUND, RESPONSES

__all__ = ["served"]

MESSAGE = "How? [[mock: tokens=30 first=20ms gap=4ms]]"
LONG = "How? [[mock: tokens=200 first=20ms gap=20ms]]"


async def report_of(url: str, mock: str, **asked: object) -> Report:
    written: dict[str, Any] = {"contract": CHAT, "message": MESSAGE, "order_only": True, **asked}
    return await check(read_config(url=url, mock_url=mock, **written))


async def test_lost_responses_are_resumed_where_they_were_cut(served: Served) -> None:
    report = await report_of(
        served.url, served.root, contract=RESPONSES, cuts=3, cut_at=("1", "9"), viewers=3, turns=2
    )
    assert (report.stopped_short, report.config.contract) == (None, BACKGROUND)
    assert [finding.verdict.violations for finding in report.wrong] == []
    assert len({finding.verdict.text for finding in report.results if finding.due}) == 2
    assert report.cuts >= 12


async def test_what_is_lost_of_a_chat_stream_is_lost(served: Served) -> None:
    report = await report_of(served.url, served.root, cuts=1)
    assert report.exit_code == 2
    assert "no way to resume" in (report.stopped_short or "")
    assert "openai-responses can be resumed" in (report.stopped_short or "")


@pytest.mark.parametrize("contract", [CHAT, RESPONSES], ids=lambda contract: contract.dialect)
async def test_hanging_up_is_the_stop_and_no_end_is_due(served: Served, contract: object) -> None:
    report = await report_of(
        served.url, served.root, contract=contract, stop=True, message=LONG, turns=2
    )
    assert report.stopped_short is None
    assert [finding.verdict.violations for finding in report.wrong] == []
    assert len(report.closed_ns) == 2
    assert all(finding.observation.hung_up and finding.verdict.text for finding in report.results)


async def test_a_server_that_reads_on_for_nobody_is_told_of(served: Served, tmp_path: Path) -> None:
    """Ours does, for a while: its runs are detached, and whoever comes back finds them."""
    async with serving(settings_for(tmp_path, served.url, openai_api_key="x")) as app:
        url = f"{app.url}/api/v1/inference"
        report = await report_of(url, served.root, stop=True, message=LONG)
    console = Console(width=80, record=True, file=io.StringIO())
    print_report(report, console)
    assert "upstream ran on after 1 stop" in console.export_text()
    assert (report.exit_code, report.closed_ns) == (0, ())


async def test_many_at_once_are_held_each_against_its_own_answer(served: Served) -> None:
    told = "How? [[mock: scenario=echo first=5ms gap=1ms]]"
    for more in ({"viewers": 11}, {"users": 11, "viewers": 2}):
        report = await report_of(served.url, served.root, message=told, **more)
        assert [finding.verdict.violations for finding in report.wrong] == []
        assert len({finding.due for finding in report.results}) == len(report.results)
