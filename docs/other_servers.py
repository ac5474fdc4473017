"""Checks other people's OpenAI-compatible mocks, and writes down what was found:
`python -m docs.other_servers`. Installs them into a temporary folder; they listen on loopback only.
"""

import asyncio
import io
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rich.console import Console

from tokentape.check.config import CheckConfig
from tokentape.check.report import Report
from tokentape.check.runner import check
from tokentape.check.terminal_report import print_report
from tokentape.contract.contract import Contract
from tokentape.contract.openai import CHAT
from tokentape.contract.openai_responses import RESPONSES

PAGE = Path(__file__).with_name("other-servers.md")
SAYS = (
    "A tape recorder pulls a thin magnetic tape past a head. The head writes what it hears as"
    " small magnets, and reads them again later."
)
FOUND = """\
`llm-mock-api` sends its usage in a chunk that has a choice, with an empty delta, after the chunk
with `finish_reason`; OpenAI's usage chunk has no choices, so a client that takes the last choice's
`finish_reason` reads null. `mock-llm` has no responses. In the others nothing was found.
"""
"""Written by hand, on what the reports below say."""

READY_S = 30.0
INSTALL_S = 300.0


@dataclass(frozen=True, slots=True)
class Other:
    """A server: where it is from, and how it is started on a port, in a folder of its own."""

    package: str
    version: str
    registry: str
    command: tuple[str, ...]
    files: tuple[tuple[str, str], ...] = ()
    environment: tuple[tuple[str, str], ...] = ()
    expect: str | None = None


_FIXTURES = {"fixtures": [{"match": {"userMessage": "tape"}, "response": {"content": SAYS}}]}
_RULES = {"rules": [{"match": "*", "response": SAYS}]}

OTHERS = (
    Other(
        "llmock",
        "0.2.2",
        "PyPI",
        (
            "llmock",
            "serve",
            "--host",
            "127.0.0.1",
            "--port",
            "{port}",
            "--stream-chunk-delay-ms",
            "20",
        ),
    ),
    Other(
        "llm-mock-api",
        "0.1.2",
        "PyPI",
        ("llm-mock-api", "start", "-H", "127.0.0.1", "-p", "{port}", "-f", SAYS),
        expect=SAYS,
    ),
    Other(
        "@copilotkit/aimock",
        "1.43.0",
        "npm",
        ("llmock", "-h", "127.0.0.1", "-p", "{port}", "-f", "fixtures.json", "--latency", "20"),
        files=(("fixtures.json", json.dumps(_FIXTURES)),),
        expect=SAYS,
    ),
    Other(
        "@dwmkerr/mock-llm",
        "0.1.29",
        "npm",
        ("mock-llm",),
        environment=(("HOST", "127.0.0.1"), ("PORT", "{port}")),
    ),
)


def install(other: Other, folder: Path) -> Path:
    """Returns the folder of its commands."""
    if other.registry == "npm":
        npm = shutil.which("npm") or "npm"
        wanted = f"{other.package}@{other.version}"
        run(npm, "init", "-y", cwd=folder)
        # No package's own install script is run.
        run(npm, "install", "--no-audit", "--no-fund", "--ignore-scripts", wanted, cwd=folder)
        return folder / "node_modules" / ".bin"
    run(sys.executable, "-m", "venv", "own", cwd=folder)
    wanted = f"{other.package}=={other.version}"
    run("own/bin/python", "-m", "pip", "install", "-q", wanted, cwd=folder)
    return folder / "own" / "bin"


def run(*words: str, cwd: Path) -> None:
    subprocess.run(  # noqa: S603 # our own words
        words, cwd=cwd, check=True, timeout=INSTALL_S, capture_output=True
    )


@contextmanager
def running(other: Other, commands: Path, folder: Path) -> Iterator[str]:
    """The server's base URL, while it runs."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    for name, text in other.files:
        (folder / name).write_text(text, encoding="utf-8")
    words = [word.format(port=port) if "{port}" in word else word for word in other.command]
    environment = {name: value.format(port=port) for name, value in other.environment}
    path = f"{commands}{os.pathsep}{os.environ['PATH']}"
    server = subprocess.Popen(  # noqa: S603 # our own words
        [str(commands / words[0]), *words[1:]],
        cwd=folder,
        env={**os.environ, **environment, "PATH": path},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _wait_for(port, server)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.terminate()
        try:
            server.wait(5)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


def _wait_for(port: int, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + READY_S
    while time.monotonic() < until:
        if server.poll() is not None:
            raise RuntimeError(f"it ended with {server.returncode}")
        with socket.socket() as trying:
            if trying.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise RuntimeError(f"it does not listen after {READY_S:g} s")


def look(url: str, contract: Contract, expect: str | None) -> Report:
    wanted = CheckConfig(
        url=url,
        contract=contract,
        token="sk-check",  # noqa: S106 # any will do
        model="gpt-4o-mini",
        expect=expect,
        turns=3,
        silence_s=10.0,
    )
    return asyncio.run(check(wanted))


def page() -> Iterator[str]:
    yield "# Other people's servers\n"
    yield (
        "What `tokentape check` says of other OpenAI-compatible mocks, each as installed from its"
        " registry,\nthree answers each; of a wrong one the first is shown. Made by"
        " `python -m docs.other_servers`, which is\nno part of the test suite: what others publish"
        " changes.\n"
    )
    yield FOUND
    told: list[str] = []
    yield "| server | version | chat completions | responses |"
    yield "|---|---|---|---|"
    for other in OTHERS:
        verdicts = []
        with tempfile.TemporaryDirectory() as made:
            folder = Path(made)
            try:
                commands = install(other, folder)
                with running(other, commands, folder) as url:
                    for contract in (CHAT, RESPONSES):
                        report = look(url, contract, other.expect)
                        verdicts.append(verdict_of(report))
                        told.append(report_of(other, report))
            except (RuntimeError, subprocess.SubprocessError) as error:
                verdicts = [f"could not be started: {error}"] * 2
        name = f"`{other.package}` ({other.registry})"
        yield f"| {name} | {other.version} | {verdicts[0]} | {verdicts[1]} |"
    yield ""
    yield from told


def verdict_of(report: Report) -> str:
    kinds = dict.fromkeys(v.kind for one in report.wrong for v in one.verdict.violations)
    return f"wrong: {', '.join(f'`{kind}`' for kind in kinds)}" if kinds else report.verdict


def report_of(other: Other, report: Report) -> str:
    written = io.StringIO()
    print_report(_first_wrong(report), Console(width=80, highlight=False, file=written))
    head = f"## `{other.package}`, {report.config.contract.dialect}"
    return f"{head}\n\n```text\n{written.getvalue()}```\n"


def _first_wrong(report: Report) -> Report:
    """One wrong answer stands for the others."""
    findings = report.wrong[:1] or report.results
    return Report(config=report.config, results=findings, stopped_short=report.stopped_short)


def main() -> int:
    PAGE.write_text("\n".join(page()), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
