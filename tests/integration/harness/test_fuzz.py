"""`make fuzz` finds a property that fails seldom, and its command repeats what it found."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

from tests.integration.harness.inner import only

PLANTED = """
    import random

    import pytest
    from hypothesis import given
    from hypothesis import strategies as st

    from tests.harness.chance import by_chance, examples, seeds


    @given(st.integers(0, 500))
    @examples(5)
    def test_seldom_wrong(number):
        assert number % 20 != 7 or number < 100, "planted"


    @by_chance
    @pytest.mark.parametrize("name", ["own, with a blank"])
    def test_own_generator(name):
        drawn = [random.Random(f"own/{seed}").random() for seed in seeds(10)]
        assert max(drawn) < 0.97, "planted too"
"""


def test_a_planted_fault_is_found_and_repeated(tmp_path: Path) -> None:
    (tmp_path / "tests" / "unit").mkdir(parents=True)
    (tmp_path / "tests" / "unit" / "test_planted.py").write_text(dedent(PLANTED))
    (tmp_path / "pytest.ini").write_text("[pytest]\naddopts = --import-mode=importlib\n")
    environment = {**os.environ, **only("tests.harness.chance")}

    def run(command: list[str], **more: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command,
            cwd=tmp_path,
            env={**environment, **more},
            capture_output=True,
            text=True,
            check=False,
        )

    # As in `make test`: too few examples to see either, the same each time.
    pytest = [sys.executable, "-m", "pytest", "-q", "-n0", "tests"]
    assert "2 passed" in run(pytest).stdout

    options = ("--seconds", "3600", "--runs", "2", "--seed", "1", "--jobs", "2")
    done = run([sys.executable, "-m", "tests.harness.fuzz", "tests", *options])
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stdout.startswith("2 properties, 2 at once")
    commands = re.findall(r"^  (FUZZ_SEED=.*)$", done.stdout.rpartition("repeat")[2], re.MULTILINE)
    names = {"test_seldom_wrong", "test_own_generator"}
    for name in names:
        command = next(one for one in commands if name in one)
        settings, rest = shlex.split(command)[:2], shlex.split(command)[2:]
        repeated = run(rest, **dict(one.split("=") for one in settings))
        assert repeated.returncode == 1
        assert "planted" in repeated.stdout
        assert "1 failed" in repeated.stdout
