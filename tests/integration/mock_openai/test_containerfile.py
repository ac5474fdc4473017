"""The container file, as far as it can be tried without an engine: what it copies is there and is
enough to build from, and what it starts serves."""

import json
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import httpx2

from mock_openai.child_process import mock_process

ROOT = Path(__file__).parents[3]
LINES = [
    tuple(line.split(maxsplit=1))
    for line in (ROOT / "mock_openai" / "Containerfile").read_text().splitlines()
    if line and not line.startswith("#")
]


def directives(instruction: str) -> list[str]:
    return [rest for name, rest in LINES if name == instruction]


def test_it_builds_the_package_from_what_it_copies(tmp_path: Path) -> None:
    for line in directives("COPY"):
        source, target = line.split()
        if (ROOT / source).is_dir():
            skipped = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / source, tmp_path / target, ignore=skipped, dirs_exist_ok=True)
        else:
            (tmp_path / target).mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / source, tmp_path / target)
    (project,) = (
        line.rpartition(" ")[2] for line in directives("RUN") if "--no-build-isolation" in line
    )
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel"]  # as pip does, then
    subprocess.run(command, cwd=tmp_path / project, capture_output=True, check=True)
    (wheel,) = (tmp_path / project / "dist").glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    library = {
        f"mock_openai/library/{one.name}"
        for one in ROOT.glob("mock_openai/mock_openai/library/*.yaml")
    }
    assert library <= {*names}
    (points,) = (name for name in names if name.endswith("entry_points.txt"))
    assert "mock-openai = mock_openai.cli:main" in zipfile.ZipFile(wheel).read(points).decode()


def test_what_it_starts_serves_the_scenarios_of_its_volume(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("steps: [{say: From the volume.}]\n")
    (entry,), (command,), (volume,) = (
        directives("ENTRYPOINT"),
        directives("CMD"),
        directives("VOLUME"),
    )
    words = [*json.loads(entry), *json.loads(command)]
    assert f"mkdir {volume}" in directives("RUN")[0]
    words = [{volume: str(tmp_path), "9100": "0"}.get(word, word) for word in words]
    words[0] = str(Path(sys.executable).parent / words[0])
    with mock_process(command=words) as mock:
        (check,) = directives("HEALTHCHECK")
        test = json.loads(check.removeprefix("CMD "))
        port = str(mock.address[1])
        test = [sys.executable, *(word.replace("9100", port) for word in test[1:])]
        assert subprocess.run(test, check=False).returncode == 0
        body = {"model": "gpt-4o", "messages": [{"role": "user", "content": "x"}]}
        answer = httpx2.post(f"{mock.url}/chat/completions", json=body)
        assert answer.json()["choices"][0]["message"]["content"] == "From the volume."
    assert subprocess.run(test, stderr=subprocess.DEVNULL, check=False).returncode != 0
