"""What we started does not outlive us, and what ended by itself is left alone."""

import subprocess
import sys

import psutil
import pytest

from tokentape.child_processes.guard import guarded, running

pytestmark = pytest.mark.timeout(90)
LEADER = """
import subprocess, time
child = subprocess.Popen(['sleep', '60'])
print(child.pid, flush=True)
time.sleep(60)
"""
OWNER = f"""
import subprocess, sys, time
from tokentape.child_processes.guard import guarded
child = subprocess.Popen(
    [sys.executable, "-c", {LEADER!r}], start_new_session=True, stdout=subprocess.PIPE
)
with guarded(child, grace_s=0.2):
    print(child.pid, child.stdout.readline().decode().strip(), flush=True)
    time.sleep(60)
"""


def test_children_and_theirs_end_with_an_owner_that_is_killed_also_when_halted() -> None:
    owner = subprocess.Popen([sys.executable, "-c", OWNER], stdout=subprocess.PIPE)
    with owner:
        assert owner.stdout is not None
        family = [psutil.Process(int(pid)) for pid in owner.stdout.readline().split()]
        assert len(family) == 2
        for each in family:
            each.suspend()  # as a server is that a run freezes
        owner.kill()
    assert psutil.wait_procs(family, timeout=60)[1] == []


def test_who_ends_by_itself_needs_no_guard_any_more() -> None:
    others = psutil.Process().children()
    child = subprocess.Popen([sys.executable, "-c", "pass"], start_new_session=True)
    with guarded(child):
        child.wait()
    assert set(psutil.Process().children()) <= set(others)


def test_a_command_runs_as_long_as_the_block() -> None:
    with running([sys.executable, "-c", "while True: pass"]) as busy:
        assert busy.poll() is None
    assert busy.returncode == -9
