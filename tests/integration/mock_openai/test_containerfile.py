"""The container files, as far as they can be tried without an engine: what they copy is there and
enough to build from, and what they start serves. `make container` executes their lines."""

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import httpx2
import pytest

from mock_openai.child_process import mock_process
from tests.container.containerfile import FILES, ROOT, Stage, is_ignored, read_ignored, read_stages
from tests.container.execution import Container

STAGES = {name: read_stages(path) for name, path in FILES.items()}
each_file = pytest.mark.parametrize("name", FILES)


def test_it_builds_the_package_from_what_it_copies(tmp_path: Path) -> None:
    build, _ = STAGES["mock_openai"]
    container = Container(tmp_path)
    copied = Stage("build", "", [one for one in build.instructions if one[0] != "RUN"])
    container.build(copied, {}, read_ignored())
    folder = tmp_path / build.one("WORKDIR").lstrip("/")
    assert {one.name for one in folder.iterdir()} == {
        "build.lock",
        "requirements.lock",
        "mock_openai",
    }
    assert not [*folder.rglob("__pycache__")]
    command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel"]  # as pip does, then
    subprocess.run(command, cwd=folder / "mock_openai", capture_output=True, check=True)
    (wheel,) = (folder / "mock_openai" / "dist").glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    library = {
        f"mock_openai/library/{one.name}"
        for one in ROOT.glob("mock_openai/mock_openai/library/*.yaml")
    }
    page = {f"mock_openai/admin/dashboard/page.{kind}" for kind in ("html", "css", "js")}
    assert library | page <= {*names}
    (points,) = (name for name in names if name.endswith("entry_points.txt"))
    assert "mock-openai = mock_openai.cli:main" in zipfile.ZipFile(wheel).read(points).decode()


@each_file
def test_the_image_takes_the_environment_alone(name: str) -> None:
    build, image = STAGES[name]
    assert build.base == image.base
    (copy,) = image.all_of("COPY")
    source, target = copy.removeprefix("--from=build ").split()
    assert source == target
    assert f"python -m venv --without-pip {target}" in build.all_of("RUN")
    for line in build.all_of("RUN"):
        if line.startswith(f"pip --python {target} install"):
            assert "--require-hashes -r requirements.lock" in line or "wheels/*.whl" in line
    assert image.one("USER") not in ("", "root")


@pytest.mark.parametrize(("name", "most"), [("mock_openai", 22), ("app", 100)])
def test_its_lock_has_no_tool_of_development(name: str, most: int) -> None:
    lock = (ROOT / name / "requirements.lock").read_text(encoding="utf-8")
    versions = dict(re.findall(r"^([\w.-]+)(?:\[[^]]*\])?==(\S+)", lock, re.M))
    whole = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    assert not {"pytest", "hatchling", "mypy", "ruff", "locust", "hypothesis"} & {*versions}
    assert len(versions) <= most
    for package, version in versions.items():
        assert re.search(rf"^{re.escape(package)}(\[[^]]*\])?=={re.escape(version)}", whole, re.M)


@pytest.mark.parametrize(
    ("path", "ignored"),
    [
        ("build.lock", False),
        ("mock_openai/mock_openai/settings.py", False),
        ("app/tokentape/cli.py", False),
        ("mock_openai/mock_openai/__pycache__/settings.pyc", True),
        ("app/.env", True),
        (".env", True),
        (".git/config", True),
        (".venv/bin/python", True),
        ("tests/house_rules.py", True),
        ("requirements.lock", True),
    ],
)
def test_the_ignore_file_shows_what_is_copied_alone(path: str, ignored: bool) -> None:
    assert is_ignored(path, read_ignored()) is ignored


def test_what_it_starts_serves_the_scenarios_of_its_volume(tmp_path: Path) -> None:
    (tmp_path / "mine.yaml").write_text("steps: [{say: From the volume.}]\n")
    _, image = STAGES["mock_openai"]
    volume = image.one("VOLUME")
    words = [*json.loads(image.one("ENTRYPOINT")), *json.loads(image.one("CMD"))]
    assert f"mkdir {volume}" in image.one("RUN")
    words = [{volume: str(tmp_path), "9100": "0"}.get(word, word) for word in words]
    words[0] = str(Path(sys.executable).parent / words[0])
    with mock_process(command=words) as mock:
        test = json.loads(image.one("HEALTHCHECK").partition("CMD ")[2])
        port = str(mock.address[1])
        test = [sys.executable, *(word.replace("9100", port) for word in test[1:])]
        assert subprocess.run(test, check=False).returncode == 0
        body = {"model": "gpt-4o", "messages": [{"role": "user", "content": "x"}]}
        answer = httpx2.post(f"{mock.url}/chat/completions", json=body)
        assert answer.json()["choices"][0]["message"]["content"] == "From the volume."
    assert subprocess.run(test, stderr=subprocess.DEVNULL, check=False).returncode != 0
