"""The official JavaScript client runs every endpoint; `make clients` installs it."""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.integration.mock_openai.conftest import Served

FOLDER = Path(__file__).parent / "js"
CHECKS = 15
METHODS = 32


def require_node() -> str:
    """The path of Node.js with the client installed; else the test is skipped, in CI failed."""
    node = shutil.which("node")
    lacking = "Node.js is not installed" if node is None else "`make clients` was not run"
    if node is not None and (FOLDER / "node_modules" / "openai").exists():
        return node
    if os.environ.get("CI"):
        pytest.fail(lacking)
    pytest.skip(lacking)


def test_the_official_javascript_client_runs_every_endpoint(served: Served) -> None:
    command = [require_node(), str(FOLDER / "clients.mjs"), served.url]
    ran = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=60, check=True)
    content = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [one for one in content if one["problem"] is not None] == []
    assert len(content) == CHECKS


def test_every_method_that_the_javascript_client_declares_works(served: Served) -> None:
    command = [require_node(), str(FOLDER / "methods.mjs"), served.url]
    ran = subprocess.run(command, stdout=subprocess.PIPE, text=True, timeout=60, check=True)
    called = [json.loads(line) for line in ran.stdout.splitlines()]
    assert [one for one in called if one["problem"] is not None] == []
    assert len(called) == METHODS
