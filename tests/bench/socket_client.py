"""A lean Socket.IO client over a raw WebSocket: it answers what it must and counts the rest."""

import asyncio
import json
import os
import struct
from collections.abc import Callable
from typing import cast
from urllib.parse import urlsplit

HANDSHAKE = (
    "GET /socket.io/?EIO=4&transport=websocket HTTP/1.1\r\nHost: localhost\r\n"
    "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
    "Sec-WebSocket-Version: 13\r\n\r\n"
)
Heard = Callable[[bytes], object]
"""Is given each Socket.IO event's text after its packet type: `/ai,["chat:message",{…}]`."""


class SocketReader(asyncio.Protocol):
    def __init__(self, namespace: str, heard: Heard) -> None:
        self._connect = "40" if namespace == "/" else f"40{namespace},"
        self._heard = heard
        self._rest = b""
        self._begun = False
        loop = asyncio.get_running_loop()
        self.joined: asyncio.Future[None] = loop.create_future()
        self.lost: asyncio.Future[None] = loop.create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast(asyncio.Transport, transport)
        self.transport.write(HANDSHAKE.encode())

    def connection_lost(self, _error: Exception | None) -> None:
        for waited in (self.lost, self.joined):
            if not waited.done():
                waited.set_result(None)

    def data_received(self, data: bytes) -> None:
        data = self._rest + data
        at, size = 0, len(data)
        if not self._begun:
            end = data.find(b"\r\n\r\n")
            if end < 0:
                self._rest = data
                return
            self._begun, at = True, end + 4
            if not data.startswith(b"HTTP/1.1 101"):
                refusal = data.partition(b"\r\n")[0].decode()
                self.joined.set_exception(ConnectionError(f"the server refused: {refusal}"))
                return
        while at + 2 <= size:
            length, start = data[at + 1], at + 2
            if length == 126:
                if start + 2 > size:
                    break
                length, start = int.from_bytes(data[start : start + 2], "big"), start + 2
            elif length == 127:
                if start + 8 > size:
                    break
                length, start = int.from_bytes(data[start : start + 8], "big"), start + 8
            if start + length > size:
                break
            at = start + length
            self._packet(data[start:at])
        self._rest = data[at:]

    def _packet(self, packet: bytes) -> None:
        kind = packet[:2]
        if kind == b"42" or kind == b"43":
            self._heard(packet[2:])
        elif kind[:1] == b"2":
            self.send("3")
        elif kind == b"0{":
            self.send(self._connect)
        elif kind == b"40" and not self.joined.done():
            self.joined.set_result(None)

    def send(self, text: str) -> None:
        """One masked text frame."""
        data, mask = text.encode(), os.urandom(4)
        size = len(data)
        head = bytes((0x81, 0x80 | size)) if size < 126 else b"\x81\xfe" + struct.pack("!H", size)
        masked = bytes(byte ^ mask[n % 4] for n, byte in enumerate(data))
        self.transport.write(head + mask + masked)

    def emit(self, namespace: str, event: str, payload: object, ack: str = "") -> None:
        place = "" if namespace == "/" else f"{namespace},"
        self.send(f"42{place}{ack}{json.dumps([event, payload])}")


async def socket_of(url: str, namespace: str, heard: Heard) -> SocketReader:
    parts = urlsplit(url)
    loop = asyncio.get_running_loop()
    _, reader = await loop.create_connection(
        lambda: SocketReader(namespace, heard), parts.hostname or "", parts.port or 80
    )
    await reader.joined
    return reader
