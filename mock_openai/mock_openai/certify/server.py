"""A mock of one's own, in a process of its own, for the length of one measurement."""

import re
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from mock_openai.certify.cpu_pinning import Cores, pin, prefer
from mock_openai.child_process import mock_process
from mock_openai.errors import SetupError

_LAG = re.compile(r'mock_openai_write_lag_seconds\{quantile="(\w+)"\} (\S+)')


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
    """A mock on the server's core, for as long as the block lasts. Raises `SetupError`."""

    def prefer_core(pid: int) -> None:
        pin(pid, cores.server)
        prefer(pid)

    with ExitStack() as running:
        try:
            mock = running.enter_context(mock_process("serve", "--port", "0", started=prefer_core))
        except RuntimeError as error:
            message = "the mock did not start; `mock-openai serve --port 0` says why"
            raise SetupError(message) from error
        yield Server(mock.address, mock.pid)
