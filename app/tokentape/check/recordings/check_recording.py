"""Check recording: a file's answers, judged; what would ask somebody is refused by name."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from tokentape.check.acceptance import advised
from tokentape.check.config import CheckConfig
from tokentape.check.could_not_run import CouldNotRun
from tokentape.check.raw_view import recorded_answer
from tokentape.check.recordings.formats import read_recording
from tokentape.check.report import Report
from tokentape.check.result import judge_answer
from tokentape.check.runner import clean
from tokentape.contract.contract import Contract
from tokentape.options.option import Declared, options_of


def check_recording(
    file: str, options: Mapping[str, Any], contract: Contract | None, due: tuple[str | None, str]
) -> Report:
    """`due` is the text that has to come, and the line break behind it that may be an editor's.
    Raises `CouldNotRun`."""
    if flags := list(_asking(options)):
        raise CouldNotRun(f"{file} is a recording, and nothing is sent: leave {_and(flags)} out.")
    recording = read_recording(file, contract, options["file_format"], options["entry"])
    expect, line_end = due
    values = {
        **options,
        "url": recording.name,
        "expect": expect,
        "mock_url": None,  # it may stand in the environment: nobody is asked
        "mock_token": None,
    }
    config = CheckConfig(
        contract=recording.contract,
        recorded=True,
        file=file,
        line_end=line_end,
        secrets=recording.secrets,
        **values,
    )
    results = tuple(judge_answer(config, answer, None) for answer in recording.answers)
    short = " ".join(recording.unjudged)
    textless = not any(one.verdict.has_content for one in results) and expect != ""
    if textless and not short and not any(result.wrong for result in results):
        short = "No answer has any text: there is nothing to judge."
    report = Report(config=config, results=results, stopped_short=short or None)
    report = clean(advised(report))
    if options["show"] is None:
        return report
    seen = (result.observation for result in report.results)
    return replace(report, raw=tuple(map(recorded_answer, seen)))


def _asking(options: Mapping[str, Any]) -> Sequence[str]:
    def sends(each: Declared) -> bool:
        return not each.option.recordings and options[each.name] != each.default

    return [each.flag for each in options_of(CheckConfig).values() if sends(each)]


def _and(flags: Sequence[str]) -> str:
    *first, last = flags
    return f"{', '.join(first)} and {last}" if first else last
