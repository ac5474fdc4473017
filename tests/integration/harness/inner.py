"""A run of pytest in a folder of its own, laid out as this repository, with the same harness."""

import os
import subprocess
import sys
from pathlib import Path
from textwrap import dedent

ROOT = Path(__file__).parents[3]
HARNESS = [f"tests.harness.{name}" for name in ("layers", "purity", "chance", "circumstances")]
NEEDED = ("xdist.plugin", "pytest_timeout", "pytest_asyncio.plugin", "_hypothesis_pytestplugin")


def only(*plugins: str) -> dict[str, str]:
    """The environment of a pytest that loads these plugins alone: half of its start is others."""
    return {
        "PYTHONPATH": str(ROOT),
        "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
        "PYTEST_PLUGINS": ",".join((*NEEDED, *plugins)),
    }


def run(
    folder: Path, files: dict[str, str], *arguments: str, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run these test files, given by path and text; what pytest printed and its exit code."""
    for path, text in files.items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(dedent(text), encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\nasyncio_mode = auto\n", encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "--import-mode=importlib"]
    return subprocess.run(
        [*command, "-p", "no:cacheprovider", *arguments],
        cwd=folder,
        env={**os.environ, **only(*HARNESS), "COLUMNS": "300", **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
