"""How the metronome's answers look on each transport. Bytes in, bytes out; no I/O."""

from collections.abc import Callable, Iterator
from typing import Protocol
from urllib.parse import parse_qs, urlsplit

import orjson
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol

from tokentape.contract.contract import Json
from tokentape_load.metronome.contract import NAMESPACE, STREAM
from tokentape_load.metronome.dialects_in_parts import BY_PATH, AnswerInParts

_OPENING = {"sid": "m", "upgrades": [], "pingInterval": 3_600_000, "pingTimeout": 3_600_000}
_EVENT = f"42{NAMESPACE},"


class Transport(Protocol):
    """The server's side of one connection."""

    @property
    def in_parts(self) -> bool:
        """Whether the answer to the latest question is told in parts."""
        ...

    def receive(self, received: bytes) -> Iterator[str]:
        """The questions in it."""
        ...

    def outgoing(self) -> bytes:
        """What is to be written now, beside answers."""
        ...

    def event(self, name: str, payload: Json) -> bytes: ...

    def end(self) -> bytes:
        """After the last event of an answer, also where the terminal one was left out."""
        ...


class SocketTransport:
    """Socket.IO or, without `socketio`, a plain WebSocket."""

    in_parts = False

    def __init__(self, *, socketio: bool) -> None:
        self._protocol = ServerProtocol()
        self._socketio = socketio

    def receive(self, received: bytes) -> Iterator[str]:
        self._protocol.receive_data(received)
        for one in self._protocol.events_received():
            if isinstance(one, Request):
                self._protocol.send_response(self._protocol.accept(one))
                if self._socketio:
                    self._protocol.send_text(f"0{orjson.dumps(_OPENING).decode()}".encode())
            elif isinstance(one, Frame) and one.opcode is Opcode.TEXT:
                yield from self._messages(bytes(one.data).decode())

    def _messages(self, text: str) -> Iterator[str]:
        if not self._socketio:
            frame = orjson.loads(text)
            if frame.get("event") == "ask":
                yield frame["data"]["message"]
        elif text.startswith("40"):
            self._protocol.send_text(f'40{NAMESPACE},{{"sid":"m"}}'.encode())
        elif text.startswith(_EVENT):
            yield orjson.loads(text[len(_EVENT) :])[1]["message"]

    def outgoing(self) -> bytes:
        return b"".join(self._protocol.data_to_send())

    def event(self, name: str, payload: Json) -> bytes:
        if self._socketio:
            self._protocol.send_text(_EVENT.encode() + orjson.dumps([name, payload]))
        else:
            self._protocol.send_text(orjson.dumps({"event": name, "data": payload}))
        return self.outgoing()

    def end(self) -> bytes:
        return b""


class HttpTransport:
    """SSE answers to POSTs, in the dialect of their path, and the journal to GETs, on a connection
    that is kept."""

    def __init__(self, look_up: Callable[[str], Json]) -> None:
        self._look_up = look_up
        self._read = b""
        self._out = b""
        self._answer_in_parts: AnswerInParts | None = None

    @property
    def in_parts(self) -> bool:
        return self._answer_in_parts is not None

    def receive(self, received: bytes) -> Iterator[str]:
        self._read += received
        while (request := self._request()) is not None:
            target, body = request
            if target == STREAM or target in BY_PATH:
                self._out += (
                    b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\n"
                    b"Transfer-Encoding: chunked\r\n\r\n"
                )
                yield self._question(target, orjson.loads(body))
            else:
                self._out += _whole(self._answer(target))

    def _question(self, target: str, request: Json) -> str:
        found = BY_PATH.get(target)
        self._answer_in_parts = found(request) if found else None
        if self._answer_in_parts:
            return self._answer_in_parts.message
        message: str = request["message"]
        return message

    def _answer(self, target: str) -> bytes:
        asked = parse_qs(urlsplit(target).query).get("contains", [""])[0]
        entry = self._look_up(asked)
        return orjson.dumps({"requests": [] if entry is None else [entry]})

    def _request(self) -> tuple[str, bytes] | None:
        head, found, rest = self._read.partition(b"\r\n\r\n")
        if not found:
            return None
        lines = head.decode("latin-1").split("\r\n")
        lengths = [line for line in lines if line.lower().startswith("content-length:")]
        length = int(lengths[0].partition(":")[2]) if lengths else 0
        if len(rest) < length:
            return None
        self._read = rest[length:]
        return lines[0].split(" ")[1], rest[:length]

    def outgoing(self) -> bytes:
        out, self._out = self._out, b""
        return out

    def event(self, _: str, payload: Json) -> bytes:
        run = payload["runId"].encode()
        if self._answer_in_parts:
            frames = list(self._answer_in_parts.frames(payload))
        else:
            frames = [(payload["seq"], orjson.dumps(payload))]
        told = b"".join(b"id: %s:%d\ndata: %s\n\n" % (run, *frame) for frame in frames)
        return b"%x\r\n%s\r\n" % (len(told), told)

    def end(self) -> bytes:
        return b"0\r\n\r\n"


def _whole(body: bytes) -> bytes:
    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    return head % len(body) + body
