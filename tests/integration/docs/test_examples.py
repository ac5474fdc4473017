"""The wrong server of the docs is diagnosed in words that tell its author what to mend, and the
mended one is right."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import yaml
from rich.console import Console

from tests.integration.docs.test_pages import free_port
from tests.integration.mock_openai.conftest import Served, served
from tests.unit.docs.pages import ROOT, blocks
from tokentape.check.config import CheckConfig
from tokentape.check.contract_file import load_contract
from tokentape.check.runner import check
from tokentape.check.terminal_report import print_report
from tokentape.child_processes.server import serving

__all__ = ["served"]

EXAMPLES = ROOT / "docs" / "examples"
PAGE = ROOT / "docs" / "checking-your-own-server.md"


@contextmanager
def running(name: str, mock: Served) -> Iterator[CheckConfig]:
    port = free_port()
    command = [sys.executable, str(EXAMPLES / name), "--port", str(port), "--upstream", mock.url]
    with serving(command) as server:
        yield CheckConfig(
            url=server.root,
            contract=load_contract(EXAMPLES / "my-dialect.yaml"),
            mock_url=mock.root,
        )


async def test_wrong_server_is_told_what_to_mend(
    served: Served, capsys: pytest.CaptureFixture[str]
) -> None:
    with running("wrong_server.py", served) as wanted:
        report = await check(wanted)
        again = await check(replace(wanted, cut_at=(1,)))
    print_report(report, Console(width=80, highlight=False))
    told = " ".join(capsys.readouterr().out.split())
    (finding,) = report.results
    assert [v.kind for v in finding.verdict.violations] == ["buffered", "text_lost"]
    assert finding.verdict.violations[0].index == 0
    assert finding.verdict.violations[1].index == len(finding.observation.timeline)
    assert "Write and flush each chunk as it comes: don't collect" in told
    assert "what is still in a buffer when the stream ends" in told
    print_report(again, Console(width=80, highlight=False))
    told = " ".join(capsys.readouterr().out.split())
    (finding,) = again.results
    first, *_ = finding.verdict.violations
    assert (first.kind, first.index, finding.observation.cuts) == ("seq_duplicate", 2, (1,))
    assert "Send only events after the number in `Last-Event-ID`" in told


async def test_mended_server_is_right(served: Served) -> None:
    with running("mended_server.py", served) as wanted:
        report = await check(replace(wanted, turns=2, viewers=3, cuts=4, seed=7))
    assert report.stopped_short is None
    assert [finding.verdict.violations for finding in report.wrong] == []
    assert len(report.results) == 6


def test_page_shows_the_file_that_is_run() -> None:
    shown = next(block.text for block in blocks(PAGE) if block.language == "yaml")
    own = Path(EXAMPLES / "my-dialect.yaml").read_text(encoding="utf-8")
    assert yaml.safe_load(shown) == yaml.safe_load(own)
