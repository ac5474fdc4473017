"""The composite GitHub Action: its steps are run as a runner runs them."""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import httpx2
import psutil
import pytest
import yaml

from tests.harness.chance import FUZZING

PROJECT = Path(__file__).parents[3] / "mock_openai"
ACTION = yaml.safe_load((PROJECT / "action.yml").read_text(encoding="utf-8"))
SHELL = ("bash", "--noprofile", "--norc", "-eo", "pipefail")  # as GitHub starts `shell: bash`


class Runner:
    """What a runner gives a step, and what it takes from it."""

    def __init__(self, folder: Path, **inputs: str) -> None:
        defaults = {name: one["default"] for name, one in ACTION["inputs"].items()}
        self.folder = folder
        self.values = {f"inputs.{name}": value for name, value in {**defaults, **inputs}.items()}
        self.values["github.action_path"] = str(PROJECT)
        self.output = folder / "output"
        self.output.touch()

    def run(self, step: dict[str, Any]) -> subprocess.CompletedProcess[str]:
        given = {name: self.fill(value) for name, value in step.get("env", {}).items()}
        assert "${{" not in step["run"], "what is put into a script can be a script"
        own = {"RUNNER_TEMP": str(self.folder), "GITHUB_OUTPUT": str(self.output)}
        environment = {**os.environ, **own, **given}
        script = self.folder / "step.sh"
        script.write_text(step["run"])
        return subprocess.run([*SHELL, str(script)], env=environment, cwd=self.folder,
                              capture_output=True, text=True, check=False)  # fmt: skip

    def fill(self, text: str) -> str:
        return re.sub(r"\$\{\{ (\S+) \}\}", lambda found: self.values[found[1]], text)

    def outputs(self) -> dict[str, str]:
        lines = self.output.read_text().splitlines()
        got = dict(line.split("=", 1) for line in lines)
        self.values.update({f"steps.start.outputs.{name}": value for name, value in got.items()})
        return {name: self.fill(one["value"]) for name, one in ACTION["outputs"].items()}


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A runner's folder after the first step; in `make test`, where no test installs, as if."""
    folder = tmp_path_factory.mktemp("runner")
    install, _ = ACTION["runs"]["steps"]
    if not FUZZING:
        (folder / "mock-openai").symlink_to(sys.prefix)
        return folder
    done = Runner(folder).run(install)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder


def started(folder: Path) -> list[psutil.Process]:
    program = str(folder / "mock-openai" / "bin" / "mock-openai")
    return [one for one in psutil.process_iter() if program in _words(one)]


def _words(process: psutil.Process) -> list[str]:
    try:
        return process.cmdline()
    except psutil.Error:
        return []


def test_its_steps_install_start_and_give_the_url(installed: Path) -> None:
    scenarios = installed / "my scenarios"
    scenarios.mkdir()
    (scenarios / "mine.yaml").write_text("steps: [{say: From the workflow.}]\n")
    arguments = "--seed 7\n--admin-token sesame\n"  # as a YAML block gives them
    runner = Runner(installed, scenarios=str(scenarios), arguments=arguments)
    done = runner.run(ACTION["runs"]["steps"][1])
    try:
        assert done.returncode == 0, done.stdout + done.stderr
        got = runner.outputs()
        assert got["url"] == f"{got['root']}/v1"
        body = {"model": "gpt-4o", "messages": [{"role": "user", "content": "x"}]}
        answer = httpx2.post(f"{got['url']}/chat/completions", json=body).json()
        assert answer["choices"][0]["message"]["content"] == "From the workflow."
        assert httpx2.get(f"{got['root']}/__mock__/requests").status_code == 403
    finally:
        for process in started(installed):
            process.terminate()
            process.wait(10)


def test_a_mock_that_does_not_start_fails_the_step_and_says_why(installed: Path) -> None:
    runner = Runner(installed, arguments="--no-such-option")
    done = runner.run(ACTION["runs"]["steps"][1])
    assert done.returncode == 1
    assert "::error::mock-openai did not start" in done.stdout
    assert "No such option" in done.stdout
