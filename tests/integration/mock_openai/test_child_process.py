"""A mock that somebody started for a while does not outlive them, and says why it did not start."""

import subprocess
import sys

import psutil
import pytest

from mock_openai.child_process import mock_process

OWNER = """
import time
from mock_openai.child_process import mock_process
with mock_process("serve", "--port", "0") as mock:
    print(mock.pid, flush=True)
    time.sleep(600)
"""


def test_it_ends_with_an_owner_that_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", OWNER], stdout=subprocess.PIPE) as owner:
        assert owner.stdout is not None
        mock = psutil.Process(int(owner.stdout.readline()))
        owner.kill()
    assert psutil.wait_procs([mock], timeout=60)[1] == []


def test_a_wrong_argument_is_no_ready_line() -> None:
    with pytest.raises(RuntimeError, match="no ready line"), mock_process("serve", "--port", "no"):
        pass
