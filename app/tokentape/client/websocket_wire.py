"""WebSocketWire: events as text frames `{"event", "data", "ackId"?}` on a plain WebSocket.

Without I/O. Also the ground on which `SocketIOWire` stands: a WebSocket that gives its messages.
"""

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

import orjson
from websockets.client import ClientProtocol
from websockets.exceptions import InvalidStatus
from websockets.frames import Frame, Opcode
from websockets.http11 import Response
from websockets.protocol import State
from websockets.uri import parse_uri

from tokentape.client.failures import RETRIED
from tokentape.client.socket_events import (
    Ack,
    Event,
    Incoming,
    SocketClosed,
    SocketDenied,
    SocketOpened,
)
from tokentape.contract.contract import Json
from tokentape.contract.timeline import Malformed
from tokentape.json_depth import read_json

_LARGEST_BYTES = 2**24
_SHOWN_BYTES = 400
"""Of a binary frame."""
_SCHEMES = {"http": "ws", "https": "wss", "ws": "ws", "wss": "wss"}


class WebSocketMessages:
    """The client's side of a WebSocket: whole text messages out of bytes."""

    def __init__(
        self, url: str, path: str, headers: Mapping[str, str] | None = None, query: str = ""
    ) -> None:
        root = urlsplit(url)
        uri = f"{_SCHEMES[root.scheme]}://{root.netloc}{root.path.rstrip('/')}{path}"
        if query:
            uri += f"{'&' if '?' in path else '?'}{query}"
        self._protocol = ClientProtocol(parse_uri(uri), max_size=_LARGEST_BYTES)
        asked = self._protocol.connect()
        for name, value in (headers or {}).items():
            if name in asked.headers:
                del asked.headers[name]  # they would be sent both
            asked.headers[name] = value
        self._protocol.send_request(asked)
        self._parts: list[bytes] = []
        self._opcode = Opcode.TEXT
        """Of the message that the parts are of."""

    def outgoing(self) -> bytes:
        """What has to be written now."""
        return b"".join(self._protocol.data_to_send())

    def send(self, text: bytes) -> None:
        """A text message; nothing on a connection that is not open."""
        # One read may bring a question and the end: then there is nobody left to answer.
        if self.open:
            self._protocol.send_text(text)

    @property
    def open(self) -> bool:
        """Whether the handshake is over and no close has begun."""
        return self._protocol.state is State.OPEN

    def leave(self) -> None:
        """Begin to close, with 1000."""
        if self.open:
            self._protocol.send_close(1000)

    def receive(self, received: bytes) -> list[str | bytes | Incoming]:
        """Messages as text or, binary ones, as bytes; the opening as `SocketOpened`, the end as
        `SocketDenied` or `SocketClosed`."""
        if received:
            self._protocol.receive_data(received)
        else:
            self._protocol.receive_eof()
        found: list[str | bytes | Incoming] = []
        for one in self._protocol.events_received():
            if isinstance(one, Frame):
                found += self._frame(one)
            elif isinstance(one, Response) and self._protocol.handshake_exc is None:
                found.append(SocketOpened())
        if (refusal := self._protocol.handshake_exc) is not None:
            found.append(_denial(refusal))
        elif self._protocol.parser_exc is not None:
            found.append(SocketClosed(f"broken WebSocket frame: {self._protocol.parser_exc}"))
        elif not received:
            found.append(SocketClosed("the connection was closed"))
        return found

    def _frame(self, frame: Frame) -> list[str | bytes | Incoming]:
        if frame.opcode is Opcode.CLOSE:
            close = self._protocol.close_rcvd  # `close_code` waits for the connection's own end
            code, reason = (close.code, close.reason) if close is not None else (_NO_CODE, "")
            said = f" with {code}{f': {reason}' if reason else ''}" if code != _NO_CODE else ""
            return [SocketClosed(f"the server closed the WebSocket{said}")]
        if frame.opcode not in (Opcode.TEXT, Opcode.BINARY, Opcode.CONT):
            return []
        if frame.opcode is not Opcode.CONT:
            self._opcode = frame.opcode
        self._parts.append(bytes(frame.data))
        if not frame.fin:
            return []
        message = b"".join(self._parts)
        self._parts.clear()
        if self._opcode is not Opcode.TEXT:
            return [message]
        try:
            return [message.decode()]
        except UnicodeDecodeError:
            shown = message[:_SHOWN_BYTES].decode("utf-8", "replace")
            return [
                Event("", Malformed(shown, "not UTF-8: bytes that are no character", "not UTF-8"))
            ]


def _denial(refusal: Exception) -> SocketDenied:
    if isinstance(refusal, InvalidStatus):
        status = refusal.response.status_code
        body = bytes(refusal.response.body or b"")[:200].decode("utf-8", "replace").strip()
        message = f"HTTP {status} instead of a WebSocket{f': {body}' if body else ''}"
        return SocketDenied(message, final=400 <= status < 500 and status not in RETRIED)
    return SocketDenied(f"no WebSocket: {refusal}", final=False)


_NO_CODE = 1005
"""What stands for a close frame that is empty (RFC 6455, 7.4.1)."""


class WebSocketWire:
    """`auth`, where there is any, is the first frame."""

    def __init__(
        self,
        url: str,
        path: str,
        auth: Json,
        headers: Mapping[str, str] | None = None,
        query: str = "",
    ) -> None:
        self._messages = WebSocketMessages(url, path, headers, query)
        self._auth = auth
        self.watch: Callable[[str | bytes], None] | None = None

    def outgoing(self) -> bytes:
        return self._messages.outgoing()

    def emit(self, event: str, payload: Json, number: int | None = None) -> None:
        frame = {"event": event, "data": payload}
        if number is not None:
            frame["ackId"] = number
        self._messages.send(orjson.dumps(frame))

    def leave(self) -> None:
        self._messages.leave()

    def receive(self, received: bytes) -> list[Incoming]:
        found: list[Incoming] = []
        for one in self._messages.receive(received):
            if self.watch is not None and isinstance(one, str | bytes):
                self.watch(one)
            if isinstance(one, str):
                found.append(frame_of(one))
                continue
            if isinstance(one, bytes):
                begun = one[:_SHOWN_BYTES].decode("utf-8", "replace")
                found.append(Event("", Malformed(begun, "a binary frame, where text is due")))
                continue
            if isinstance(one, SocketOpened) and self._auth:
                self.emit("auth", self._auth)
            found.append(one)
        return found


def frame_of(text: str) -> Incoming:
    """A text frame, read."""
    try:
        frame = read_json(text)
    except ValueError as error:
        return Event("", Malformed(text, f"not JSON: {error}"))
    if isinstance(frame, dict):
        if isinstance(frame.get("event"), str):
            return Event(frame["event"], frame.get("data"))
        if isinstance(frame.get("ackId"), int):
            return Ack(frame["ackId"], frame.get("data"))
    return Event("", Malformed(text, 'a frame is {"event", "data"}, this is not'))
