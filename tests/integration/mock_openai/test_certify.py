"""`mock-openai certify`, as a process."""

import json
import subprocess
import sys
from pathlib import Path


def test_the_command_measures_and_says_how_far(tmp_path: Path) -> None:
    plot, figures = tmp_path / "c.svg", tmp_path / "c.json"
    command = [sys.executable, "-m", "mock_openai", "certify", "--quick", "--most", "1"]
    bounds = ["--p50-ms", "10000", "--p99-ms", "10000"]  # the time itself is not tested here
    done = subprocess.run(
        [*command, *bounds, "--svg", plot, "--json", figures],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert "To be trusted up to 1 streams" in " ".join(done.stdout.split())
    content = json.loads(figures.read_text())
    assert (content["trusted_streams"], content["rungs"][0]["whole"]) == (1, 1)
    assert plot.read_text().startswith("<svg")
