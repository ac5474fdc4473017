"""The load tests' own claims, in small: merged workers, a starved load generator, a halted server.

At full size: `python -m loadtests.proofs`.
"""

import subprocess
import sys
import time

import psutil
import pytest

from loadtests.calibration import calibrate
from loadtests.freezing import Freeze, frozen
from loadtests.proofs import merged_figures, starved_client
from loadtests.proofs.__main__ import main
from loadtests.proofs.proof import Evidence, Proof, Shown
from loadtests.results import INVALID
from loadtests.stack import metronome

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


def test_two_workers_and_a_master_tell_what_one_process_tells() -> None:
    told = list(merged_figures.prove(users=6, turns=2))
    assert [str(shown) for shown in told if shown.right is False] == []
    assert sum(shown.right is True for shown in told) == 1 + 3 + 6


def test_a_load_generator_that_gets_too_little_cpu_makes_an_invalid_run() -> None:
    with metronome() as server:
        code, results = starved_client.throttled_run(server, 12, 4, throttle=True)
    assert results is not None
    assert code == INVALID
    assert results.judgement == "invalid"
    assert results.invalid


def test_known_times_are_seen_over_every_transport_and_give_an_error_bar() -> None:
    calibration = calibrate(6)
    assert {one.transport for one in calibration} == {"sse", "socketio", "websocket"}
    for one in calibration:
        assert one.error_p50_ms is not None
        assert one.ttft_p50_ms is not None


def test_a_halted_process_is_halted_and_goes_on_afterwards() -> None:
    sleeper = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    try:
        seen = psutil.Process(sleeper.pid)
        with frozen((sleeper.pid,), Freeze(0.2, 0.3)):
            until_s = time.monotonic() + 10
            while seen.status() != psutil.STATUS_STOPPED and time.monotonic() < until_s:
                time.sleep(0.01)
            assert seen.status() == psutil.STATUS_STOPPED
        assert seen.status() != psutil.STATUS_STOPPED
    finally:
        sleeper.kill()
        sleeper.wait()


def test_without_a_process_there_is_nothing_to_halt() -> None:
    with frozen((), Freeze(1, 2)):
        pass
