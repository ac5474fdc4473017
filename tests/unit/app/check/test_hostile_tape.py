"""Tapes of others, read and told: a file that means harm is named, and moves no cursor."""

import io
import json
from typing import Any

import pytest
from rich.console import Console

from tokentape.check.config import CheckConfig
from tokentape.check.could_not_run import CouldNotRun
from tokentape.check.observation import Observation
from tokentape.check.report import Report
from tokentape.check.result import judge_answer
from tokentape.check.tape_file import read, written
from tokentape.check.terminal_report import print_report
from tokentape.contract.openai import CHAT
from tokentape.contract.timeline import see, text_of
from tokentape.printable import visible_lines

ENDS_OF_LINES = "a\u2028b\u2029c\x85d\x0be\x0cf\x1cg\x1eh\r\ni"
ESCAPE = "\x1b]0;pwned\x07\x1b[31m\u202e"


def tape(text: str, url: str = "http://x") -> str:
    choice = {"index": 0, "delta": {"content": text}, "finish_reason": None}
    payload = {"object": "chat.completion.chunk", "choices": [choice]}
    seen = see(CHAT, "", payload, at_ns=0)
    one = Observation(turn=1, viewer=1, contract=CHAT, timeline=(seen,), started_ns=0)
    return "".join(written(one, url, "Hi"))


def changed(**more: Any) -> str:
    head, *events = tape("a").splitlines()
    return "\n".join([json.dumps({**json.loads(head), **more}), *events])


def test_every_end_of_a_line_stays_in_a_text() -> None:
    observation, _ = read(tape(ENDS_OF_LINES), "it.jsonl")
    assert text_of(observation.timeline) == ENDS_OF_LINES


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (changed(noticed=[["refused", -9, "x", ""]]), "'noticed': refused is at none"),
        (changed(noticed=[["refused", 2, "x", ""]]), "'noticed': refused is at none"),
        (changed(noticed=[["refused", True, "x"]]), "'noticed': refused is at none"),
        (changed(noticed=[[["a"], 0, "x", ""]]), "'noticed' has"),
        (changed(noticed=7), "'noticed' has"),
        (changed(noticed={"a": 1}), "'noticed' has"),
        (changed(events="1"), "it tells of 1 events"),
        (changed(spelled=[]), ":1: spelled."),
        (changed().replace('"a"', r'"\ud800"'), ":2: not JSON"),
        (changed().replace('"a"', "NaN"), ":2: not JSON"),
        (changed().replace('"a"', "[" * 300 + "]" * 300), ":2: not JSON: It is nested deeper"),
    ],
)
def test_a_tape_that_nobody_wrote_names_what_is_wrong(text: str, told: str) -> None:
    with pytest.raises(CouldNotRun, match=r"it\.jsonl") as refusal:
        read(text, "it.jsonl")
    assert told in str(refusal.value)


@pytest.mark.parametrize("what", ["url", "text", "problem"])
def test_what_others_wrote_moves_no_cursor(what: str) -> None:
    text = ESCAPE if what == "text" else "a"
    observation, url = read(tape(text, ESCAPE if what == "url" else "http://x"), "it.jsonl")
    config = CheckConfig(url=f"it.jsonl (of {url})", contract=CHAT)
    shown = io.StringIO()
    report = Report(
        config=config,
        results=(judge_answer(config, observation, None),),
        stopped_short=ESCAPE if what == "problem" else None,
    )
    print_report(report, Console(file=shown, width=80, highlight=False))
    assert not {"\x1b", "\x07", "\u202e"} & set(shown.getvalue())


def test_lines_stay_lines_and_lose_their_power() -> None:
    assert visible_lines("a\n\x1b[2Jb") == "a\n\\x1b[2Jb"
