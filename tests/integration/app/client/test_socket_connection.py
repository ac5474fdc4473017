"""The socket under a wire, on the event loops that it is used on."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
import uvloop

from tokentape.client.socket_connection import SocketConnection
from tokentape.client.socket_events import Event, Incoming
from tokentape.contract.contract import Json

Run = Callable[[Coroutine[Any, Any, None]], None]


class Echo:
    """A wire that says one thing first and takes every read for an event."""

    def __init__(self) -> None:
        self._waiting = b"hello"

    def outgoing(self) -> bytes:
        waiting, self._waiting = self._waiting, b""
        return waiting

    def receive(self, received: bytes) -> list[Incoming]:
        return [Event("read", received.decode())]

    def emit(self, event: str, payload: Json, number: int | None = None) -> None:
        self._waiting += event.encode()

    def leave(self) -> None:
        self._waiting += b"bye"


@pytest.mark.parametrize("run", [asyncio.run, uvloop.run], ids=["asyncio", "uvloop"])
def test_line_speaks_hears_and_takes_its_leave_on_either_loop(run: Run) -> None:
    """The server's own loop is uvloop, and the page looks at the server from inside it."""
    said: list[bytes] = []
    heard: list[Incoming] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        said.append(await reader.readexactly(5))
        writer.write(b"welcome")
        said.append(await reader.read())
        writer.close()

    async def main() -> None:
        answered = asyncio.Event()

        def take(incoming: Incoming, _at_ns: int, _read: int) -> None:
            heard.append(incoming)
            answered.set()

        server = await asyncio.start_server(serve, "127.0.0.1", 0)
        async with server:
            port = server.sockets[0].getsockname()[1]
            line = await SocketConnection.open(f"http://127.0.0.1:{port}", Echo(), take)
            async with asyncio.timeout(60):
                await answered.wait()
            await line.close()

    run(main())
    assert heard[0] == Event("read", "welcome")
    assert said == [b"hello", b"bye"]
