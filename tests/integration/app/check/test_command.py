"""The command as it is typed: exit codes, the report in 80 columns, JSON, JUnit, and advice."""

import asyncio
import io
import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
from rich.console import Console

from tests.integration.app.check.faulty import Faulty, Frame, faulty, framed, replaced
from tests.unit.app.check.speakers import SPEAKERS, numbered, some_words
from tests.unit.docs.published import misfits
from tokentape.check import mock_journal
from tokentape.check.advice import STOP_UNHEARD
from tokentape.check.command import config_of, run
from tokentape.check.config import CheckConfig
from tokentape.check.contract_choice import CHOICES
from tokentape.check.could_not_run import CouldNotRun
from tokentape.check.junit_report import to_junit
from tokentape.check.report import Report
from tokentape.check.report_json import to_json
from tokentape.check.runner import check
from tokentape.check.terminal_report import print_report
from tokentape.contract.violations import VIOLATIONS
from tokentape.dialects.contracts import CONTRACTS

WORDS = some_words("command", 12)
CONTRACT, SPEAK = SPEAKERS["ai-chat/sse"]
RIGHT = framed(numbered(CONTRACT, SPEAK(WORDS, "completed")))
EVIL = "\x1b[31m\x00 [bold]]]> </failure> 🙂 \u2028"


def lines_of(report: Report) -> str:
    console = Console(width=80, record=True, file=io.StringIO(), highlight=False)
    print_report(report, console)
    return console.export_text()


async def report_on(
    frames: Sequence[Frame], words: Sequence[str] = WORDS, **wanted: object
) -> Report:
    async with faulty(Faulty(CONTRACT, frames, words)) as server:
        first = CheckConfig(
            url=server.url, contract=CONTRACT, expect="".join(words), order_only=True
        )
        return await check(replace(first, **wanted))  # type: ignore[arg-type] # its own fields


async def test_wrong_answer_is_told_in_80_columns_with_the_frames_around_it() -> None:
    report = await report_on([*RIGHT[:5], *RIGHT[6:]])
    told = lines_of(report)
    assert "✗ seq_gap at event 5" in told
    assert "> " in told
    assert f'seq 4 "{WORDS[4]}"' in told
    assert f'seq 6 "{WORDS[6]}"' in told
    assert "Mend: " in told
    assert "wrong: 1 of 1 answer broke the contract" in told
    assert all(len(line) <= 80 for line in told.splitlines()), told
    assert not any(line != line.rstrip() for line in told.splitlines())


async def test_what_a_server_sends_can_harm_no_report(tmp_path: Path) -> None:
    words = [EVIL, "x", "y", "z"]
    frames = framed(numbered(CONTRACT, SPEAK([*words, EVIL], "completed")))
    report = await report_on(
        [*frames[:1], replace(frames[1], raw=f"{{{EVIL!r}"), *frames[2:]], words
    )
    assert report.exit_code == 1
    told = lines_of(report)
    assert all(len(line) <= 80 for line in told.splitlines())
    assert told.replace("\n", "").isprintable()
    tree = ElementTree.fromstring(to_junit(report))  # noqa: S314 # made here
    assert (tree.tag, tree.attrib["failures"]) == ("testsuites", "1")
    assert tree[0].attrib["timestamp"].startswith("20")
    assert float(tree[0].attrib["time"]) > 0
    assert misfits("check-report.json", json.loads(json.dumps(to_json(report)))) == []


async def test_long_list_of_faults_is_folded() -> None:
    wire = numbered(CONTRACT, SPEAK(WORDS, "completed"))
    frames = [replace(frame, raw="{") for frame in framed(wire)]
    report = await report_on(frames)
    told = lines_of(report)
    assert f"… and {len(frames) - 2} more violations: malformed_frame ×{len(frames) - 2}" in told
    assert told.count("✗ malformed_frame") == 2, "no kind hides another"
    assert "✗ missing_end" in told


async def test_who_does_not_hear_a_stop_is_told_so_and_not_of_the_order() -> None:
    slowly = [replace(frame, wait_s=0.002) for frame in RIGHT]
    report = await report_on(slowly, stop=True)
    told = " ".join(lines_of(report).split())
    assert "stopped was due" in told
    assert STOP_UNHEARD.means in told
    assert VIOLATIONS["out_of_order"].means not in told


async def test_right_report_says_what_was_looked_at() -> None:
    report = await report_on(RIGHT, turns=2, viewers=2)
    told = lines_of(report)
    assert "4 answers" in told
    assert "every one with what was due" in told
    assert "right: 4 answers kept the contract" in told
    assert report.exit_code == 0


async def test_answer_without_text_is_no_verdict() -> None:
    report = await report_on(framed(numbered(CONTRACT, SPEAK([], "completed"))), expect=None)
    assert (report.exit_code, report.verdict) == (2, "no verdict")
    assert "No answer had any text" in (report.stopped_short or "")


async def test_answer_that_never_ends_does_not_make_a_check_without_an_end() -> None:
    endless = [replace(frame, wait_s=0.2) for frame in RIGHT * 100]
    report = await report_on(endless[:-1], longest_s=2.0)
    (violation,) = [v for v in report.results[0].verdict.violations if v.kind == "missing_end"]
    assert "no end after 2 s" in violation.message


async def test_cuts_that_could_not_be_made_are_no_verdict() -> None:
    short = framed(numbered(CONTRACT, SPEAK(["a"], "completed")))
    report = await report_on(short, words=["a"], cut_at=(90,))
    assert report.exit_code == 2
    assert "No connection was cut" in (report.stopped_short or "")


async def test_mock_that_was_not_asked_is_no_verdict(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mock_journal, "_SETTLE_S", 0.0)
    async with faulty(Faulty(CONTRACT, RIGHT, WORDS)) as other:
        report = await report_on(RIGHT, expect=None, mock_url=other.url)
    assert report.exit_code == 2
    assert "is it the upstream" in (report.stopped_short or "")


async def test_resumed_stream_that_loses_is_advised_on_resuming() -> None:
    async with faulty(Faulty(CONTRACT, RIGHT, WORDS, resume_at=8)) as server:
        report = await check(
            CheckConfig(url=server.url, contract=CONTRACT, expect="".join(WORDS), cut_at=(4,))
        )
    told = lines_of(report)
    assert "connection cut here" in told
    assert VIOLATIONS["seq_gap"].on_resume is not None
    assert "Resume at the event after the client's last one" in told


def test_report_is_saved_for_machines(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    saved, xml = tmp_path / "report.json", tmp_path / "report.xml"

    async def typed() -> int:
        frames = replaced(RIGHT, 3, payload={**RIGHT[3].payload, "content": "?"})
        async with faulty(Faulty(CONTRACT, frames, WORDS)) as server:
            return await asyncio.to_thread(
                run,
                url=server.url,
                dialect="ai-chat",
                expect="".join(WORDS),
                json_file=saved,
                junit_file=xml,
            )

    assert asyncio.run(typed()) == 1
    told = json.loads(saved.read_text())
    assert misfits("check-report.json", told) == []
    assert (told["verdict"], told["exit_code"], told["contract"]) == ("wrong", 1, "ai-chat/sse")
    (violation,) = told["findings"][0]["violations"]
    assert (violation["kind"], violation["index"]) == ("text_altered", 3)
    assert [one["seq"] for one in violation["around"]] == [1, 2, 3, 4, 5]
    assert len(told["findings"][0]["timeline"]) == len(RIGHT)
    ((case,),) = ElementTree.parse(xml).getroot()  # noqa: S314 # made here
    assert case[0].attrib["type"] == "text_altered"
    assert "text_altered" in capsys.readouterr().out


def test_a_report_that_can_t_be_saved_is_known_before_anything_is_asked(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for option in ("json_file", "junit_file"):
        file = Path("nowhere/report")
        assert run(url="http://127.0.0.1:1", dialect="ai-chat", **{option: file}) == 2
        said = capsys.readouterr()
        assert "there is no folder nowhere" in said.err
        assert said.out == ""


WRONGLY_TYPED: dict[str, tuple[dict[str, object], str]] = {
    "no dialect": ({}, "--dialect NAME, or --contract FILE.yaml"),
    "both": ({"dialect": "ai-chat", "contract_file": Path("x.yaml")}, "--dialect NAME, or"),
    "unknown dialect": ({"dialect": "ai-chatt"}, "Did you mean 'ai-chat'?"),
    "unspoken transport": (
        {"dialect": "ai-gateway", "transport": "sse"},
        "ai-gateway is spoken over socketio, not over 'sse'.",
    ),
    "no address": ({"dialect": "ai-chat", "url": "localhost:8000"}, "write it as http://"),
    "no such file": ({"contract_file": Path("nowhere.yaml")}, "nowhere.yaml can't be read"),
    "no such text": ({"dialect": "ai-chat", "expect": "@nowhere.txt"}, "--expect @nowhere.txt"),
    "no header": ({"dialect": "ai-chat", "token": "a\nb"}, "--token: it has characters that no"),
    "no place": ({"dialect": "ai-chat", "cut_at": ("x",)}, "--cut-at x: an event's number"),
}


@pytest.mark.parametrize("wrong", WRONGLY_TYPED)
def test_what_is_typed_wrongly_is_answered_with_what_to_type(wrong: str) -> None:
    typed, message = WRONGLY_TYPED[wrong]
    with pytest.raises(CouldNotRun, match=re.escape(message)):
        config_of(**{"url": "http://127.0.0.1:1", **typed})


def test_server_that_is_not_there_is_no_verdict(capsys: pytest.CaptureFixture[str]) -> None:
    for dialect in CHOICES:
        assert run(url="http://127.0.0.1:1", dialect=dialect) == 2
        assert "Is the server running" in capsys.readouterr().out.replace("\n", " ")


def test_server_that_can_t_do_what_is_wanted_is_no_verdict(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run(url="http://127.0.0.1:1", dialect="openai", cuts=1) == 2
    assert "has no way to resume" in capsys.readouterr().out


def test_places_may_be_listed_with_commas() -> None:
    config = config_of(url="http://x", dialect="ai-chat", cut_at=("1,2", "7"))
    assert config.cut_at == (1, 2, 7)


def test_each_dialect_can_be_chosen() -> None:
    foreign = {"ag-ui", "ai-sdk-ui", "anthropic", "openai", "openai-responses"}
    assert set(CHOICES) == {c.dialect for c in CONTRACTS.values()} | foreign
