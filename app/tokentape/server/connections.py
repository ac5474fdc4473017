"""uvicorn's connections as we want them: they can be cut, requests come whole and soon, and there
are so many at once.

https://www.rfc-editor.org/rfc/rfc9110#section-15.5.9 and
https://www.rfc-editor.org/rfc/rfc6585#section-5 are the refusals; who speaks HTTP/1.0 knows no
chunks (https://www.rfc-editor.org/rfc/rfc9112#section-6.1-16).

Why by hand: docs/decisions/0017-by-hand-or-by-library.md.
"""

import asyncio
import logging
from typing import Any

import orjson
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle
from uvicorn.protocols.websockets.websockets_sansio_impl import WebSocketsSansIOProtocol
from websockets.server import ServerProtocol

from tokentape.runs.runs import RETRY_S
from tokentape.server.websocket_compression import LongMessages
from tokentape.settings import Settings
from tokentape.viewers.send_timeout import ABORT, CLOSE

HEAD_MAX_BYTES = 65_536
"""What a request's head may weigh, but for what one read of the socket brings along."""

BESIDE_MAX_BYTES = 262_144 + HEAD_MAX_BYTES
"""What a body may have around it in a row, such as trailers: more than one read of the socket,
which may bring the whole of a long head too."""

PROGRESS_BYTES = 1_000_000
"""What a long body must bring in each REQUEST_TIMEOUT_S to be waited for still."""


REASONS = {
    408: b"Request Timeout",
    431: b"Request Header Fields Too Large",
    503: b"Service Unavailable",
}


class CutHttp(HttpToolsProtocol):
    """Offers the ASGI extension that `tokentape.viewers.send_timeout` cuts connections with."""

    def __init__(self, config: Any, *given: Any, **more: Any) -> None:
        super().__init__(config, *given, **more)
        self._settings: Settings = config.app.core.settings
        self._arriving: asyncio.TimerHandle | None = None
        self._head_bytes: int | None = 0  # None once it has come whole
        self._beside_bytes = 0  # of what is no body, since the last byte of one
        self._body_bytes = 0

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        super().connection_made(transport)
        if len(self.connections) > self._settings.connections_max:
            self._refuse(503, "RATE_LIMIT", "The server has as many connections as it takes.")
        else:
            self._await_request()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if self._arriving is None:
            self._await_request()
            self._head_bytes = 0
        self._beside_bytes += len(data)
        super().data_received(data)
        if self._head_bytes is not None:
            self._head_bytes += len(data)
            if self._head_bytes > HEAD_MAX_BYTES:
                self._refuse(431, "BAD_REQUEST", f"The head is over {HEAD_MAX_BYTES} bytes.")
        elif self._beside_bytes > BESIDE_MAX_BYTES and self._arriving is not None:
            # Trailers are stored as headers are, and one without an end is put together anew with
            # each read.
            self._refuse(431, "BAD_REQUEST", f"The trailers are over {BESIDE_MAX_BYTES} bytes.")

    def on_message_begin(self) -> None:
        super().on_message_begin()
        cuts = {ABORT: self.transport.abort, CLOSE: self.transport.close}
        self.scope["extensions"] = cuts  # type: ignore[typeddict-item]  # ours

    def on_headers_complete(self) -> None:
        self._head_bytes = None
        super().on_headers_complete()
        if self.scope["http_version"] == "1.0" and self.cycle is not None:
            _unframe(self.cycle)

    def on_body(self, body: bytes) -> None:
        self._body_bytes += len(body)
        self._beside_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        self._beside_bytes = 0
        self._stop_waiting()
        super().on_message_complete()

    def handle_websocket_upgrade(self) -> None:
        self._stop_waiting()
        super().handle_websocket_upgrade()

    def _await_request(self) -> None:
        self._body_bytes = 0
        self._arriving = self.loop.call_later(self._settings.request_timeout_s, self._late)

    def _stop_waiting(self) -> None:
        if self._arriving:
            self._arriving.cancel()
            self._arriving = None

    def _late(self) -> None:
        self._arriving = None
        if self._answering and self._body_bytes >= PROGRESS_BYTES:
            self._await_request()
        elif self.pipeline or (self._answering and not self.cycle.more_body):
            self._await_request()  # it is not read while an earlier one is answered
        elif self._head_bytes == 0 or (self._head_bytes is None and not self._answering):
            self.transport.close()  # nothing was asked, or it has been answered already
        else:
            wait_s = self._settings.request_timeout_s
            self._refuse(408, "BAD_REQUEST", f"The request did not come whole in {wait_s:g} s.")

    @property
    def _answering(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    def _refuse(self, status: int, code: str, message: str) -> None:
        """Say why, unless another answer has begun, and close."""
        self._stop_waiting()
        if self.transport.is_closing():
            return
        if not (self._answering and self.cycle.response_started):
            body = orjson.dumps({"error": {"code": code, "message": message}})
            again = b"retry-after: %d\r\n" % RETRY_S if status == 503 else b""
            self.transport.write(
                b"HTTP/1.1 %d %s\r\n%scontent-type: application/json\r\n"
                b"content-length: %d\r\nconnection: close\r\n\r\n%s"
                % (status, REASONS[status], again, len(body), body)
            )
        self.transport.close()


def _unframe(cycle: RequestResponseCycle) -> None:
    """Let the end of the connection be the end of an answer whose length is not known, where
    uvicorn would send chunks."""
    send, unknown = cycle.send, False

    async def plainly(message: Any) -> None:
        nonlocal unknown
        if message["type"] == "http.response.start":
            names = (name.lower() for name, _ in message.get("headers", ()))
            unknown = b"content-length" not in names
            if unknown:
                cycle.chunked_encoding = False
        elif unknown:
            cycle.expected_content_length = len(message.get("body", b""))  # whatever comes is right
        await send(message)

    cycle.send = plainly  # type: ignore[method-assign]


class CutWebSocket(WebSocketsSansIOProtocol):
    """Offers the same extension for WebSockets, and compresses long messages."""

    def __init__(self, config: Any, *given: Any, **more: Any) -> None:
        super().__init__(config, *given, **more)
        least = config.app.core.settings.websocket_compress_bytes
        if least:
            self.conn = ServerProtocol(
                extensions=[LongMessages(least)],
                max_size=config.ws_max_size,
                logger=logging.getLogger("uvicorn.error"),
            )

    def handle_connect(self, event: Any) -> None:
        super().handle_connect(event)
        if hasattr(self, "scope"):
            extensions: dict[str, Any] = {**self.scope.get("extensions", {})}
            extensions[ABORT] = self.transport.abort
            self.scope["extensions"] = extensions
