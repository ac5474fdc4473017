"""A unit test that opens a socket, starts a process or sleeps fails, and says why."""

from pathlib import Path

import pytest

from tests.integration.harness.inner import run

IMPURE = """
import asyncio
import os
import socket
import subprocess
import sys
import time
from contextlib import suppress

import pytest


def test_socket():
    socket.create_connection(("127.0.0.1", 9))


def test_bound():
    socket.socket().bind(("127.0.0.1", 0))


def test_name():
    socket.getaddrinfo("localhost", 80)


def test_process():
    subprocess.run([sys.executable, "-V"])


def test_fork():
    os.fork()


def test_sleep():
    time.sleep(0.001)


async def test_async_sleep():
    await asyncio.sleep(0.001)


def test_swallowed():
    with suppress(Exception):
        time.sleep(0.001)


@pytest.fixture
def slow():
    time.sleep(0.001)


def test_fixture(slow):
    pass
"""
PURE = """
import asyncio
import time


async def test_pure():
    await asyncio.sleep(0)
    time.sleep(0)
    async with asyncio.timeout(5):
        await asyncio.get_running_loop().run_in_executor(None, int)
"""


@pytest.fixture(scope="module")
def printed(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """What a run printed of the same tests in two layers; those of the third were not chosen."""
    files = {
        "tests/unit/test_impure.py": IMPURE,
        "tests/unit/test_allowed.py": PURE,
        "tests/integration/test_all.py": PURE + IMPURE,
        "e2e/test_unchosen.py": "def test_unchosen(): raise SystemExit",
    }
    chosen = ("-m", "unit or integration", "-k", "not (test_all and (socket or fork))")
    done = run(tmp_path_factory.mktemp("inner"), files, "-n0", "-rA", "--tb=short", *chosen)
    assert done.returncode == 1, done.stdout
    return done.stdout.splitlines()


def test_what_a_unit_test_may_not_do_fails_it(printed: list[str]) -> None:
    failed = [line for line in printed if line.startswith(("FAILED", "ERROR"))]
    assert len(failed) == 9, failed
    for line in failed:
        assert "tests/unit/test_impure.py::" in line
        assert "ImpureError" in line


def test_the_reason_says_where_it_belongs(printed: list[str]) -> None:
    text = "\n".join(printed)
    for act in ("uses a socket (socket.bind", "starts a process (subprocess.Popen", "sleeps ("):
        assert f"a unit test {act}" in text
    assert "or move it to tests/integration" in text


def test_what_is_allowed_passes(printed: list[str]) -> None:
    passed = [line for line in printed if line.startswith("PASSED")]
    assert sum("tests/unit/test_allowed.py::test_pure" in line for line in passed) == 1
    assert sum("tests/integration/test_all.py::" in line for line in passed) == 8


def test_the_folder_is_the_marker(printed: list[str]) -> None:
    assert not any("test_unchosen" in line for line in printed)


def test_a_test_outside_of_the_layers_is_refused(tmp_path: Path) -> None:
    done = run(tmp_path, {"tests/app/test_lost.py": "def test_lost(): pass"}, "-n0")
    assert done.returncode != 0
    assert "belongs to no layer" in done.stderr + done.stdout
