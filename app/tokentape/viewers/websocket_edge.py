"""The plain WebSocket's edge: text frames `{"event", "data", "ackId"?}` to `Sockets` and back."""

import asyncio
import logging
from collections.abc import Sequence
from contextlib import suppress
from typing import Any
from uuid import uuid4

from fastapi import FastAPI
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from tokentape.access.origins import may_call
from tokentape.errors import CallerFault
from tokentape.json_depth import TooDeep, read_json
from tokentape.settings import Settings
from tokentape.viewers.connection import Connection, Gone
from tokentape.viewers.packet_guard import ACTING_MAX, BINARY_SENT, PROBLEMS, TOO_LONG
from tokentape.viewers.packets import answer_frame
from tokentape.viewers.send_timeout import ABORT
from tokentape.viewers.sockets import Sockets

log = logging.getLogger("tokentape.sockets")

AUTH = "auth"
"""The event that says who one is; only as the first frame."""
NO_FRAME = 'A frame is {"event", "data", "ackId"?} as JSON text.'
POLICY = 1008
"""The close code of who is refused."""


class WebSocketLink:
    """A queue of frames, and the one task that writes them."""

    transport = "websocket"

    def __init__(self, websocket: WebSocket) -> None:
        self._websocket = websocket
        self._queue: asyncio.Queue[str] = asyncio.Queue()
        self._writer = asyncio.create_task(self._write())
        self._gone = False

    @property
    def waiting(self) -> int:
        return self._queue.qsize()

    async def write(self, packets: Sequence[str]) -> None:
        if self._gone:
            raise Gone
        for packet in packets:
            self._queue.put_nowait(packet)

    def send(self, packet: str) -> None:
        if not self._gone:
            self._queue.put_nowait(packet)

    async def drain(self) -> None:
        await self._queue.join()

    def cut(self) -> None:
        abort = (self._websocket.scope.get("extensions") or {}).get(ABORT)
        self.close()
        if abort:
            abort()

    def close(self) -> None:
        """Write no more."""
        self._gone = True
        self._writer.cancel()
        self._forget()

    def _forget(self) -> None:
        """Nobody shall wait for what will not be written."""
        while not self._queue.empty():
            self._queue.get_nowait()
            self._queue.task_done()

    async def _write(self) -> None:
        # Starlette and the socket say each in their way that the client has gone; its reader hears
        # of it too.
        with suppress(RuntimeError, OSError, WebSocketDisconnect):
            while True:
                frame = await self._queue.get()
                try:
                    await self._websocket.send_text(frame)
                finally:
                    self._queue.task_done()
        self._gone = True
        self._forget()


def open_websockets(sockets: Sockets, api: FastAPI, settings: Settings, namespace: str) -> None:
    """Let plain WebSockets into a namespace, at the path of its name."""

    async def serve(websocket: WebSocket) -> None:
        headers = websocket.headers
        if not may_call(headers.get("origin"), headers.get("host"), settings):
            await websocket.close(POLICY)  # before it is accepted: 403
            return
        await websocket.accept()
        link = WebSocketLink(websocket)
        connection = sockets.connections.connect(
            namespace, str(uuid4()), link, websocket.scope, None
        )
        acting: set[asyncio.Task[None]] = set()
        try:
            sockets.connections.greet(connection)
            await _listen(sockets, connection, link, websocket, settings, acting)
        finally:
            sockets.connections.disconnect(connection)
            link.close()
            if acting:
                await asyncio.wait(acting)  # what it asked for begins all the same

    api.add_api_websocket_route(namespace, serve)


async def _listen(
    sockets: Sockets,
    connection: Connection,
    link: WebSocketLink,
    websocket: WebSocket,
    settings: Settings,
    acting: set[asyncio.Task[None]],
) -> None:
    first = True

    async def act(event: str, data: Any, number: Any) -> None:
        _acknowledge(link, number, await sockets.dispatcher.handle(connection, event, [data]))

    async def next_message() -> Any:
        if link.waiting >= settings.room_queue_max:
            # Who reads no answers, nor what is wrong, is not read from: else they would pile up.
            await link.drain()
        return await websocket.receive()

    while (message := await next_message())["type"] == "websocket.receive":
        try:
            event, data, number = read_frame(message.get("text"), settings.max_body_bytes)
        except CallerFault as fault:
            sockets.dispatcher.refuse(connection, fault)
            first = False
            continue
        if event == AUTH and first:
            try:
                sockets.connections.introduce(connection, data)
            except CallerFault as fault:
                answer = sockets.dispatcher.refuse(connection, fault)
                _acknowledge(link, number, answer)
                with suppress(TimeoutError):
                    async with asyncio.timeout(1):
                        await link.drain()
                if websocket.application_state is WebSocketState.CONNECTED:
                    await websocket.close(POLICY, fault.code.lower())
                return
            _acknowledge(link, number, {"ok": True, "userId": connection.user})
        elif event == AUTH:
            late = CallerFault("BAD_REQUEST", "`auth` must be the first frame.")
            _acknowledge(link, number, sockets.dispatcher.refuse(connection, late))
        else:
            # Each on its own, begun in the order they came: a stop must not wait for its start.
            task = asyncio.create_task(act(event, data, number))
            acting.add(task)
            task.add_done_callback(acting.discard)
            if len(acting) >= ACTING_MAX:
                await asyncio.wait(acting, return_when=asyncio.FIRST_COMPLETED)
        first = False


def read_frame(text: str | None, max_bytes: int) -> tuple[str, Any, Any]:
    """Event, data and `ackId` of a frame; the data of one that is too long stands for that.

    Raises BAD_REQUEST. Pure.
    """
    if text is None:
        raise CallerFault("BAD_REQUEST", PROBLEMS[BINARY_SENT])
    try:
        frame = read_json(text)
    except TooDeep as error:
        raise CallerFault("BAD_REQUEST", str(error)) from None
    except ValueError:
        raise CallerFault("BAD_REQUEST", NO_FRAME) from None
    if not isinstance(frame, dict) or not isinstance(frame.get("event"), str):
        raise CallerFault("BAD_REQUEST", NO_FRAME)
    number = frame.get("ackId")
    if isinstance(number, bool) or not isinstance(number, int | str | None):
        raise CallerFault("BAD_REQUEST", "`ackId`: must be a number or a string", field="ackId")
    if len(text) > max_bytes or (len(text) * 4 > max_bytes and len(text.encode()) > max_bytes):
        return frame["event"], TOO_LONG, number
    return frame["event"], frame.get("data"), number


def _acknowledge(link: WebSocketLink, number: Any, answer: Any) -> None:
    if number is not None:
        link.send(answer_frame(number, answer))
