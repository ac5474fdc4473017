"""A lean upstream: says what the last user message asks for, `chunks=200 gap_us=0 size=6 stamp=1`.

Each chunk is one write of its own. A stamped chunk begins with the time of its write
(CLOCK_MONOTONIC, ns), which the reader at the far end can compare with its own clock.
"""

import asyncio
import json
import re
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import cast

import uvloop

ASKED = re.compile(r"(\w+)=(\d+)")
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
MODELS = b'{"data":[{"id":"gpt-4"}]}'
LIST = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
    len(MODELS),
    MODELS,
)
FRAME = (
    'data: {"id":"chatcmpl-bench","object":"chat.completion.chunk","created":1700000000,'
    '"model":"gpt-4","system_fingerprint":null,"choices":[{"index":0,"delta":%s,'
    '"logprobs":null,"finish_reason":%s}]}\n\n'
)
STAMP_DIGITS = 20


@dataclass(frozen=True, slots=True)
class Asked:
    """`size` is the length of each chunk's text; `gap_us` 0: as fast as the socket takes it;
    `hold`: after the last chunk, wait for the client to leave."""

    chunks: int = 200
    size: int = 6
    gap_us: int = 0
    stamp: int = 0
    hold: int = 0


def wanted(text: str) -> Asked:
    return Asked(**{name: int(value) for name, value in ASKED.findall(text)})


def framed(delta: dict[str, str], finish: str | None = None) -> bytes:
    frame = (FRAME % (json.dumps(delta), json.dumps(finish))).encode()
    return b"%x\r\n%s\r\n" % (len(frame), frame)


def word(number: int, size: int) -> str:
    """The text of chunk `number`: its number, so that any mix-up shows."""
    return f"{number} ".rjust(size, ".")[-size:] if size > 1 else "."


class Answering(asyncio.Protocol):
    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._received = b""
        self._paused = False
        self._timer: asyncio.TimerHandle | None = None
        self._next = 0
        self._asked = Asked()
        self._start = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def connection_lost(self, _error: Exception | None) -> None:
        if self._timer:
            self._timer.cancel()

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, body = self._received.partition(b"\r\n\r\n")
        if not end:
            return
        if head.startswith(b"GET"):
            self._received = b""
            self._transport.write(LIST)
            return
        found = re.search(rb"content-length: (\d+)", head, re.IGNORECASE)
        if found is None or len(body) < int(found[1]):
            return
        self._received = b""
        self._asked = wanted(json.loads(body)["messages"][-1]["content"])
        self._transport.write(HEAD)
        self._next, self._start = 0, self._loop.time()
        if self._asked.gap_us:
            self._play()
        else:
            self._pour()

    def pause_writing(self) -> None:
        self._paused = True

    def resume_writing(self) -> None:
        self._paused = False
        if not self._asked.gap_us:
            self._pour()

    def _pour(self) -> None:
        while self._next < self._asked.chunks and not self._paused:
            self._say()
        if self._next == self._asked.chunks:
            self._finish()

    def _play(self) -> None:
        """Absolute deadlines: no lateness adds up."""
        gap_s = self._asked.gap_us / 1e6
        while self._next < self._asked.chunks:
            due = self._start + (self._next + 1) * gap_s
            if self._loop.time() < due:
                self._timer = self._loop.call_at(due, self._play)
                return
            if not self._paused:
                self._say()
        self._finish()

    def _say(self) -> None:
        asked = self._asked
        text = word(self._next, asked.size)
        if asked.stamp:
            text = f"{time.monotonic_ns():0{STAMP_DIGITS}d}{text}"
        self._next += 1
        self._transport.write(framed({"content": text}))

    def _finish(self) -> None:
        self._next += 1  # said: nothing more to pour
        if not self._asked.hold:
            self._transport.write(framed({}, "stop") + b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n")


@asynccontextmanager
async def answering() -> AsyncIterator[str]:
    """The same in this process; gives its base URL."""
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Answering, "127.0.0.1", 0, backlog=2_048)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
    finally:
        server.close()


async def main() -> None:
    async with answering() as url:
        root = url.removesuffix("/v1")
        print(f"upstream ready at {root}", flush=True)  # noqa: T201  # the ready line
        await asyncio.Event().wait()


if __name__ == "__main__":
    uvloop.run(main())
