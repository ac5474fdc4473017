"""Every command and snippet that README and docs show is run here, and every link leads somewhere.

A page is run from top to bottom: commands that start a server are started on free ports and stay up
for the rest of the page, all others must end well. The demo is started once, by the first command
that asks for it, and serves all pages. `make test` and its like are looked up and not run: they
would run this test; nor is a command that `make test` itself ends with.
"""

import os
import re
import shlex
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.unit.docs.pages import PAGES, ROOT, Block, blocks
from tokentape.child_processes.server import NotReady, ServerProcess, start

RUN = ("bash", "python")
NEVER_RUN = re.compile(
    r"^make (test|check|e2e|install|pictures|load|bench|bench-mock|clean|lock|fix)\b"
)
SERVER = re.compile(
    r"^(\.venv/bin/)?(mock-openai( serve|$)|tokentape (serve|demo)"
    r"|python docs/examples/\w+_server\.py)\b"
)
DEMO = re.compile(r"^(make demo|(\.venv/bin/)?tokentape demo( --port 8000)?)\s*(#.*)?$")
PATIENCE_S = 600
"""A page starts several processes, one after the other: on a busy machine that takes a while."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


QUIET = ("--no-print-directory",)
"""Under another make, as CI runs it, make says which folder it enters."""


def environment(folder: Path) -> dict[str, str]:
    """With our commands on the path, as a page's reader has them."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    return {**os.environ, "PATH": path, "TMPDIR": str(folder)}


def run_by_make_test() -> set[str]:
    """The commands of `make test`, as they are written in pages."""
    told = subprocess.run(
        ["make", *QUIET, "-n", "-o", "install", "-o", "browser", "-o", "clients", "test"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return {line.strip() for line in told.stdout.splitlines()}


class Demo:
    """The demo for all pages: it takes longer to start than most pages take to run."""

    def __init__(self, folder: Path) -> None:
        self.port = str(free_port())
        self._folder = folder
        self._server: ServerProcess | None = None

    def start(self, command: str) -> None:
        """As the page says it, the first time; each way to say it starts the same program."""
        if command.startswith("make"):
            words = ["make", "demo", f"PORT={self.port}"]
            told = subprocess.run(
                [*words, *QUIET, "-n", "-o", "install"],
                cwd=ROOT,
                capture_output=True,
                text=True,
                check=True,
            )
            assert told.stdout.strip() == f"exec .venv/bin/tokentape demo --port {self.port}"
        else:
            words = ["tokentape", "demo", "--port", self.port]
        if self._server is None:
            self._server = start(words, environment(self._folder), folder=ROOT)
            self._server.wait_ready(PATIENCE_S)

    def stop(self) -> None:
        """Ctrl-C, as the reader of the page would press it."""
        if self._server is not None:
            self._server.stop(signal.SIGINT, PATIENCE_S, group=True)


class Page:
    """One page being run: the servers that it has started, and which ports stand for which."""

    def __init__(self, folder: Path, demo: Demo) -> None:
        self.demo = demo
        self.known = run_by_make_test()
        self.ports = {port: str(free_port()) for port in ("8000", "8001", "9100")}
        self.servers: dict[str, ServerProcess] = {}
        self.env = environment(folder)

    def translate(self, text: str) -> str:
        for port, free in self.ports.items():
            text = re.sub(rf"(?<!\d){port}(?!\d)", free, text)
        return text

    def run(self, block: Block) -> None:
        if block.language == "python":
            self.finish([sys.executable, "-c", self.translate(block.text)], block)
            return
        plain: list[str] = []
        for command in block.text.replace("\\\n", " ").splitlines():
            bare = command.strip().removesuffix("&").strip()
            if DEMO.match(bare):
                self.ports["8000"] = self.demo.port
                self.demo.start(bare)
            elif SERVER.match(bare):
                self.serve(bare, block)
            elif bare in self.known:
                pass
            elif NEVER_RUN.match(bare):
                target = bare.partition("#")[0]
                self.finish(["make", "-n", *shlex.split(target)[1:]], block)
            else:
                plain.append(command)
        script = "\n".join(plain)
        if script.strip():
            self.finish(["bash", "-euo", "pipefail", "-c", self.translate(script)], block)

    def serve(self, command: str, block: Block) -> None:
        words = shlex.split(self.translate(command.partition("#")[0]))
        port = self.ports["9100" if "mock" in words[0] else "8000"]
        if "--port" not in words:
            words += ["--port", port]
        self.stop(port)
        self.servers[port] = server = start(words, self.env, folder=ROOT)
        try:
            server.wait_ready(PATIENCE_S)
        except NotReady as error:
            pytest.fail(f"{block}: {command!r}: {error}")

    def stop(self, port: str) -> None:
        """Ctrl-C, as the reader of the page would press it."""
        if server := self.servers.pop(port, None):
            server.stop(signal.SIGINT, PATIENCE_S, group=True)

    def finish(self, words: list[str], block: Block) -> None:
        done = subprocess.run(
            words,
            cwd=ROOT,
            env=self.env,
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            check=False,
        )
        assert done.returncode == 0, f"{block}\n{words[-1]}\n{done.stdout}\n{done.stderr}"


@contextmanager
def running(folder: Path, demo: Demo) -> Iterator[Page]:
    page = Page(folder, demo)
    try:
        yield page
    finally:
        for port in [*page.servers]:
            page.stop(port)


@pytest.mark.timeout(3 * PATIENCE_S)
def test_every_snippet_of_every_page_runs(tmp_path: Path, subtests: pytest.Subtests) -> None:
    demo = Demo(tmp_path)
    try:
        for path in PAGES:
            shown = [b for b in blocks(path) if b.language in RUN and "not run" not in b.info]
            if not shown:
                continue
            with subtests.test(path.name), running(tmp_path, demo) as page:
                for block in shown:
                    page.run(block)
    finally:
        demo.stop()
