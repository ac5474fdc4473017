"""A real `mock-openai serve` on a free port, one for the whole session; and what asks it."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx2
import pytest

from mock_openai.child_process import MockProcess, mock_process
from tests.unit.mock_openai.bodies import chat as chat


class Served(MockProcess):
    """A running mock, and what asks it."""

    def post(self, body: dict[str, Any], **headers: str) -> httpx2.Response:
        return httpx2.post(f"{self.url}/chat/completions", json=body, headers=headers, timeout=30)

    def journal(self, contains: str, **params: Any) -> list[dict[str, Any]]:
        answer = httpx2.get(
            f"{self.root}/__mock__/requests", params={"contains": contains, **params}, timeout=30
        )
        answer.raise_for_status()
        found: list[dict[str, Any]] = answer.json()["requests"]
        return found

    def wait(self, contains: str, state: str) -> dict[str, Any]:
        """The newest entry once it is in `state`; the admin route answers in the same loop."""
        for _ in range(2_000):
            found = self.journal(contains, limit=1)
            if found and found[0]["state"] == state:
                # Its frames only now: of a long answer they are megabytes, and take their time.
                return self.journal(contains, frames=1, limit=1)[0]
        raise AssertionError(f"never {state}: {found}")


@contextmanager
def serving(*options: str) -> Iterator[Served]:
    with mock_process("serve", "--port", "0", *options) as mock:
        yield Served(mock.url, mock.process)


@pytest.fixture(scope="session")
def served() -> Iterator[Served]:
    with serving() as running:
        yield running


def raw_request(body: dict[str, Any], version: str = "1.1", *headers: str) -> bytes:
    content = json.dumps(body).encode()
    lines = [
        f"POST /v1/chat/completions HTTP/{version}",
        "host: mock",
        f"content-length: {len(content)}",
        *headers,
    ]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + content


def raw_answer(address: tuple[str, int], request: bytes, until: bytes = b"") -> bytes:
    """All bytes up to `until`, or to the end of the connection; ConnectionResetError on RST."""
    with socket.create_connection(address, timeout=20) as sock:
        sock.sendall(request)
        received = b""
        while not (until and until in received):
            data = sock.recv(65_536)
            if not data:
                break
            received += data
    return received


def texts(sse: str) -> list[str]:
    """The content deltas of a stream's body."""
    found: list[str] = []
    for line in sse.splitlines():
        if line.startswith("data: {"):
            deltas = [choice["delta"] for choice in json.loads(line[6:])["choices"]]
            found.extend(delta["content"] for delta in deltas if delta.get("content"))
    return found
