"""Whole runs: our mock, our app, Locust in a process of its own, and the exit code."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from loadtests.stack import NotReady, Stack, own_stack, server

pytestmark = pytest.mark.timeout(180)
QUICK = "tokens=20 first=20ms gap=2ms"
CONTRACTS = {"ai-chat/sse", "ai-chat/socketio", "ai-gateway/socketio"}


@dataclass(frozen=True)
class Run:
    code: int
    out: str
    report: Any


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with own_stack(seed=0) as started:
        yield started


def run(folder: Path, stack: Stack, *arguments: str) -> Run:
    report = folder / "report.json"
    command = [sys.executable, "-m", "loadtests", "--users=6", "--spawn-rate=6", "--run-time=4s"]
    command += ["--dialects=ai-chat,ai-gateway", f"--directive={QUICK}", f"--json={report}"]
    command += [f"--host={stack.host}", f"--mock={stack.mock}", *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert report.exists(), ended.stdout + ended.stderr
    return Run(ended.returncode, ended.stdout, json.loads(report.read_text()))


@pytest.mark.parametrize("processes", [1, 2])
def test_a_right_server_passes_with_every_answer_compared(
    tmp_path: Path, stack: Stack, processes: int
) -> None:
    more = [f"--processes={processes}"] if processes > 1 else []
    ended = run(tmp_path, stack, f"--seed={processes}", *more)
    assert ended.code == 0, ended.out
    assert "PASSED" in ended.out
    assert set(ended.report["contracts"]) == CONTRACTS
    for tally in ended.report["contracts"].values():
        assert tally["users"] == 2
        assert tally["answers"] > 0
        assert tally["figures"]["TTFT"]["count"] == tally["answers"]
        # Every text of every answer was matched with the mock's write of it.
        assert (
            tally["figures"]["added"]["count"]
            >= tally["answers"] + tally["figures"]["ICL"]["count"]
        )


@pytest.mark.parametrize(
    ("fault", "kind", "place"),
    [("duplicate@5", "text_repeated", "at event 6"), ("lose@5", "text_lost", "at event 5")],
)
def test_a_chunk_that_the_mock_repeats_or_drops_is_found_each_time_and_fails_the_run(
    tmp_path: Path, stack: Stack, fault: str, kind: str, place: str
) -> None:
    ended = run(tmp_path, stack, f"--fault={fault}", "--fault-every=2", "--seed=5")
    assert ended.code == 1, ended.out
    assert f"{kind} × " in ended.out
    assert place in ended.out
    for tally in ended.report["contracts"].values():
        assert tally["planted"] > 0
        assert tally["failures"] == {kind: tally["planted"]}
        assert tally["wrong"] == tally["planted_found"] == tally["planted"]


def test_a_server_that_is_not_there_fails_the_run(tmp_path: Path, stack: Stack) -> None:
    gone = Stack("http://127.0.0.1:1", stack.mock)
    ended = run(tmp_path, gone)
    assert ended.code == 1
    for tally in ended.report["contracts"].values():
        assert set(tally["failures"]) == {"unreachable"}
        assert tally["wrong"] == tally["answers"] > 0


def test_a_server_that_does_not_start_is_told_with_its_last_words(tmp_path: Path) -> None:
    command = ("mock-openai", "serve", "--port", "no-port")
    with pytest.raises(NotReady, match="--port"), server(command, {}, tmp_path):
        pass
