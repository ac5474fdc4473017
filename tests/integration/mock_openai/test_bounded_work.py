"""Whatever a caller sends, planning an answer is bounded, raises nothing, warns of nothing and
prints nothing. Measured in CPU time of a process of its own, which ends itself where it has none.
"""

import json
import subprocess
import sys

import httpx2
import pytest

from tests.harness.chance import by_chance
from tests.integration.mock_openai.conftest import Served, chat
from tests.integration.mock_openai.hostile import PATTERNS

MOST_CPU_S = 5.0  # of any one case; the heaviest take one
OUTCOMES = {"played", "refused 400", "refused 413", "no scenario"}


@by_chance
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
    expected = {"type": "json_schema", "json_schema": {"name": "x", "schema": schema}}
    answer = served.post(chat("hi [[mock: first=0 gap=0]]", response_format=expected))
    assert answer.status_code in (200, 400)
    if answer.status_code == 400:
        assert answer.json()["error"]["param"] == "response_format"
    assert httpx2.get(f"{served.url}/models").status_code == 200
