"""SocketIOWire: Socket.IO 5 over Engine.IO 4 over a WebSocket, one namespace, without I/O.

https://socket.io/docs/v4/socket-io-protocol/ · https://socket.io/docs/v4/engine-io-protocol/

Why by hand: docs/decisions/0017-by-hand-or-by-library.md.
"""

import re
from collections.abc import Callable, Mapping

import orjson

from tokentape.client.socket_events import (
    Ack,
    Event,
    Incoming,
    SocketClosed,
    SocketDenied,
    SocketOpened,
)
from tokentape.client.websocket_wire import WebSocketMessages
from tokentape.contract.contract import Json
from tokentape.contract.timeline import Malformed
from tokentape.json_depth import read_json

_OPEN, _CLOSE, _PING, _PONG, _MESSAGE = "0", "1", "2", "3", "4"
_CONNECT, _DISCONNECT, _EVENT, _ACK, _CONNECT_ERROR = "0", "1", "2", "3", "4"
_PACKET = re.compile(r"([0-4])(?:(/[^,]*),?)?([0-9]{0,15})(.*)", re.DOTALL)
_BINARY = ("5", "6")
"""Binary events, which no chat protocol here has."""


class SocketIOWire:
    """One connection to one namespace of the server at `url` (its root)."""

    def __init__(
        self,
        url: str,
        namespace: str,
        auth: Json,
        headers: Mapping[str, str] | None = None,
        query: str = "",
        path: str = "/socket.io/",
    ) -> None:
        path = f"{path}{'&' if '?' in path else '?'}EIO=4&transport=websocket"
        self._messages = WebSocketMessages(url, path, headers, query)
        self._namespace = namespace
        self._place = "" if namespace == "/" else f"{namespace},"
        self._auth = auth
        self.watch: Callable[[str | bytes], None] | None = None
        self._silence_s: float | None = None

    def outgoing(self) -> bytes:
        return self._messages.outgoing()

    def emit(self, event: str, payload: Json, number: int | None = None) -> None:
        told = [event] if payload is None else [event, payload]
        self._send(_EVENT, "" if number is None else str(number), orjson.dumps(told).decode())

    def leave(self) -> None:
        if self._messages.open:
            self._send(_DISCONNECT)
            self._messages.leave()

    def receive(self, received: bytes) -> list[Incoming]:
        found: list[Incoming] = []
        for one in self._messages.receive(received):
            if self.watch is not None and isinstance(one, str | bytes):
                self.watch(one)
            if isinstance(one, str):
                found += self._engine(one)
            elif not isinstance(one, bytes | SocketOpened):  # bytes are the attachments of packets
                found.append(one)
        return found

    def _engine(self, text: str) -> list[Incoming]:
        kind, rest = text[:1], text[1:]
        if kind == _MESSAGE:
            return packet_of(rest, self._namespace, self._silence_s)
        if kind == _PING:
            self._messages.send((_PONG + rest).encode())
        elif kind == _OPEN:
            self._silence_s = _announced_s(rest)
            self._send(
                _CONNECT, "", "" if self._auth is None else orjson.dumps(self._auth).decode()
            )
        elif kind == _CLOSE:
            return [SocketClosed("the server closed the session")]
        return []

    def _send(self, kind: str, number: str = "", told: str = "") -> None:
        self._messages.send(f"{_MESSAGE}{kind}{self._place}{number}{told}".encode())


def packet_of(text: str, namespace: str, silence_s: float | None = None) -> list[Incoming]:
    """A Socket.IO packet, read; nothing of one for another namespace. `silence_s` is the longest
    silence that the server announced."""
    if text[:1] in _BINARY:
        return []
    parts = _PACKET.fullmatch(text)
    if parts is None:
        return [Event("", Malformed(text, "not a Socket.IO packet"))]
    kind, place, number, rest = parts.groups()
    if (place or "/") != namespace:
        return []
    try:
        told = read_json(rest) if rest else None
    except ValueError as error:
        return [Event("", Malformed(text, f"not JSON: {error}"))]
    if kind == _CONNECT:
        return [SocketOpened(silence_s)]
    if kind == _CONNECT_ERROR:
        message = told.get("message") if isinstance(told, dict) else told
        return [SocketDenied(str(message or "refused"))]
    if kind == _DISCONNECT:
        return [SocketClosed("the server closed the namespace")]
    if not isinstance(told, list):
        return [Event("", Malformed(text, "a packet without a list"))]
    if kind == _ACK:
        return [Ack(int(number or -1), told[0] if told else None)]
    if not told or not isinstance(told[0], str):
        return [Event("", Malformed(text, "an event without a name"))]
    return [Event(told[0], told[1] if len(told) > 1 else None)]


def _announced_s(opening: str) -> float | None:
    """After so long without a ping the server is gone."""
    try:
        told = orjson.loads(opening)
        announced: float = (told["pingInterval"] + told["pingTimeout"]) / 1_000
    except (orjson.JSONDecodeError, KeyError, TypeError):
        return None
    return announced
