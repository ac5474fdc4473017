"""A server as a child process: ready, not ready, and ended."""

import os
import signal
import sys
from pathlib import Path

import pytest

from tokentape.child_processes.server import NotReady, serving, start

pytestmark = pytest.mark.timeout(90)
READY = "print('loading'); print('a-server ready at http://127.0.0.1:1/x', flush=True);"
WAITS = "import signal; signal.pause()"
DEAF = "import signal; signal.signal(15, signal.SIG_IGN);"


def python(code: str) -> list[str]:
    return [sys.executable, "-c", code]


def test_it_is_ready_by_its_line_and_gone_with_the_block() -> None:
    started: list[int] = []
    with serving(python(READY + WAITS), started=started.append) as server:
        assert (server.url, server.root) == ("http://127.0.0.1:1/x", "http://127.0.0.1:1")
        assert server.lines[0] == "loading"
        assert started == [server.pid] == [os.getpgid(server.pid)]
    assert server.process.returncode == -signal.SIGTERM


def test_what_it_writes_behind_its_ready_line_never_blocks_it() -> None:
    server = start(python(READY + "print('x' * 1_000_000, flush=True)"))
    server.wait_ready()
    assert server.process.wait(60) == 0
    assert server.stop() == 0


def test_a_server_that_ends_before_it_is_ready_is_told_with_its_last_words(tmp_path: Path) -> None:
    code = "import sys; print('what'); sys.stderr.write('no port\\n'); sys.exit(3)"
    told = r"ended with code 3:\n  what\n  no port$"
    with (
        pytest.raises(NotReady, match=told),
        serving(python(code), folder=tmp_path, log=tmp_path / "log"),
    ):
        pass


def test_a_server_that_says_nothing_is_given_up() -> None:
    server = start(python(WAITS))
    with pytest.raises(NotReady, match="was not ready within 0 s"):
        server.wait_ready(0)
    server.stop()


def test_a_server_that_does_not_end_is_killed() -> None:
    with serving(python(DEAF + READY + "\nwhile True: signal.pause()")) as server:
        assert server.stop(within_s=0.1) == -signal.SIGKILL


def test_a_group_is_interrupted_as_a_terminal_does_it() -> None:
    # The inner one says that it is ready: a signal that comes between fork and exec is lost.
    child = f"import subprocess, sys; subprocess.run([sys.executable, '-c', {READY + WAITS!r}])"
    server = start(python(child))
    server.wait_ready()
    assert server.stop(signal.SIGINT, 60, group=True) != 0


def test_it_runs_where_and_with_what_it_is_given(tmp_path: Path) -> None:
    code = f"import os; print(os.getcwd(), os.environ.get('A'), len(os.environ) < 9); {READY}"
    with serving(python(code + WAITS), {"A": "b"}, folder=tmp_path) as server:
        assert server.lines[0] == f"{tmp_path} b True"
