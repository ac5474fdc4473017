"""Whatever a caller sends, planning an answer is bounded, raises nothing, warns of nothing and
prints nothing. Measured in CPU time of a process of its own, which ends itself where it has none.
"""

from __future__ import annotations

import json
import random
import re
import subprocess
import sys

import httpx2
import pytest

from mock_openai.text.regex_string import patterned
from mock_openai.text.regex_tree import ExpressionError, read_expression
from mock_openai.text.work_limit import TooMuchWorkError, bounded_work, spend
from tests.integration.mock_openai.conftest import Served, chat
from tests.integration.mock_openai.hostile import PATTERNS

MOST_CPU_S = 5.0  # of any one case; the heaviest take one
OUTCOMES = {"played", "refused 400", "refused 413", "no scenario"}


@pytest.mark.timeout(600)
@pytest.mark.parametrize("part", ["requests", "scenarios", "drawn"])
def test_no_request_and_no_scenario_holds_the_mock_up(part: str) -> None:
    ran = subprocess.run(
        [sys.executable, "-W", "error", "-m", "tests.integration.mock_openai.hostile", part],
        capture_output=True,
        text=True,
        check=False,
    )
    lines = ran.stdout.splitlines()
    assert (ran.returncode, ran.stderr) == (0, ""), f"after {lines[-1:]}: {ran.stderr[-2000:]}"
    cases = [json.loads(line) for line in lines]
    assert cases
    assert [case for case in cases if case[1] > MOST_CPU_S and part != "drawn"] == []
    if part == "drawn":
        assert float(cases[0][2]) < MOST_CPU_S
    else:
        assert {case[2] for case in cases} <= OUTCOMES


def test_a_watchdog_ends_what_has_no_end() -> None:
    """The measure itself: a loop without an end is ended by its CPU limit."""
    code = (
        "from tests.integration.mock_openai import hostile\n"
        "hostile.MOST_CPU_S = 1\n"
        "def endless():\n"
        "    while True: pass\n"
        "hostile.PARTS['requests'] = lambda: iter([('endless', endless)])\n"
        "hostile.main()\n"
    )
    ran = subprocess.run([sys.executable, "-c", code, "requests"], check=False)
    assert ran.returncode < 0


@pytest.mark.parametrize("pattern", PATTERNS[:12])
def test_a_hostile_pattern_is_answered_and_others_are_served(served: Served, pattern: str) -> None:
    schema = {"type": "string", "pattern": pattern}
    wanted = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    answer = served.post(chat("hi [[mock: first=0 gap=0]]", response_format=wanted))
    assert answer.status_code in (200, 400)
    if answer.status_code == 400:
        assert answer.json()["error"]["param"] == "response_format"
    assert httpx2.get(f"{served.url}/models").status_code == 200


def test_steps_are_counted_over_all_that_is_inside() -> None:
    with bounded_work(10):
        spend(6)
        with bounded_work(10):
            spend(4)
            with pytest.raises(TooMuchWorkError, match="more than 10 steps"):
                spend(1)
    spend(10**9)  # outside of any bound


@pytest.mark.parametrize(
    "pattern", ["(?:){400000000}", "((){9999}){9999}", "(a{900})(\\1{900}){9}"]
)
def test_a_pattern_without_end_takes_a_bounded_number_of_steps(pattern: str) -> None:
    with pytest.raises(TooMuchWorkError):
        patterned(pattern, random.Random(1))


@pytest.mark.parametrize(
    "pattern",
    [
        "[[a]{3}", "[a&&b]", "[]a]", "[^]]", "[a-]", "[-a]", "[\\w-]{4}", "[\\]\\\\]",
        "x{,3}", "x{2,}", "x{}", "x{,}", "(?P<n>a|b)(?P=n)", "(?#note)ab", "(?i:a)b",
        "\\x41\\u0042",
        "(a)(b)\\2\\1",
        "\\-\\/", "a+?b*?", "(?:)", "", "a|", "\\t\\n", "[\\b\\t]", "[a-c-e]", "\\0",
        "(((a|b)+c?)*d{2,3}|[^\\s])$",
    ],
)  # fmt: skip
def test_what_is_written_for_an_expression_matches_it(pattern: str) -> None:
    for seed in range(30):
        made = patterned(pattern, random.Random(seed))
        assert made is not None
        assert re.fullmatch(pattern.replace("[[", "[\\[").replace("&&", "\\&&"), made)


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ("(?<n>a)\\k<n>", "aa"), ("\\u{1F600}", "😀"), ("\\ud83d\\ude00", "😀"), ("\\cA", "\x01"),
        ("[[]", "["),
    ],
)  # fmt: skip
def test_what_only_json_schema_writes_is_understood(pattern: str, matches: str) -> None:
    assert patterned(pattern, random.Random(1)) == matches


@pytest.mark.parametrize(
    "pattern", ["(?=a)", "(?<!a)b", "(?(1)a|b)", "a**", "*", "(", ")", "[", "\\q", "a{2,1}"]
)
def test_what_is_no_expression_or_looks_around_is_refused(pattern: str) -> None:
    with pytest.raises(ExpressionError):
        read_expression(pattern)
