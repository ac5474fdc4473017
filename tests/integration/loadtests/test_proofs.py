"""The load tests' own claims, in small, where no clock decides: merged workers, a halted server.

At full size: `python -m tokentape_load.proofs`.
"""

import os
import signal
import subprocess
import sys

import psutil
import pytest

from tokentape_load.child_processes.server_freeze import Freeze, frozen
from tokentape_load.proofs import holds_under_load, merged_figures
from tokentape_load.proofs.__main__ import main
from tokentape_load.proofs.proof import Evidence, Proof, Shown
from tokentape_load.run.calibration import calibrate

pytestmark = pytest.mark.timeout(120)


def test_what_was_not_shown_stands_in_the_table_and_fails_the_command(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def prove() -> Evidence:
        yield Shown("only told")
        yield Shown("p99 is 3 ms", right=True, figure="p99 3 ms", limit="5 ms")
        yield Shown("nothing came", right=False)

    proofs = [Proof("one", "of two lines", prove), Proof("other", "of none", lambda: iter(()))]
    assert main(["--list"], proofs) == 0
    assert capsys.readouterr().out.split("\n")[0] == "one               of two lines"
    assert main(["other"], proofs) == 0
    assert main([], proofs) == 1
    *_, first, second = capsys.readouterr().out.rstrip().split("\n")
    assert first == "| one | p99 3 ms | 5 ms | shown |"
    assert second == "| one | nothing came |  | NOT SHOWN |"


def test_a_proof_about_dialects_may_be_of_some_of_them(capsys: pytest.CaptureFixture[str]) -> None:
    def prove_for(dialects: str = "all") -> Evidence:
        yield Shown(f"seen: {dialects}", right=True)

    proofs = [
        Proof("one", "of all", lambda: prove_for("every time")),
        Proof("other", "of some", prove_for, prove_for),
    ]
    assert main(["--dialects", "ag-ui,ai-sdk-ui"], proofs) == 0
    said = capsys.readouterr().out
    assert "seen: ag-ui,ai-sdk-ui" in said
    assert "every time" not in said
    for wrong in (["one", "--dialects=ag-ui"], ["--dialects=ag-iu"]):
        with pytest.raises(SystemExit, match="2"):
            main(wrong, proofs)


def test_two_workers_and_a_master_tell_what_one_process_tells() -> None:
    told = list(merged_figures.prove(users=6, turns=2))
    assert [str(shown) for shown in told if shown.right is False] == []
    assert sum(shown.right is True for shown in told) == 1 + 3 + 6


def test_streams_that_are_kept_back_are_never_right_and_right_ones_never_kept_back() -> None:
    """Whatever else the machine does: it may make them undecided."""
    told = list(holds_under_load.prove(rounds=1, streams=2))
    assert [str(shown) for shown in told if not shown.right] == []
    assert len(told) == 6


def test_known_times_are_seen_over_every_transport_and_give_an_error_bar() -> None:
    calibration = calibrate(6)
    assert {one.transport for one in calibration} == {"sse", "socketio", "websocket"}
    for one in calibration:
        assert one.error_p50_ms is not None
        assert one.ttft_p50_ms is not None


def test_a_halted_process_is_halted_and_goes_on_afterwards() -> None:
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)"])
    try:
        with frozen((sleeper.pid,), Freeze(0.2, 0.3)):
            halted = os.waitid(os.P_PID, sleeper.pid, os.WSTOPPED)
            assert halted is not None
            assert halted.si_status == signal.SIGSTOP
        assert psutil.Process(sleeper.pid).status() != psutil.STATUS_STOPPED
    finally:
        sleeper.kill()
        sleeper.wait()


def test_without_a_process_there_is_nothing_to_halt() -> None:
    with frozen((), Freeze(1, 2)):
        pass
