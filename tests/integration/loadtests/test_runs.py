"""Whole runs: our mock, our app, Locust in a process of its own, and the exit code."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import gevent
import psutil
import pytest

from tests.integration.loadtests.planted import kinds_of, see
from tests.integration.loadtests.raw_server import serve
from tokentape_load.child_processes.servers import NotReady, Stack, own_stack, server
from tokentape_load.metrics.run_results import INTERRUPTED, Results, load, load_line
from tokentape_load.proofs.planted_faults import IN_THE_MODEL
from tokentape_load.run.locust_process import LOCUSTFILE
from tokentape_load.workload.targets import served

pytestmark = pytest.mark.timeout(180)
QUICK = "tokens=20 first=20ms gap=2ms"
CONTRACTS = {"ai-chat/sse", "ai-chat/socketio", "ai-gateway/socketio"}


@dataclass(frozen=True)
class Run:
    code: int
    out: str
    results: Results


@pytest.fixture(scope="module")
def stack() -> Iterator[Stack]:
    with own_stack(seed=0) as started:
        yield started


def run(folder: Path, stack: Stack, *arguments: str, dialects: str = "ai-chat,ai-gateway") -> Run:
    report = folder / "report.json"
    command = [sys.executable, "-m", "tokentape_load", "--spawn-rate=6", f"--dialects={dialects}"]
    command += [f"--directive={QUICK}", f"--json={report}", "--no-calibration", "--order-only"]
    command += [f"--host={stack.host}", f"--mock={stack.mock}", *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert report.exists(), ended.stdout + ended.stderr
    return Run(ended.returncode, ended.stdout, load(report.read_bytes()))


def test_a_right_server_passes_with_every_answer_of_every_journey_compared(
    tmp_path: Path, stack: Stack
) -> None:
    html, junit = tmp_path / "report.html", tmp_path / "report.xml"
    ended = run(
        tmp_path,
        stack,
        *("--users=6", "--turns=8", f"--html={html}", f"--junit={junit}"),
        "--journeys=chat=2,stop=1,reconnect=1",
    )
    assert ended.code == 0, ended.out
    assert "PASSED" in ended.out
    rows = ended.results.rows
    assert {row.contract for row in rows} == CONTRACTS
    assert {row.journey for row in rows} == {"chat", "stop", "reconnect"}
    assert sum(row.answered for row in rows) == ended.results.answered == 48
    for row in rows:
        assert row.started == row.answered == row.good
        figures = row.figures
        if row.journey == "chat" and row.answered:
            assert figures["TTFT"].count == figures["TTFB"].count == row.answered
            # Every text of every answer was matched with the mock's write of it.
            assert figures["added"].count == row.answered + figures["ICL"].count
    assert sum(row.figures["resume"].count for row in rows if row.journey == "reconnect")
    assert sum(row.figures["stop"].count for row in rows if row.journey == "stop")
    assert "<html" in html.read_text("utf-8")
    assert "<testsuite" in junit.read_text("utf-8")


def test_all_members_of_a_room_see_the_whole_answer_and_who_types(
    tmp_path: Path, stack: Stack
) -> None:
    ended = run(
        tmp_path,
        stack,
        *("--users=6", "--turns=4", "--journeys=room,idle"),
        dialects="inference/socketio,inference/websocket,stream-chat/socketio",
    )
    assert ended.code == 0, ended.out
    rooms = [row for row in ended.results.rows if row.journey == "room"]
    idle = [row for row in ended.results.rows if row.journey == "idle"]
    first = [row for row in ended.results.rows if row.journey == "chat"]
    others = sum(row.answered for row in (*idle, *first))
    assert sum(row.answered for row in rooms) == 4 * (24 - others)
    for row in rooms:
        assert row.figures["added"].count == row.answered + row.figures["ICL"].count
    told = [row for row in idle if row.contract.startswith("inference/")]
    assert all(row.figures["typing"].count == row.answered for row in told)


def test_a_chunk_that_the_mock_repeats_is_found_each_time_and_fails_the_run(
    tmp_path: Path, stack: Stack
) -> None:
    ended = run(
        tmp_path,
        stack,
        *("--users=5", "--turns=4", "--fault=duplicate@5", "--fault-every=2", "--seed=5"),
        "--journeys=chat",
        dialects="ai-chat,ai-gateway,ai-sdk-ui,ag-ui",
    )
    assert ended.code == 1, ended.out
    assert "at event 6" in ended.out
    contracts = {*CONTRACTS, "ai-sdk-ui/sse", "ag-ui/sse"}
    assert {row.contract for row in ended.results.rows} == contracts
    for row in ended.results.rows:
        assert row.planted > 0
        assert row.violations == {"text_repeated": row.planted}
        assert row.wrong == row.planted_found == row.planted


def test_every_fault_in_the_models_stream_is_found_behind_the_dialects_in_parts(
    stack: Stack,
) -> None:
    """As `make proofs PROOF=planted-faults` has it of every dialect."""
    cases = [
        (contract, fault.replace(":4s", ":2s"), kind)
        for contract in ("ag-ui/sse", "ai-sdk-ui/sse")
        for fault, kind in IN_THE_MODEL.values()
    ]
    looking = [
        gevent.spawn(see, stack, contract, fault, 1_000 + number)
        for number, (contract, fault, _) in enumerate(cases)
    ]
    gevent.joinall(looking, timeout=120, raise_error=True)
    for (contract, fault, kind), one in zip(cases, looking, strict=True):
        finding = one.get()
        assert finding.planted, (contract, fault)
        assert kinds_of(finding, kind) == [kind], (contract, fault, finding)


def test_any_openai_compatible_server_is_put_under_load_and_its_fault_is_found(
    tmp_path: Path, stack: Stack
) -> None:
    straight = Stack(f"{stack.mock}/v1", stack.mock)
    faulty = ("--fault=no-done", "--fault-every=2", "--seed=5", "--journeys=chat")
    ended = run(tmp_path, straight, "--users=3", "--turns=2", *faulty, dialects="openai")
    assert ended.code == 1, ended.out
    (row,) = ended.results.rows
    assert (row.contract, row.answered) == ("openai/sse", 6)
    assert 0 < row.planted < 6
    assert row.violations == {"missing_end": row.planted}
    assert row.good == 6 - row.planted


def test_an_open_loop_keeps_its_schedule_and_tells_its_progress(
    tmp_path: Path, stack: Stack
) -> None:
    samples = tmp_path / "samples.jsonl"
    ended = run(
        tmp_path,
        stack,
        *("--users=20", "--rate=10", "--run-time=3s", "--progress-json", "--journeys=chat"),
        f"--samples={samples}",
    )
    results = ended.results
    assert results.setup.loop == "open"
    sent = sum(row.started for row in results.rows)
    assert sent + results.unsent == pytest.approx(30, abs=1)
    for row in results.rows:
        figures = row.figures
        assert figures["TTFT intended"].count == figures["late start"].count == row.answered
    lines = [load_line(line.encode()) for line in ended.out.splitlines()]
    assert [line.phase for line in lines[:1]] == ["running"]
    assert lines[-1].phase == "over"
    assert lines[-1].judgement == results.judgement
    assert len(samples.read_bytes().splitlines()) == results.answered


def test_a_run_that_is_interrupted_reports_what_it_saw_and_says_so(
    tmp_path: Path, stack: Stack
) -> None:
    report, page = tmp_path / "report.json", tmp_path / "report.html"
    command = [sys.executable, "-m", "tokentape_load", "--users=2", "--dialects=ai-chat/sse"]
    command += ["--run-time=5m", "--no-calibration", "--order-only", "--progress-json"]
    command += [f"--json={report}", f"--html={page}", f"--directive={QUICK}"]
    command += [f"--host={stack.host}", f"--mock={stack.mock}"]
    said = tmp_path / "said.txt"
    with (
        said.open("wb") as errors,
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=errors) as going,
    ):
        assert going.stdout is not None
        for line in going.stdout:
            if load_line(line).answered:
                makers = psutil.Process(going.pid).children(recursive=True)
                going.send_signal(signal.SIGINT)
                # As whoever ends a container tells every process in it.
                for one in makers:
                    one.terminate()
                break
        going.stdout.read()
    assert going.returncode == INTERRUPTED
    assert "Traceback" not in said.read_text()
    results = load(report.read_bytes())
    assert results.interrupted
    assert results.answered
    assert "Interrupted before its time" in page.read_text("utf-8")


def test_locust_alone_asks_what_our_app_lets_anybody_ask(stack: Stack) -> None:
    command = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), f"--host={stack.host}"]
    users = sum(not contract.needs_token for contract in served())
    command += ["--headless", "--only-summary", f"--users={users}", f"--spawn-rate={users}"]
    command += ["--run-time=2s"]
    ended = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert "Traceback" not in ended.stderr
    for contract in served():
        assert (f" {contract.key} " in ended.stdout) is not contract.needs_token, ended.stdout
    assert "metronome" not in ended.stdout


def test_a_server_that_hangs_up_on_everybody_fails_the_run(tmp_path: Path, stack: Stack) -> None:
    with serve(lambda _: None) as url:
        gone = Stack(url, stack.mock)
        ended = run(tmp_path, gone, "--users=3", "--turns=1", "--journeys=chat")
    assert ended.code == 1
    for row in ended.results.rows:
        assert row.violations.keys() <= {"unreachable", "refused"}
        assert row.wrong == row.answered > 0


def test_a_server_that_does_not_start_is_told_with_its_last_words(tmp_path: Path) -> None:
    command = (sys.executable, "-m", "mock_openai", "serve", "--port", "no-port")
    with pytest.raises(NotReady, match="--port"), server("mock-openai", command, tmp_path):
        pass
