"""`python -m tests.container [mock_openai] [app]`: executes each line of the container files, then
what the image starts, its health check, and one request. Needs root and the image's port free.

`make container` does it. Prints what the image holds, and how long it took until ready.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import yaml

from mock_openai.child_process import mock_process
from tests.container.base_image import make_base
from tests.container.containerfile import FILES, ROOT, Stage, read_ignored, read_stages
from tests.container.execution import Container
from tokentape.child_processes.server import start

_INSIDE = "TOKENTAPE_OWN_MOUNTS"
_MB = 1_000_000
_SECRET = "0123456789abcdef" * 4
_DEV = ("pytest", "hatchling", "mypy", "ruff", "locust", "playwright", "pip", "hypothesis")


def build(name: str, folder: Path) -> tuple[Container, Stage]:
    """The image, built stage by stage."""
    roots: dict[str, Path] = {}
    stages = read_stages(FILES[name])
    for stage in stages:
        root = folder / stage.name / "root"
        make_base(root, folder / stage.name / "upper")
        roots[stage.name] = root
        container = Container(root)
        container.build(stage, roots, read_ignored())
    return container, stages[-1]


def report(container: Container, name: str) -> None:
    (site,) = (container.root / "opt").glob("*/lib/python*/site-packages")
    packages = sorted(one.name.partition("-")[0] for one in site.glob("*.dist-info"))
    size = sum(one.stat().st_size for one in site.rglob("*") if one.is_file())
    say(f"{name}: {len(packages)} packages, {size / _MB:.0f} MB: {', '.join(packages)}")
    found = sorted({*_DEV} & {*packages})
    if found:
        raise RuntimeError(f"the image holds tools of development: {found}")


def health(container: Container, image: Stage) -> None:
    check = image.one("HEALTHCHECK").partition("CMD ")[2]
    container.run(*json.loads(check))
    say("the health check passes")


def serve_mock(container: Container, image: Stage) -> None:
    words = [*json.loads(image.one("ENTRYPOINT")), *json.loads(image.one("CMD"))]
    (container.root / "scenarios" / "mine.yaml").write_text("steps: [{say: From the volume.}]\n")
    begun = time.monotonic()
    with mock_process(command=container.command(*words)):
        say(f"ready after {time.monotonic() - begun:.2f} s")
        health(container, image)
        body = {"model": "m", "messages": [{"role": "user", "content": "x"}]}
        url = "http://127.0.0.1:9100/v1/chat/completions"
        request = urllib.request.Request(url, json.dumps(body).encode())
        answer = json.load(urllib.request.urlopen(request))  # noqa: S310 - ours
        if answer["choices"][0]["message"]["content"] != "From the volume.":
            raise RuntimeError(f"{answer}")
    expect_unhealthy(container, image)


def serve_app(container: Container, image: Stage) -> None:
    words = [*json.loads(image.one("ENTRYPOINT")), *json.loads(image.one("CMD"))]
    given = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]["app"]["environment"]
    for key, value in given.items():
        container.environment[key] = _SECRET if value.startswith("${") else value
    server = start(container.command(*words), dict(os.environ))
    try:
        server.wait_ready(60)
        health(container, image)
    finally:
        server.stop()
    expect_unhealthy(container, image)


def expect_unhealthy(container: Container, image: Stage) -> None:
    try:
        health(container, image)
    except RuntimeError:
        say("and fails once the server has ended")
        return
    raise RuntimeError("the health check passes without a server")


def say(text: str) -> None:
    print(text, flush=True)  # noqa: T201 - a command's output


def main(names: list[str]) -> int:
    if os.environ.get(_INSIDE) is None:
        command = ["unshare", "--mount", "--propagation", "private", sys.executable, "-m"]
        environment = {**os.environ, _INSIDE: "1"}
        done = subprocess.run([*command, "tests.container", *names], env=environment, check=False)
        return done.returncode
    for name in names or FILES:
        with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
            try:
                container, image = build(name, Path(folder))
                report(container, name)
                (serve_mock if name == "mock_openai" else serve_app)(container, image)
            finally:
                mounted = Path("/proc/self/mounts").read_text().split("\n")
                points = [line.split()[1] for line in mounted if f" {folder}/" in line]
                for point in reversed(points):
                    subprocess.run(["umount", "-l", point], check=True)
        say(f"{name}: every line of its container file was executed")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
