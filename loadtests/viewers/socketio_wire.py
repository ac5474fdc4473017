"""Socket.IO over a WebSocket as a protocol without I/O: bytes in and out, events between.

Engine.IO's framing is one character; packets are python-socketio's, frames are websockets'. Its
ready-made client costs three times the CPU and stamps messages in a greenlet each.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import urlsplit

from socketio.packet import CONNECT, CONNECT_ERROR, DISCONNECT, EVENT, Packet
from websockets.client import ClientProtocol
from websockets.frames import Frame, Opcode
from websockets.uri import parse_uri

from app.contract.contract import Json
from app.contract.timeline import Malformed

_OPEN, _CLOSE, _PING, _PONG, _MESSAGE = "0", "1", "2", "3", "4"
_LARGEST_BYTES = 2**24
_SCHEMES = {"http": "ws", "https": "wss"}


@dataclass(frozen=True, slots=True)
class Connected:
    """The namespace is open."""


@dataclass(frozen=True, slots=True)
class Refused:
    message: str


@dataclass(frozen=True, slots=True)
class Lost:
    reason: str


@dataclass(frozen=True, slots=True)
class Event:
    name: str
    payload: Json


Incoming: TypeAlias = Connected | Refused | Lost | Event


class SocketIOWire:
    """One connection to one namespace of the server at `url` (its root)."""

    def __init__(self, url: str, namespace: str, auth: Json) -> None:
        root = urlsplit(url)
        path = "/socket.io/?EIO=4&transport=websocket"
        uri = f"{_SCHEMES[root.scheme]}://{root.netloc}{root.path.rstrip('/')}{path}"
        self._namespace = namespace
        self._auth = auth
        self._websocket = ClientProtocol(parse_uri(uri), max_size=_LARGEST_BYTES)
        self._websocket.send_request(self._websocket.connect())
        self._parts: list[bytes] = []

    def outgoing(self) -> bytes:
        """What has to be written now."""
        return b"".join(self._websocket.data_to_send())

    def emit(self, event: str, payload: Json) -> None:
        data = [event] if payload is None else [event, payload]
        self._send(Packet(EVENT, data, self._namespace))

    def leave(self) -> None:
        self._send(Packet(DISCONNECT, namespace=self._namespace))
        self._websocket.send_close(1000)

    def receive(self, received: bytes) -> Iterator[Incoming]:
        """What the bytes of one read complete; of no bytes: the connection's end."""
        if received:
            self._websocket.receive_data(received)
        else:
            self._websocket.receive_eof()
        for frame in self._websocket.events_received():
            if isinstance(frame, Frame):
                yield from self._frame(frame)
        if self._websocket.handshake_exc is not None:
            yield Lost(f"no WebSocket: {self._websocket.handshake_exc}")
        elif not received:
            yield Lost("the connection was closed")

    def _frame(self, frame: Frame) -> Iterator[Incoming]:
        if frame.opcode is Opcode.CLOSE:
            yield Lost("the server closed the WebSocket")
        if frame.opcode not in (Opcode.TEXT, Opcode.CONT):
            return
        self._parts.append(bytes(frame.data))
        if frame.fin:
            text = b"".join(self._parts).decode("utf-8", "replace")
            self._parts.clear()
            yield from self._engine(text)

    def _engine(self, text: str) -> Iterator[Incoming]:
        kind, rest = text[:1], text[1:]
        if kind == _MESSAGE:
            yield from self._packet(rest)
        elif kind == _PING:
            self._websocket.send_text((_PONG + rest).encode())
        elif kind == _OPEN:
            self._send(Packet(CONNECT, self._auth, self._namespace))
        elif kind == _CLOSE:
            yield Lost("the server closed the session")

    def _packet(self, text: str) -> Iterator[Incoming]:
        try:
            packet = Packet(encoded_packet=text)
        except ValueError as error:
            yield Event("", Malformed(text, f"not a Socket.IO packet: {error}"))
            return
        if (packet.namespace or "/") != self._namespace:
            return
        if packet.packet_type == CONNECT:
            yield Connected()
        elif packet.packet_type == CONNECT_ERROR:
            message = packet.data.get("message") if isinstance(packet.data, dict) else packet.data
            yield Refused(str(message))
        elif packet.packet_type == DISCONNECT:
            yield Lost("the server closed the namespace")
        elif packet.packet_type == EVENT:
            yield self._event(text, packet.data)

    def _event(self, text: str, data: Json) -> Event:
        if not isinstance(data, list) or not data or not isinstance(data[0], str):
            return Event("", Malformed(text, "an event without a name"))
        return Event(data[0], data[1] if len(data) > 1 else None)

    def _send(self, packet: Packet) -> None:
        self._websocket.send_text((_MESSAGE + packet.encode()).encode())
