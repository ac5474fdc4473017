"""The servers that are compared, each in a process of its own, pinned and preferred alike."""

import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from mock_openai.certify.cpu_pinning import pin, prefer, two_cores
from tokentape.child_processes.guard import running
from tokentape.child_processes.server import serving

AIMOCK = "@copilotkit/aimock@1.43"
CORES = two_cores()


@dataclass(frozen=True, slots=True)
class Server:
    address: tuple[str, int]
    pid: int


@contextmanager
def python(*arguments: str) -> Iterator[Server]:
    """A Python module's server that prints `ready at …`."""
    with serving([sys.executable, "-m", *arguments], started=_prefer) as process:
        yield Server(("127.0.0.1", int(process.root.rpartition(":")[2])), process.pid)


@contextmanager
def installed_aimock() -> Iterator[Path | None]:
    """Its command, installed into a folder that goes away again; None without npm."""
    npm = shutil.which("npm")
    if npm is None:
        yield None
        return
    with TemporaryDirectory(prefix="bench-aimock-") as folder:
        command = [npm, "install", "--silent", "--no-audit", "--no-fund", "--prefix", folder]
        done = subprocess.run([*command, AIMOCK], capture_output=True, check=False)
        found = Path(folder, "node_modules", ".bin", "llmock")
        yield found if done.returncode == 0 and found.exists() else None


@contextmanager
def aimock(command: Path, text: str, chunk_chars: int) -> Iterator[Server]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    fixture = {"match": {"userMessage": "bench"}, "response": {"content": text}}
    with TemporaryDirectory(prefix="bench-aimock-") as folder:
        file = Path(folder, "fixture.json")
        file.write_text(json.dumps({"fixtures": [fixture]}))
        options = ["-p", str(port), "-f", str(file), "-c", str(chunk_chars)]
        with running([str(command), *options, "--log-level", "silent"]) as process:
            _prefer(process.pid)
            _await_port(port)
            yield Server(("127.0.0.1", port), process.pid)


def _await_port(port: int) -> None:
    for _ in range(300):
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise RuntimeError("aimock did not start")


def _prefer(pid: int) -> None:
    pin(pid, CORES.server)
    prefer(pid)
