"""Socket.IO packets as they come in: what python-socketio can't read, or would take for its own, is
turned into an event that our own doors refuse, so that the client hears of it and stays connected.
"""

import asyncio
import re
from contextlib import suppress
from contextvars import ContextVar
from functools import partial
from typing import Any

import socketio
from socketio.packet import Packet

from tokentape.json_depth import TooDeep

PLACE = re.compile(r"[25](?:\d{1,9}-)?(?:(/[^,\[{]*),)?(\d{0,15})")
NAME = re.compile(r'\["((?:[^"\\]|\\.){1,200})"')
RESERVED = frozenset({"connect", "disconnect", "connect_error", "__disconnect_final", "*"})
EVENT, BINARY, OTHERS = "2", ("5", "6"), ("0", "1", "3")

TOO_LONG, UNREADABLE, BINARY_SENT = "\x00too long", "\x00unreadable", "\x00binary"
TOO_DEEP = "\x00too deep"
PROBLEMS = {
    TOO_LONG: "The payload has too many bytes.",
    UNREADABLE: "The payload is not JSON.",
    TOO_DEEP: str(TooDeep()),
    BINARY_SENT: "Binary payloads are not understood here.",
}
"""Payloads that stand for one that could not be read, with what is told to the client."""
NO_OBJECT = "The payload must be one object."
ESCAPED = {problem: problem.replace("\x00", "\\u0000") for problem in PROBLEMS}


NUMBER: ContextVar[int | None] = ContextVar("number", default=None)
"""The acknowledgement number of the event that is acted on; None: none was asked for."""
ACTING_MAX = 64
"""Events of one client that are acted on at once."""


class BadPacket(ValueError):
    """A packet that is none."""


class Read(Packet):  # type: ignore[misc]  # it ships no types
    """A packet of which is told when it can't be read, apart from all that may go wrong later."""

    def decode(self, encoded_packet: str) -> Any:
        try:
            return super().decode(encoded_packet)
        except (ValueError, TypeError, LookupError) as error:
            raise BadPacket from error


class GuardedServer(socketio.AsyncServer):  # type: ignore[misc]  # it ships no types
    """`payload_max_bytes` bounds one event; larger packets are cut off by Engine.IO itself. Nothing
    is read from a client for whom `waiting_max` packets wait, for `patience_s` at a time, nor while
    `ACTING_MAX` of its events are acted on. Over `clients_max` whoever comes is turned away: who
    polls holds no connection that could be counted."""

    def __init__(
        self,
        *,
        payload_max_bytes: int,
        waiting_max: int,
        patience_s: float,
        clients_max: int,
        **options: Any,
    ) -> None:
        super().__init__(serializer=Read, **options)
        self._payload_max_bytes = payload_max_bytes
        self._waiting_max = waiting_max
        self._patience_s = patience_s
        self._clients_max = clients_max
        self._acting: dict[str, set[asyncio.Task[None]]] = {}

    async def _until_taken(self, eio_sid: str) -> None:
        """Who reads no answers is not read from: else they would pile up here."""
        client = self.eio.sockets.get(eio_sid)
        if client and client.queue.qsize() >= self._waiting_max:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._patience_s):
                    await client.queue.join()

    async def _handle_eio_connect(self, eio_sid: str, environ: dict[str, Any]) -> str | None:
        if len(self.eio.sockets) > self._clients_max:
            return "The server has as many connections as it takes."
        await super()._handle_eio_connect(eio_sid, environ)
        return None

    async def _handle_eio_message(self, eio_sid: str, data: str | bytes) -> None:
        if eio_sid not in self.environ:
            return  # it has left its last namespace: python-socketio has forgotten it
        await self._until_taken(eio_sid)
        packet = vetted(data, self._payload_max_bytes)
        if packet is None:
            return
        try:
            await super()._handle_eio_message(eio_sid, packet)
        except BadPacket as error:
            if packet.startswith(EVENT):
                problem = TOO_DEEP if isinstance(error.__cause__, TooDeep) else UNREADABLE
                await super()._handle_eio_message(eio_sid, refused(packet, problem))

    async def _handle_event(
        self, eio_sid: str, namespace: str | None, number: int | None, data: Any
    ) -> None:
        acting = self._acting.get(eio_sid, ())
        if len(acting) >= ACTING_MAX:
            await asyncio.wait(acting, return_when=asyncio.FIRST_COMPLETED)
        NUMBER.set(number)
        await super()._handle_event(eio_sid, namespace, number, data)

    def start_background_task(self, target: Any, *given: Any, **more: Any) -> Any:
        task = super().start_background_task(target, *given, **more)
        if target == self._handle_event_internal:
            eio_sid = given[2]
            self._acting.setdefault(eio_sid, set()).add(task)
            task.add_done_callback(partial(self._acted, eio_sid))
        return task

    def _acted(self, eio_sid: str, task: asyncio.Task[None]) -> None:
        acting = self._acting[eio_sid]
        acting.discard(task)
        if not acting:
            del self._acting[eio_sid]


def problem_of(payload: object) -> str:
    """What to tell of a payload that is no object."""
    return PROBLEMS.get(payload, NO_OBJECT) if isinstance(payload, str) else NO_OBJECT


def vetted(data: str | bytes, max_bytes: int) -> str | None:
    """The packet itself, or one in its place that will be refused; None drops it. Pure."""
    if not isinstance(data, str) or not data:
        return None  # an attachment, whose event was refused
    if data[0] in BINARY:
        return refused(data, BINARY_SENT) if data[0] == BINARY[0] else None
    if data[0] != EVENT:
        return data if data[0] in OTHERS else None
    if len(data) > max_bytes or (len(data) * 4 > max_bytes and len(data.encode()) > max_bytes):
        return refused(data, TOO_LONG)
    place = PLACE.match(data)
    name = NAME.match(data, place.end()) if place else None
    if name is None or name[1] in RESERVED:
        return refused(data, UNREADABLE)
    return data


def refused(data: str, problem: str) -> str:
    """An event in the same namespace, with the same acknowledgement, and a payload that is none."""
    place = PLACE.match(data)
    name = NAME.match(data, place.end()) if place else None
    namespace = f"{place[1]}," if place and place[1] else ""
    number = place[2] if place else ""
    event = name[1] if name else "?"
    if event in RESERVED:
        event += " "
    return f'{EVENT}{namespace}{number}["{event}","{ESCAPED[problem]}"]'
