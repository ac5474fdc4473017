"""What a load run starts does not outlive it."""

import socket
import subprocess
import sys

import psutil
import pytest

pytestmark = pytest.mark.timeout(180)
_RUN = """
import sys
from tokentape_load.run.calibration import known_times
from tokentape_load.run.locust_process import run
from tokentape_load.child_processes.servers import metronome
with metronome():
    run(known_times(sys.argv[1], sys.argv[1], 1, 0, "metronome/sse", turns=100))
"""


def left_of(family: list[psutil.Process], within_s: float = 60) -> list[psutil.Process]:
    return psutil.wait_procs(family, timeout=within_s)[1]


def test_servers_and_users_end_with_a_run_that_is_killed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as ours:
        ours.settimeout(90)
        url = f"http://127.0.0.1:{ours.getsockname()[1]}"
        owner = subprocess.Popen([sys.executable, "-c", _RUN, url], stdout=subprocess.PIPE)
        with owner:
            try:
                user, _ = ours.accept()  # by now all of them run
                family = psutil.Process(owner.pid).children(recursive=True)
                commands = [" ".join(each.cmdline()) for each in family]
            finally:
                owner.kill()
        user.close()
    assert any("tokentape_load.metronome" in command for command in commands)
    assert any("locustfile.py" in command for command in commands)
    assert left_of(family) == []
