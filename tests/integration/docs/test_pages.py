"""Every command and snippet that README and docs show is run here, and every link leads somewhere.

A page is run from top to bottom in one shell session: commands that start a server are started on
free ports and stay up for the rest of the page, all others must end well. `make test` and its like
are looked up and not run: they would run this test.
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

from tests.unit.docs.pages import PAGES, ROOT, Block, blocks, links
from tokentape.child_processes.server import NotReady, ServerProcess, start

RUN = ("bash", "python")
NEVER_RUN = re.compile(
    r"^make (test|check|e2e|install|pictures|load|bench|bench-mock|clean|lock|fix)\b"
)
SERVER = re.compile(
    r"^(\.venv/bin/)?(make demo|mock-openai( serve|$)|tokentape (serve|demo)"
    r"|python docs/examples/\w+_server\.py)\b"
)
PATIENCE_S = 600
"""A page starts several processes, one after the other: on a busy machine that takes a while."""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


class Page:
    """One page being run: the servers that it has started, and which ports stand for which."""

    def __init__(self, folder: Path) -> None:
        self.ports = {port: str(free_port()) for port in ("8000", "8001", "9100")}
        self.servers: dict[str, ServerProcess] = {}
        self.folder = folder
        venv = str(Path(sys.executable).parent)
        path = f"{venv}{os.pathsep}{os.environ['PATH']}"
        self.env = {**os.environ, "PATH": path, "TMPDIR": str(folder)}

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
            if SERVER.match(bare):
                self.serve(bare, block)
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
        if words[0] == "make":
            words.append(f"PORT={port}")
        elif "--port" not in words:
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
def running(folder: Path) -> Iterator[Page]:
    page = Page(folder)
    try:
        yield page
    finally:
        for port in [*page.servers]:
            page.stop(port)


@pytest.mark.timeout(PATIENCE_S)
@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_snippet_of_the_page_runs(path: Path, tmp_path: Path) -> None:
    with running(tmp_path) as page:
        for block in blocks(path):
            if block.language in RUN and "not run" not in block.info:
                page.run(block)


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.name)
def test_every_link_of_the_page_leads_somewhere(path: Path) -> None:
    missing = [target for target in links(path) if not (path.parent / target).exists()]
    assert missing == []
