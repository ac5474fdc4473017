"""Check recording: a file's answers, judged; what would ask somebody is refused by name."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tokentape.check.config import CheckConfig
from tokentape.check.could_not_run import CouldNotRun
from tokentape.check.raw_view import recorded_answer
from tokentape.check.recordings.formats import read_recording
from tokentape.check.report import Report
from tokentape.check.result import judge_answer
from tokentape.check.runner import clean
from tokentape.contract.contract import Contract
from tokentape.options.option import Declared, options_of

_JUDGING = frozenset(
    {"url", "from_file", "file_format", "entry", "dialect", "transport", "contract_file", "expect"}
    | {"max_ttft_ms", "max_gap_ms", "order_only", "silence_s", "longest_s", "message", "seed"}
    | {"mock_url", "mock_token", "json_file", "junit_file", "sarif_file", "github", "show"}
)
"""Options that judge, choose a place for the report, or stand in an environment anyway. All others
ask a server."""


def check_recording(
    file: str, options: Mapping[str, Any], contract: Contract | None, due: tuple[str | None, str]
) -> Report:
    """`due` is the text that has to come, and the line break behind it that may be an editor's.
    Raises `CouldNotRun`."""
    if flags := list(_asking(options)):
        raise CouldNotRun(f"{file} is a recording, and nothing is sent: leave {_and(flags)} out.")
    recording = read_recording(file, contract, options["file_format"], options["entry"])
    expect, line_end = due
    config = CheckConfig(
        url=recording.name,
        contract=recording.contract,
        recorded=True,
        file=file,
        expect=expect,
        line_end=line_end,
        max_ttft_ms=options["max_ttft_ms"],
        max_gap_ms=options["max_gap_ms"],
        order_only=options["order_only"],
        secrets=recording.secrets,
    )
    results = tuple(judge_answer(config, answer, None) for answer in recording.answers)
    short = " ".join(recording.unjudged)
    textless = not any(one.verdict.has_content for one in results) and expect != ""
    if textless and not short and not any(result.wrong for result in results):
        short = "No answer has any text: there is nothing to judge."
    report = clean(Report(config=config, results=results, stopped_short=short or None))
    if options["show"] is None:
        return report
    seen = (result.observation for result in report.results)
    return replace(report, raw=tuple(map(recorded_answer, seen)))


def _asking(options: Mapping[str, Any]) -> Sequence[str]:
    def sends(each: Declared) -> bool:
        return each.name not in _JUDGING and options[each.name] != each.default

    return [each.flag for each in options_of(CheckConfig).values() if sends(each)]


def _and(flags: Sequence[str]) -> str:
    *first, last = flags
    return f"{', '.join(first)} and {last}" if first else last
