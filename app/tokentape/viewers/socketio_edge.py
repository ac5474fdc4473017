"""Socket.IO's edge: brings python-socketio's connections and events to `Sockets`.

Nothing else touches the server object.
"""

import asyncio
from collections.abc import Sequence
from typing import Any

import socketio
from engineio import packet as engine
from engineio.exceptions import SocketIsClosedError
from socketio.exceptions import ConnectionRefusedError as Unwelcome

from tokentape.errors import CallerFault
from tokentape.viewers.connection import Gone
from tokentape.viewers.engine_clock import keep_time_monotonic
from tokentape.viewers.engine_payload import read_whole_payloads
from tokentape.viewers.event_table import Answer
from tokentape.viewers.packet_guard import NUMBER
from tokentape.viewers.sockets import Sockets


class EngineLink:
    """Engine.IO's queue of one client, and its socket."""

    transport = "socketio"

    def __init__(self, server: socketio.AsyncServer, transport_id: str) -> None:
        self._engine = server.eio
        self._id = transport_id

    @property
    def waiting(self) -> int:
        socket = self._engine.sockets.get(self._id)
        return socket.queue.qsize() if socket else 0

    async def write(self, packets: Sequence[engine.Packet]) -> None:
        try:
            socket = self._engine._get_socket(self._id)
            if packets:
                # Looks whether the client is still there: once is enough for all of them.
                await socket.send(packets[0])
            if len(packets) > 1 and socket.closed:
                raise Gone
            for packet in packets[1:]:
                socket.queue.put_nowait(packet)
        except (KeyError, SocketIsClosedError):
            raise Gone from None

    def send(self, packet: engine.Packet) -> None:
        socket = self._engine.sockets.get(self._id)
        if socket and not socket.closed:
            socket.queue.put_nowait(packet)

    async def drain(self) -> None:
        socket = self._engine.sockets.get(self._id)
        if socket:
            await socket.queue.join()

    def cut(self) -> None:
        """A client that takes nothing. Its engine must not wait for the queue to be taken, as its
        own `disconnect` does; a stuck WebSocket is cut by `Patience`."""
        socket = self._engine.sockets.get(self._id)
        if socket:
            closing = asyncio.ensure_future(socket.close(wait=False))
            closing.add_done_callback(lambda done: done.cancelled() or done.exception())


def attach(server: socketio.AsyncServer, sockets: Sockets) -> None:
    """Let Socket.IO's clients into every namespace that the dialects have opened."""
    keep_time_monotonic()
    read_whole_payloads()
    for namespace in sockets.table.namespaces:
        _attach(server, sockets, namespace)


def _attach(server: socketio.AsyncServer, sockets: Sockets, namespace: str) -> None:
    async def connect(sid: str, environ: dict[str, Any], auth: object = None) -> None:
        link = EngineLink(server, server.manager.eio_sid_from_sid(sid, namespace))
        try:
            connection = sockets.connections.connect(
                namespace, sid, link, environ["asgi.scope"], auth
            )
        except CallerFault as fault:
            reason = "unauthorized" if fault.code == "UNAUTHORIZED" else fault.message
            raise Unwelcome(reason) from None
        # What is said now would stand before the packet that tells the client it is connected.
        asyncio.get_running_loop().call_soon(sockets.connections.greet, connection)

    async def disconnect(sid: str, _reason: object = None) -> None:
        connection = sockets.connections.find(namespace, sid)
        if connection:
            sockets.connections.disconnect(connection)

    async def handle(event: str, sid: str, *arguments: Any) -> Answer:
        connection = sockets.connections.find(namespace, sid)
        if connection is None:
            return None
        return await sockets.dispatcher.handle(connection, event, arguments, NUMBER.get())

    server.on("connect", connect, namespace=namespace)
    server.on("disconnect", disconnect, namespace=namespace)
    server.on("*", handle, namespace=namespace)
