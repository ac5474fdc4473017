"""A mock of one's own, in a process of its own, for the length of one measurement."""

from __future__ import annotations

import re
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from mock_openai.certify.cpu_pinning import Cores, pin, prefer
from mock_openai.errors import SetupError

_READY = re.compile(r"ready at http://127\.0\.0\.1:(\d+)/v1")
_LAG = re.compile(r'mock_openai_write_lag_seconds\{quantile="(\w+)"\} (\S+)')
_STOP_S = 5


@dataclass(frozen=True, slots=True)
class Server:
    """A running mock of its own, and where it is."""

    address: tuple[str, int]
    pid: int

    def lags_ns(self) -> dict[str, int]:
        """p50, p99 and max of how late it wrote, by its own ledger."""
        host, port = self.address
        with urllib.request.urlopen(f"http://{host}:{port}/metrics", timeout=10) as answer:
            text = answer.read().decode()
        return {name: round(float(seconds) * 1e9) for name, seconds in _LAG.findall(text)}


@contextmanager
def serving(cores: Cores) -> Iterator[Server]:
    """A mock on the server's core, for as long as the block lasts."""
    command = [sys.executable, "-m", "mock_openai", "serve", "--port", "0"]
    process = subprocess.Popen(  # noqa: S603 - our own module, no shell
        command, stdout=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        pin(process.pid, cores.server)
        prefer(process.pid)
        line = process.stdout.readline() if process.stdout else ""
        found = _READY.search(line)
        if found is None:
            raise SetupError("the mock did not start; `mock-openai serve --port 0` says why")
        yield Server(("127.0.0.1", int(found[1])), process.pid)
    finally:
        process.terminate()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.stdout:
            process.stdout.close()
