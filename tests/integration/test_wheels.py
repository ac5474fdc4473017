"""The three projects as somebody installs them: built as wheels, each into an empty environment."""

import re
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.integration.mock_openai.testing.test_pytest_plugin import STRANGER, STRANGER_CONFTEST

ROOT = Path(__file__).parents[2]
WITH_THE_MOCK = """
def test_the_mock_is_there(mock_openai):
    mock_openai.say("Hello!")
    assert mock_openai.verify(times=0)
"""
PROJECTS = ("app", "mock_openai", "loadtests")
MB = 1_000_000


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheels")
    for project in PROJECTS:
        command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)]
        subprocess.run(command, cwd=ROOT / project, check=True, capture_output=True)
    # The versions that the suite runs with, so that nobody's newer release breaks it.
    lock = (ROOT / "requirements.lock").read_text()
    locked = re.findall(r"^([A-Za-z0-9_.\[\]-]+==.+?)\s*\\?$", lock, re.M)
    (folder / "versions.txt").write_text("\n".join(locked))
    return folder


def run(*command: str | Path, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)


def installed(
    wheels: Path, folder: Path, requirement: str, *more: str
) -> tuple[Path, int, float, float]:
    """The environment's folder of commands, its packages, megabytes, and seconds to install."""
    uv = Path(sys.executable).with_name("uv")
    subprocess.run([uv, "venv", "-q", "-p", sys.executable, folder], check=True)
    begun = time.monotonic()
    done = run(
        *(
            uv,
            "pip",
            "install",
            "-q",
            "--link-mode",
            "hardlink",
            "--python",
            folder / "bin" / "python",
        ),
        *("--find-links", wheels, "-c", wheels / "versions.txt", requirement),
        *more,
        cwd=folder,
    )
    seconds = time.monotonic() - begun
    assert done.returncode == 0, done.stderr
    (site,) = folder.glob("lib/python*/site-packages")
    packages = len([*site.glob("*.dist-info")])
    size = sum(one.stat().st_size for one in site.rglob("*") if one.is_file()) / MB
    print(f"{requirement}: {packages} packages, {size:.0f} MB, {seconds:.1f} s")  # noqa: T201
    return folder / "bin", packages, size, seconds


@pytest.mark.parametrize(
    ("requirement", "most_packages", "most_mb", "commands"),
    [
        ("tokentape-mock", 25, 40, (("mock-openai", "library"),)),
        (
            "tokentape",
            30,
            60,
            (("tokentape", "check", "--help"), ("tokentape", "record", "--help")),
        ),
        ("tokentape[load]", None, None, (("tokentape", "load", "--help"),)),
        (
            "tokentape[all]",
            None,
            None,
            (
                ("mock-openai", "library"),
                ("tokentape", "check", "--help"),
                ("tokentape", "load", "--help"),
                ("tokentape", "db", "--help"),
            ),
        ),
    ],
)
def test_a_project_is_small_and_its_commands_run(
    wheels: Path,
    tmp_path: Path,
    requirement: str,
    most_packages: int | None,
    most_mb: int | None,
    commands: tuple[tuple[str, ...], ...],
) -> None:
    folder, packages, size, _ = installed(wheels, tmp_path / "environment", requirement)
    if most_packages is not None:
        assert packages <= most_packages
    if most_mb is not None:
        assert size <= most_mb
    for name, *rest in commands:
        done = run(folder / name, *rest, cwd=tmp_path)
        assert done.returncode == 0, done.stderr
    for taken in ("app", "loadtests"):
        done = run(folder / "python", "-c", f"import {taken}", cwd=tmp_path)
        assert f"No module named '{taken}'" in done.stderr


def test_what_is_not_installed_is_named(wheels: Path, tmp_path: Path) -> None:
    folder, *_ = installed(wheels, tmp_path / "environment", "tokentape")
    for command, extra in (("serve", "server"), ("demo", "all"), ("load", "load")):
        done = run(folder / "tokentape", command, cwd=tmp_path)
        assert done.returncode == 2, done.stderr
        assert f"pip install 'tokentape[{extra}]'" in done.stderr


def test_a_strangers_suite_runs_beside_the_plugin(wheels: Path, tmp_path: Path) -> None:
    """With an option and a fixture of its own, such as Locust's plugin would have taken."""
    folder, *_ = installed(wheels, tmp_path / "environment", "tokentape-mock", "pytest")
    project = tmp_path / "project"
    project.mkdir()
    (project / "conftest.py").write_text(STRANGER_CONFTEST, encoding="utf-8")
    (project / "test_own.py").write_text(f"{STRANGER}{WITH_THE_MOCK}", encoding="utf-8")
    done = run(folder / "pytest", "-q", cwd=project)
    assert "2 passed" in done.stdout, done.stdout + done.stderr
    listed = run(folder / "pytest", "--collect-only", "-q", cwd=project)
    assert "2 tests collected" in listed.stdout
    assert "mock_openai.child_process" not in listed.stdout
