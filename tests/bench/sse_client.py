"""A lean reader of SSE answers: one socket, no parsing beyond what is counted."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from functools import partial
from typing import cast
from urllib.parse import urlsplit

END = b"0\r\n\r\n"
REFUSALS = tuple(map(bytearray, (b"4", b"5")))
"""How their statuses begin."""
ANSWER_WITHIN_S = 120.0

Heard = Callable[[bytes], object]


class Reader(asyncio.Protocol):
    """`body` is everything that came for the current request, still in HTTP's chunks."""

    def __init__(self, heard: Heard | None = None) -> None:
        self.body = bytearray()
        self._heard = heard
        self._done: asyncio.Future[None] | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        self.body += data
        if self._heard:
            self._heard(data)
        if self.body[9:10] in REFUSALS and self._done and not self._done.done():
            refusal = self.body.partition(b"\r\n")[0].decode()
            self._done.set_exception(ConnectionError(f"the server refused: {refusal}"))
        if self.body.endswith(END) and self._done and not self._done.done():
            self._done.set_result(None)

    def connection_lost(self, error: Exception | None) -> None:
        if self._done and not self._done.done():
            self._done.set_exception(error or ConnectionError("the server closed the connection"))

    def send(self, request: bytes) -> asyncio.Future[None]:
        """Resolved when the answer has ended."""
        self.body = bytearray()
        self._done = asyncio.get_running_loop().create_future()
        self.transport.write(request)
        return self._done


async def reader_of(url: str, heard: Heard | None = None) -> Reader:
    parts = urlsplit(url)
    loop = asyncio.get_running_loop()
    _, reader = await loop.create_connection(
        lambda: Reader(heard), parts.hostname or "", parts.port or 80
    )
    return reader


def post(path: str, body: object) -> bytes:
    text = json.dumps(body).encode()
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(text)}\r\n\r\n".encode() + text


def get(path: str, **headers: str) -> bytes:
    lines = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in headers.items())
    return f"GET {path} HTTP/1.1\r\nHost: localhost\r\n{lines}\r\n".encode()


def delete(path: str) -> bytes:
    return f"DELETE {path} HTTP/1.1\r\nHost: localhost\r\n\r\n".encode()


async def asked_over(url: str, request: bytes, times: int, at_once: int) -> int:
    """`times` requests over `at_once` connections; the number of text chunks that came."""
    left = iter(range(times))

    async def one() -> int:
        reader = await reader_of(url)
        chunks = 0
        for _ in left:
            async with asyncio.timeout(ANSWER_WITHIN_S):
                await reader.send(request)
            chunks += reader.body.count(b'"content":"') + reader.body.count(b'"content": "')
        reader.transport.close()
        return chunks

    return sum(await asyncio.gather(*(one() for _ in range(at_once))))


def _notice(begun: asyncio.Event, data: bytes) -> None:
    if b"data:" in data:
        begun.set()


@asynccontextmanager
async def held_open(url: str, request: bytes, count: int) -> AsyncIterator[list[Reader]]:
    """`count` answers under way, each of which has begun and none of which ends by itself."""
    readers = []
    for _ in range(count):
        begun = asyncio.Event()
        reader = await reader_of(url, partial(_notice, begun))
        reader.send(request).add_done_callback(lambda done: done.cancelled() or done.exception())
        async with asyncio.timeout(ANSWER_WITHIN_S):
            await begun.wait()
        readers.append(reader)
    try:
        yield readers
    finally:
        for reader in readers:
            reader.transport.abort()
