"""What a load run starts does not outlive it."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from loadtests.guard import guarded
from loadtests.results import load_line

pytestmark = pytest.mark.timeout(90)
_LEADER = "import subprocess, time; subprocess.Popen(['sleep', '60']); time.sleep(60)"
_OWNER = f"""
import subprocess, sys, time
from loadtests.guard import guarded
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


def test_children_and_theirs_end_with_an_owner_that_is_killed() -> None:
    owner = subprocess.Popen([sys.executable, "-c", _OWNER], stdout=subprocess.PIPE)
    with owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == b"ready\n"
        family = family_of(owner.pid, 3)
        owner.kill()
    assert left_of(family) == []


def test_a_halted_child_ends_as_well() -> None:
    owner = subprocess.Popen([sys.executable, "-c", _OWNER], stdout=subprocess.PIPE)
    with owner:
        assert owner.stdout is not None
        assert owner.stdout.readline() == b"ready\n"
        family = family_of(owner.pid, 3)
        for each in family:
            if each.name() != "sh":
                each.suspend()
        owner.kill()
    assert left_of(family) == []


def test_who_ends_by_itself_needs_no_guard_any_more() -> None:
    child = subprocess.Popen([sys.executable, "-c", "pass"], start_new_session=True)
    with guarded(child):
        child.wait()
    assert psutil.Process().children() == []


def test_servers_and_users_end_with_a_run_that_is_killed() -> None:
    command = [sys.executable, "-m", "loadtests", "--users=1", "--dialects=ai-chat/sse"]
    command += ["--run-time=60s", "--no-calibration", "--progress-json"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, start_new_session=True) as run:
        assert run.stdout is not None
        for line in run.stdout:
            if load_line(line).phase == "running":
                break
        family = family_of(run.pid, 6)
        os.kill(run.pid, signal.SIGKILL)
    assert left_of(family) == []
