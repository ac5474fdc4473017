"""Viewers of `ai-chat` that can be cut at any byte, without a farewell, and come back.

They note every event's seq and text, and judge nothing.
"""

import asyncio
import json
import socket
import struct
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, cast
from urllib.parse import urlsplit

import httptools

from tests.bench.socket_client import SocketReader
from tests.bench.sse_client import delete, get, post

PATH = "/api/v2/ai/chat"
NEVER = 10**9


@dataclass
class Told:
    """What a viewer has heard of one run, over all its connections."""

    run: str = ""
    session: str = ""
    seqs: list[int] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    ends: list[dict[str, Any]] = field(default_factory=list)
    end_ns: int = 0

    def take(self, payload: dict[str, Any]) -> None:
        self.run, self.session = payload["runId"], payload["sessionId"]
        self.seqs.append(payload["seq"])
        if "content" in payload:
            self.texts.append(payload["content"])
        else:
            self.ends.append(payload)

    @property
    def text(self) -> str:
        return "".join(self.texts)


@dataclass(frozen=True, slots=True)
class Cut:
    """Reset the connection `bytes_more` after the event `event` of this run has come."""

    event: int = NEVER
    bytes_more: int = 0


class Watch:
    """One connection's progress towards its end or its cut."""

    def __init__(self, told: Told, cut: Cut) -> None:
        self.told = told
        self.over: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.begun = asyncio.Event()
        self._cut = cut
        self._left = cut.bytes_more

    @property
    def step(self) -> int:
        """Bytes to look at together: few before a cut, so that it falls where it was meant to."""
        return NEVER if self._cut.event == NEVER else 64

    def takes(self, payload: dict[str, Any]) -> None:
        self.told.take(payload)
        self.begun.set()
        if self.told.ends:
            self.finish()

    def allowed(self, data: bytes) -> bytes:
        """As much of what was read as comes before the cut."""
        if self.told.seqs and self.told.seqs[-1] >= self._cut.event:
            data = data[: self._left]
            self._left -= len(data)
        return data

    @property
    def due(self) -> bool:
        return bool(self.told.seqs) and self.told.seqs[-1] >= self._cut.event and self._left <= 0

    def finish(self) -> None:
        if not self.over.done():
            self.over.set_result(None)

    def refused(self, status: int) -> None:
        """Nothing begins: who waits for that must not wait for ever."""
        if not self.over.done():
            self.over.set_exception(ConnectionError(f"the server refused with {status}"))
        self.begun.set()


def reset(transport: asyncio.Transport) -> None:
    """Lingering for no time makes the kernel send RST instead of FIN."""
    opened = transport.get_extra_info("socket")
    opened.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()


class SseWatch(asyncio.Protocol):
    def __init__(self, request: bytes, watch: Watch) -> None:
        self._request = request
        self.watch = watch
        self._parser = httptools.HttpResponseParser(self)
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.write(self._request)

    def data_received(self, data: bytes) -> None:
        watch = self.watch
        while data and not watch.over.done():
            some, data = data[: watch.step], data[watch.step :]
            self._parser.feed_data(watch.allowed(some))
            if watch.due:
                reset(self.transport)
                watch.finish()

    def on_headers_complete(self) -> None:
        if (status := self._parser.get_status_code()) >= 400:
            self.watch.refused(status)

    def on_body(self, body: bytes) -> None:
        *frames, self._rest = (self._rest + body).split(b"\n\n")
        for frame in frames:
            if b"data: " in frame and not self.watch.over.done():
                self.watch.takes(json.loads(frame[frame.index(b"data: ") + 6 :]))

    def connection_lost(self, _error: Exception | None) -> None:
        self.watch.finish()


async def watch_sse(url: str, request: bytes, told: Told, cut: Cut) -> SseWatch:
    """Connects and asks; `watch.over` is done at the end, the cut or the loss."""
    parts = urlsplit(url)
    loop = asyncio.get_running_loop()
    watch = Watch(told, cut)
    _, one = await loop.create_connection(
        lambda: SseWatch(request, watch), parts.hostname or "", parts.port or 80
    )
    return one


class SocketWatch(SocketReader):
    def __init__(self, event: str, payload: object, watch: Watch) -> None:
        super().__init__("/", self._event)
        self._first = (event, payload)
        self.watch = watch
        self.joined.add_done_callback(self._ask)

    def data_received(self, data: bytes) -> None:
        watch = self.watch
        while data and not watch.over.done():
            some, data = data[: watch.step], data[watch.step :]
            super().data_received(watch.allowed(some))
            if watch.due:
                reset(self.transport)
                watch.finish()

    def _ask(self, joined: asyncio.Future[None]) -> None:
        if not joined.cancelled():
            self.emit("/", *self._first, ack="1")

    def _event(self, packet: bytes) -> None:
        if packet[:5] == b'["ai:' and not self.watch.over.done():
            self.watch.takes(json.loads(packet)[1])

    def connection_lost(self, error: Exception | None) -> None:
        if not self.joined.done():
            self.joined.cancel()
        super().connection_lost(error)
        self.watch.finish()


async def watch_socket(url: str, event: str, payload: object, told: Told, cut: Cut) -> SocketWatch:
    parts = urlsplit(url)
    loop = asyncio.get_running_loop()
    watch = Watch(told, cut)
    _, one = await loop.create_connection(
        lambda: SocketWatch(event, payload, watch), parts.hostname or "", parts.port or 80
    )
    return one


async def heard_over_sse(url: str, message: str, cuts: Sequence[Cut], within_s: float) -> Told:
    """A whole answer, through as many connections as there are cuts and one more."""
    told = Told()
    request = post(f"{PATH}/stream", {"message": message})
    async with asyncio.timeout(within_s):
        for cut in [*cuts, Cut()]:
            one = await watch_sse(url, request, told, cut)
            await one.watch.over
            one.transport.abort()
            if told.ends:
                break
            position = f"{told.run}:{told.seqs[-1]}"
            request = get(f"{PATH}/stream/{told.run}", Last_Event_ID=position)
    return told


async def heard_over_socket(url: str, message: str, cuts: Sequence[Cut], within_s: float) -> Told:
    told = Told()
    event = "ai:chat"
    payload: dict[str, object] = {"message": message}
    async with asyncio.timeout(within_s):
        for cut in [*cuts, Cut()]:
            one = await watch_socket(url, event, payload, told, cut)
            await one.watch.over
            one.transport.abort()
            if told.ends:
                break
            event, payload = "resume", {"runId": told.run, "lastSeq": told.seqs[-1]}
    return told


def stop_request(told: Told) -> bytes:
    return delete(f"{PATH}/stream/{told.run}")
