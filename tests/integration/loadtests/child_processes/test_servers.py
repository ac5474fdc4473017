"""What a load run starts does not outlive it."""

import subprocess
import sys
import time

import psutil
import pytest

pytestmark = pytest.mark.timeout(90)
_RUN = """
from tokentape_load.run.calibration import known_times
from tokentape_load.run.locust_process import run
from tokentape_load.child_processes.servers import metronome
with metronome() as server:
    run(known_times(server.url, server.url, 1, 0, "metronome/sse", turns=100))
"""


def family_of(pid: int, at_least: int) -> list[psutil.Process]:
    until_s = time.monotonic() + 20
    family: list[psutil.Process] = []
    while len(family) < at_least and time.monotonic() < until_s:
        family = psutil.Process(pid).children(recursive=True)
        time.sleep(0.02)
    assert len(family) >= at_least
    return family


def left_of(family: list[psutil.Process], within_s: float = 20) -> list[psutil.Process]:
    return psutil.wait_procs(family, timeout=within_s)[1]


def test_servers_and_users_end_with_a_run_that_is_killed() -> None:
    owner = subprocess.Popen([sys.executable, "-c", _RUN], stdout=subprocess.PIPE)
    with owner:
        family = family_of(owner.pid, 4)
        commands = [" ".join(each.cmdline()) for each in family]
        assert any("tokentape_load.metronome" in command for command in commands)
        assert any("locustfile.py" in command for command in commands)
        owner.kill()
    assert left_of(family) == []
