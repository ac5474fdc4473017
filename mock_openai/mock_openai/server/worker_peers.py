"""The workers of one mock, among themselves: each keeps the evidence of what it played, and who
is asked for evidence asks the others too, on a socket file that only this mock's user can open."""

import asyncio
import os
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import orjson
from starlette.types import ASGIApp, Message, Scope

LONGEST = 1 << 26  # bytes of a question; an answer ends with its connection
PATIENCE_S = 60.0


class HttpRequest(NamedTuple):
    """An HTTP request, as data."""

    method: str
    path: str
    query: str
    headers: list[tuple[str, str]]
    body: str


class HttpResponse(NamedTuple):
    """The answer to one; `kind` is its content type."""

    status: int
    kind: str
    body: bytes


class Peers:
    """This worker's socket, and the others that are found in the folder."""

    def __init__(self, folder: Path, app: ASGIApp, state: dict[str, Any]) -> None:
        self._folder = folder
        self._own = folder / f"{os.getpid()}.sock"
        self._app = app
        self._state = state
        self._server: asyncio.Server | None = None

    async def open(self) -> None:
        """Listens to the other workers."""
        self._server = await asyncio.start_unix_server(
            self._on_connection, self._own, limit=LONGEST
        )

    async def close(self) -> None:
        """Is heard of no more."""
        if self._server is not None:
            self._server.close()
        self._own.unlink(missing_ok=True)

    async def own(self, request: HttpRequest, client: tuple[str, int] | None) -> HttpResponse:
        """What this worker alone says."""
        return await _answer(self._app, {**self._state, "alone": True}, request, client)

    async def others(self, request: HttpRequest) -> list[HttpResponse]:
        """What all the other workers say, of those that live."""
        sockets = [path for path in sorted(self._folder.glob("*.sock")) if path != self._own]
        answers = await asyncio.gather(*(self._call(path, request) for path in sockets))
        return [answer for answer in answers if answer is not None]

    async def _call(self, path: Path, request: HttpRequest) -> HttpResponse | None:
        try:
            async with asyncio.timeout(PATIENCE_S):
                reader, writer = await asyncio.open_unix_connection(path)
                writer.write(orjson.dumps(list(request)) + b"\n")
                answer = await reader.read()
                writer.close()
        except (OSError, TimeoutError):
            return None  # it has died, and its evidence with it
        head, _, body = answer.partition(b"\n")
        if not head:
            return None
        status, kind = orjson.loads(head)
        return HttpResponse(status, kind, body)

    async def _on_connection(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        with suppress(ConnectionError, ValueError):
            method, path, query, headers, body = orjson.loads(await reader.readline())
            pairs = [(name, value) for name, value in headers]
            answer = await self.own(HttpRequest(method, path, query, pairs, body), ("127.0.0.1", 0))
            writer.write(orjson.dumps([answer.status, answer.kind]) + b"\n" + answer.body)
            await writer.drain()
        writer.close()


async def _answer(
    app: ASGIApp, state: dict[str, Any], request: HttpRequest, client: tuple[str, int] | None
) -> HttpResponse:
    """Asks an ASGI application in this process."""
    scope: Scope = {
        "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "scheme": "http",
        "method": request.method, "path": request.path, "raw_path": request.path.encode(),
        "query_string": request.query.encode("latin-1"), "root_path": "", "client": client,
        "server": None, "state": state,
        "headers": [(n.encode("latin-1"), v.encode("latin-1")) for n, v in request.headers],
    }  # fmt: skip
    status, kind, parts = 500, "", []

    async def receive() -> Message:
        return {"type": "http.request", "body": request.body.encode("latin-1"), "more_body": False}

    async def send(message: Message) -> None:
        nonlocal status, kind
        if message["type"] == "http.response.start":
            status = message["status"]
            kind = dict(message["headers"]).get(b"content-type", b"").decode("latin-1")
        else:
            parts.append(message.get("body", b""))

    await app(scope, receive, send)
    return HttpResponse(status, kind, b"".join(parts))
