"""The example of the docs for test runners in JavaScript: the mock as a command that they spawn."""

import os
import subprocess
import sys
from pathlib import Path

from e2e.javascript import FOLDER, require_node


def run(path: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PATH": path}
    command = [require_node(), "--test", "weather.test.mjs"]
    return subprocess.run(
        command, cwd=FOLDER, env=environment, capture_output=True, text=True, check=False
    )


def test_a_runner_starts_the_mock_asks_it_and_stops_it() -> None:
    done = run(f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "# pass 1" in done.stdout


def test_without_the_command_it_fails_at_once(tmp_path: Path) -> None:
    done = run(str(tmp_path))
    assert done.returncode == 1
    assert "ENOENT" in done.stdout
