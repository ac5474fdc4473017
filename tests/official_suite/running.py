"""Runs the suite in its environment, and reads what came of each test."""

import json
import os
import subprocess
from dataclasses import dataclass
from pathlib import Path

FOLDER = Path(__file__).parent
ENVIRONMENT = FOLDER.parents[1] / ".venv" / "official-suite"
SUITE = ENVIRONMENT / "suite"
PYTHON = ENVIRONMENT / "bin" / "python"
_LONGEST_S = 300
_TESTS = (
    "test_completions.py", "test_conversations.py", "test_embeddings.py", "test_models.py",
    "test_moderations.py", "test_responses.py", "chat", "conversations", "responses",
)  # fmt: skip


@dataclass(frozen=True)
class Outcome:
    """`test` is its name without parameters; `complaint` is empty where it passed."""

    test: str
    passed: bool
    complaint: str


def run_suite(url: str, report: Path, part: str = "") -> list[Outcome]:
    """Against the mock at this base URL; `report` is a file to write, `part` what pytest selects by
    words (`-k`); empty: all."""
    command = [
        str(PYTHON), "-m", "pytest", "-q", "--tb=no", "-o", "addopts=", "-W", "ignore",
        "-p", "no:cacheprovider", "-p", "live_ids", "-k", part,
        *(f"tests/api_resources/{name}" for name in _TESTS),
    ]  # fmt: skip
    variables = {
        "PATH": os.environ.get("PATH", ""),
        "PYTHONPATH": str(FOLDER),
        "TEST_API_BASE_URL": url,
        "OFFICIAL_SUITE_REPORT": str(report),
    }
    ran = subprocess.run(
        command, cwd=SUITE, env=variables, capture_output=True, text=True, timeout=_LONGEST_S,
        check=False,
    )  # fmt: skip
    if ran.returncode not in (0, 1):  # 1: some tests have failed
        raise AssertionError(ran.stdout[-2_000:] + ran.stderr[-2_000:])
    return [_outcome(line) for line in report.read_text(encoding="utf-8").splitlines()]


def _outcome(line: str) -> Outcome:
    told = json.loads(line)
    name = str(told["test"]).removeprefix("tests/api_resources/").partition("[")[0]
    return Outcome(name, told["outcome"] == "passed", str(told["complaint"]))


def declared() -> dict[str, list[str]]:
    """What the types of that client declare, by the path of the endpoint; the types of items and
    tools under `items` and `tools`."""
    command = [str(PYTHON), str(FOLDER / "declared.py")]
    ran = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    found: dict[str, list[str]] = json.loads(ran.stdout)
    return found
