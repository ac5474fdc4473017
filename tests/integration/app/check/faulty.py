"""A server that sends exactly what it is told, right or wrong, over SSE, Socket.IO or WebSocket.

It is its own model: its journal says when each text was "written".
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from itertools import accumulate
from typing import Any

from websockets.asyncio.server import ServerConnection, serve
from websockets.datastructures import Headers
from websockets.exceptions import ConnectionClosed
from websockets.http11 import Request as WebSocketRequest
from websockets.http11 import Response

from tokentape.contract.contract import Contract, Json, RequestTemplate, pick


@dataclass(frozen=True, slots=True)
class Frame:
    """What is sent; `raw` in place of the payload's JSON, `wait_s` before it."""

    event: str
    payload: Json
    raw: str | None = None
    wait_s: float = 0.0
    held_s: float = 0.0
    """So long ago the model wrote it, by the journal."""

    @property
    def body(self) -> str:
        if self.raw is not None:
            return self.raw
        return self.payload if isinstance(self.payload, str) else json.dumps(self.payload)


@dataclass
class Faulty:
    contract: Contract
    frames: Sequence[Frame] = ()
    words: Sequence[str] = ()
    url: str = ""
    content_type: str = "text/event-stream; charset=utf-8"
    refusal: int | None = None
    resume_at: int | None = None
    """Where a resumed stream goes on, if not where it should."""
    resume_now: bool = False
    """A resumed stream goes on where the answer is by now: what was due meanwhile is gone."""
    crossed: Iterator[Frame] | None = None
    """One line of frames, from which all who ask at once are sent what comes."""
    abort: bool = False
    journal: list[dict[str, Any]] = field(default_factory=list)
    heads: list[str] = field(default_factory=list)
    """What was asked of it over HTTP: each request's line and headers."""
    bodies: list[Json] = field(default_factory=list)
    """… and each body that was JSON."""
    speak: Callable[[Json], Sequence[Frame]] | None = None
    """What is sent to this body, in place of `frames`."""
    stays_open: bool = False
    """Its streams are over when the client leaves."""
    serving: set[asyncio.Task[None]] = field(default_factory=set)

    def text(self, frame: Frame) -> str | None:
        kind = self.contract.kind_of(frame.event, frame.payload)
        path = None if kind is None else self.contract.text_paths.get(kind.name)
        if frame.raw is not None or path is None:
            return None
        return pick(frame.payload, path) or None

    def after(self, seq: int) -> int:
        """The number of the frame at which a stream that is resumed after this one begins."""
        if self.resume_at is not None:
            return self.resume_at
        if not self.resume_now:
            return seq + 1
        since_s = (time.monotonic_ns() - self.journal[-1]["started_ns"]) / 1e9
        due_s = accumulate(frame.wait_s for frame in self.frames)
        return sum(each_s <= since_s for each_s in due_s)

    def begin(self) -> dict[str, Any]:
        entry: dict[str, Any] = {
            "text": "".join(self.words),
            "chunks": list(self.words),
            "frames": [],
            "started_ns": time.monotonic_ns(),
            "ended_ns": None,
            "state": "running",
        }
        self.journal.append(entry)
        return entry

    def note(self, entry: dict[str, Any], frame: Frame) -> None:
        if self.text(frame) is not None:
            at_ns = time.monotonic_ns() - int(frame.held_s * 1e9)
            entry["frames"].append({"due_ns": at_ns, "written_ns": at_ns, "kind": "content"})

    def end(self, entry: dict[str, Any]) -> None:
        entry["ended_ns"], entry["state"] = time.monotonic_ns(), "finished"

    def told(self) -> bytes:
        return json.dumps({"requests": self.journal[::-1]}).encode()


@asynccontextmanager
async def faulty(server: Faulty) -> AsyncIterator[Faulty]:
    if server.contract.transport == "sse":
        listening: Any = await asyncio.start_server(_Http(server), "127.0.0.1", 0)
    else:
        listening = await serve(
            _Sockets(server),
            "127.0.0.1",
            0,
            process_request=_Sockets(server).http,
            compression=None,
        )
    try:
        port = next(iter(listening.sockets)).getsockname()[1]
        server.url = f"http://127.0.0.1:{port}"
        yield server
    finally:
        listening.close()
        await listening.wait_closed()
        if server.serving:
            await asyncio.wait(server.serving)


class _Http:
    def __init__(self, server: Faulty) -> None:
        self._server = server

    async def __call__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._server.serving.add(task)
        task.add_done_callback(self._server.serving.discard)
        with suppress(ConnectionError, asyncio.IncompleteReadError):
            head = (await reader.readuntil(b"\r\n\r\n")).decode()
            self._server.heads.append(head)
            line, *headers = head.split("\r\n")
            named = dict(h.lower().split(": ", 1) for h in headers if h)
            body = await reader.readexactly(int(named.get("content-length", 0)))
            if named.get("content-type") == "application/json":
                self._server.bodies.append(json.loads(body))
            await self._answer(line.split(" ")[1], named, writer)
            if self._server.stays_open:
                await reader.read()
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()

    async def _answer(
        self, path: str, headers: dict[str, str], writer: asyncio.StreamWriter
    ) -> None:
        server = self._server
        if path.startswith("/__mock__/"):
            writer.write(_head(200, "application/json", len(server.told())) + server.told())
            return
        if server.refusal is not None:
            body = json.dumps({"error": {"code": "SAD", "message": "no"}}).encode()
            writer.write(_head(server.refusal, "application/json", len(body)) + body)
            return
        for request in server.contract.before:
            if path.partition("?")[0] == request.path:
                body = json.dumps(prepared(request)).encode()
                writer.write(_head(201, "application/json", len(body)) + body)
                return
        after = headers.get("last-event-id", "").rpartition(":")[2]
        first = server.after(int(after)) if after else 0
        writer.write(_head(200, server.content_type, None))
        entry = server.begin()
        frames = server.frames if server.speak is None else server.speak(server.bodies[-1])
        for frame in server.crossed or frames[first:]:
            if frame.wait_s:
                await writer.drain()
                await asyncio.sleep(frame.wait_s)
            server.note(entry, frame)
            name = f"event: {frame.event}\n" if frame.event else ""
            writer.write(f"{name}data: {frame.body}\n\n".encode())
        await writer.drain()
        server.end(entry)


def prepared(request: RequestTemplate) -> dict[str, Json]:
    """An answer that has what the contract takes from it."""
    told: dict[str, Json] = {}
    for path in request.take.values():
        *outer, last = path.split(".")
        place = told
        for part in outer:
            place = place.setdefault(part, {})
        place[last] = "prepared-1"
    return told


def _head(status: int, content_type: str, length: int | None) -> bytes:
    size = "" if length is None else f"Content-Length: {length}\r\n"
    words = HTTPStatus(status).phrase
    return (
        f"HTTP/1.1 {status} {words}\r\nContent-Type: {content_type}\r\n{size}"
        "Connection: close\r\n\r\n"
    ).encode()


class _Sockets:
    def __init__(self, server: Faulty) -> None:
        self._server = server

    async def http(self, _socket: ServerConnection, request: WebSocketRequest) -> Response | None:
        if not request.path.startswith("/__mock__/"):
            return None
        told = self._server.told()
        headers = Headers({"Content-Length": str(len(told)), "Connection": "close"})
        return Response(200, "OK", headers, told)

    async def __call__(self, socket: ServerConnection) -> None:
        plain = self._server.contract.transport == "websocket"
        with suppress(ConnectionClosed):
            await (self._plain(socket) if plain else self._socketio(socket))

    async def _plain(self, socket: ServerConnection) -> None:
        async for message in socket:
            asked = json.loads(message)
            if "ackId" in asked:
                await socket.send(json.dumps({"ackId": asked["ackId"], "data": {"ok": True}}))
            await self._play(socket, asked["event"], asked["data"])

    async def _socketio(self, socket: ServerConnection) -> None:
        place = self._server.contract.namespace
        prefix = "" if place == "/" else f"{place},"
        await socket.send('0{"sid":"x","upgrades":[],"pingInterval":25000,"pingTimeout":20000}')
        await socket.recv()
        await socket.send(f'40{prefix}{{"sid":"y"}}')
        async for message in socket:
            if not isinstance(message, str) or not message.startswith("42"):
                continue
            asked = message[2:].removeprefix(prefix)
            number = asked[: asked.index("[")]
            event, payload = json.loads(asked[len(number) :])
            if number:
                await socket.send(f'43{prefix}{number}[{{"ok":true}}]')
            await self._play(socket, event, payload)

    async def _play(self, socket: ServerConnection, event: str, payload: Json) -> None:
        server = self._server
        first = 0
        if event == "resume":
            first = server.after(payload.get("lastSeq", -1))
        entry = server.begin()
        for frame in server.crossed or server.frames[first:]:
            if frame.wait_s:
                await asyncio.sleep(frame.wait_s)
            server.note(entry, frame)
            await socket.send(self._spelled(frame))
        server.end(entry)
        if server.abort:
            socket.transport.abort()

    def _spelled(self, frame: Frame) -> str:
        place = self._server.contract.namespace
        name = json.dumps(frame.event)
        if self._server.contract.transport == "websocket":
            return f'{{"event":{name},"data":{frame.body}}}'
        prefix = "" if place == "/" else f"{place},"
        return f"42{prefix}[{name},{frame.body}]"


def framed(wire: Sequence[tuple[str, Json]]) -> list[Frame]:
    return [Frame(event, payload) for event, payload in wire]


def replaced(frames: Sequence[Frame], place: int, **changes: Any) -> list[Frame]:
    return [
        replace(frame, **changes) if index == place else frame for index, frame in enumerate(frames)
    ]
