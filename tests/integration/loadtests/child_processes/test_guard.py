"""What a load run starts does not outlive it."""

import subprocess
import sys
import time

import psutil
import pytest

from tokentape.child_processes.guard import guarded

pytestmark = pytest.mark.timeout(90)
_LEADER = "import subprocess, time; subprocess.Popen(['sleep', '60']); time.sleep(60)"
_RUN = """
from tokentape_load.run.calibration import known_times
from tokentape_load.run.locust_process import run
from tokentape_load.child_processes.servers import metronome
with metronome() as server:
    run(known_times(server.url, server.url, 1, 0, "metronome/sse", turns=100))
"""
_OWNER = f"""
import subprocess, sys, time
from tokentape.child_processes.guard import guarded
child = subprocess.Popen([sys.executable, "-c", {_LEADER!r}], start_new_session=True)
with guarded(child, grace_s=0.2):
    print("ready", flush=True)
    time.sleep(60)
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


def test_children_and_theirs_end_with_an_owner_that_is_killed_also_when_halted() -> None:
    owner = subprocess.Popen([sys.executable, "-c", _OWNER], stdout=subprocess.PIPE)
    with owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == b"ready\n"
        family = family_of(owner.pid, 3)
        for each in family:
            if each.name() != "sh":
                each.suspend()  # as a server is that a run freezes
        owner.kill()
    assert left_of(family) == []


def test_who_ends_by_itself_needs_no_guard_any_more() -> None:
    others = psutil.Process().children()
    child = subprocess.Popen([sys.executable, "-c", "pass"], start_new_session=True)
    with guarded(child):
        child.wait()
    assert set(psutil.Process().children()) <= set(others)


def test_servers_and_users_end_with_a_run_that_is_killed() -> None:
    owner = subprocess.Popen([sys.executable, "-c", _RUN], stdout=subprocess.PIPE)
    with owner:
        family = family_of(owner.pid, 4)
        commands = [" ".join(each.cmdline()) for each in family]
        assert any("tokentape_load.metronome" in command for command in commands)
        assert any("locustfile.py" in command for command in commands)
        owner.kill()
    assert left_of(family) == []
