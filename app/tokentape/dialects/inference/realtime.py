"""`inference` over Socket.IO and plain WebSockets: rooms, messages, presence, typing,
and questions to the model whose answer a whole room sees. What a connection may emit, and when,
stands in `realtime_states`."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from fastapi import FastAPI

from tokentape.access.limits import Caller
from tokentape.core import Core
from tokentape.dialects.fields import checked
from tokentape.dialects.inference import realtime_payloads as payloads
from tokentape.dialects.inference import realtime_wire as wire
from tokentape.dialects.inference.realtime_states import EVENTS
from tokentape.dialects.inference.request import request_of
from tokentape.dialects.messages import text_of
from tokentape.dialects.stopping import start_here, stop_runs
from tokentape.errors import CallerFault
from tokentape.rooms.events import Person, RoomMessage
from tokentape.rooms.room_service import RoomService, bounds_of
from tokentape.rooms.rooms import Rooms
from tokentape.runs.tape import place_of
from tokentape.timestamps import rfc3339
from tokentape.turns import TurnRequest
from tokentape.viewers.connection import Connection
from tokentape.viewers.event_table import Answer
from tokentape.viewers.websocket_edge import open_websockets

DIALECT = "inference"
NAMESPACE = "/ws"


def mount(core: Core, api: FastAPI) -> None:
    """Open the namespace `/ws` and the WebSocket path of that name, with their events."""
    room_service = RoomService(
        core.sockets,
        NAMESPACE,
        Rooms(bounds_of(core.settings)),
        wire.room,
        per_s=core.settings.room_events_per_s,
        metrics=core.metrics,
        answer_of=wire.answer_of,
    )
    realtime, table = Realtime(core, room_service), core.sockets.table
    table.open(
        NAMESPACE,
        require_token=False,
        complain=wire.complaint,
        introduce=introduce,
        part=room_service.part,
    )
    table.show_runs(NAMESPACE, DIALECT, wire.run, guest=room_service.guest)
    handlers = {
        "room:join": realtime.on_join,
        "room:leave": realtime.on_leave,
        "message:send": realtime.on_send,
        "message:broadcast": realtime.on_broadcast,
        "presence:update": realtime.on_presence,
        "typing:start": realtime.on_typing,
        "typing:stop": realtime.on_typed,
        "chat:ask": realtime.on_ask,
        "chat:stop": realtime.on_stop,
    }
    for event in EVENTS:
        table.on(NAMESPACE, event, handlers[event], wire.complaint, starts=event == "chat:ask")
    open_websockets(core.sockets, api, core.settings, NAMESPACE)


def introduce(caller: Caller, auth: Mapping[str, Any]) -> str:
    """Who this is in rooms: the token's user, or whoever they say, or nobody that is known."""
    user_id = checked(payloads.Hello, {**auth, "userId": auth.get("userId") or None}).userId
    if caller.owner is not None:
        if user_id not in (None, caller.owner):
            raise CallerFault("UNAUTHORIZED", "`userId` is not the token's user.", field="userId")
        return caller.owner
    return user_id or f"anonymous-{uuid4().hex[:12]}"


class Realtime:
    """What connections do in rooms, and what they ask there."""

    def __init__(self, core: Core, room_service: RoomService) -> None:
        self._core = core
        self._room_service = room_service

    async def on_join(self, connection: Connection, payload: dict[str, Any]) -> Answer:
        """`room:join`: come in; who is there, what was said last, and what runs."""
        join = checked(payloads.InRoom, payload)
        rooms = self._room_service.rooms
        entered = self._room_service.join(connection, join.roomId, person_of(connection))
        return {
            "ok": True,
            "roomId": entered.room,
            "userId": connection.user,
            "members": [
                {"userId": one.id, "status": rooms.status_of(one)} for one in entered.people
            ],
            "recent": [wire.message(one) for one in entered.recent],
        }

    async def on_leave(self, connection: Connection, payload: dict[str, Any]) -> Answer:
        """`room:leave`. Raises NOT_FOUND for a room that one is not in."""
        leave = checked(payloads.InRoom, payload)
        self._room_service.leave(connection, leave.roomId)
        return {"ok": True, "roomId": leave.roomId}

    async def on_send(self, connection: Connection, payload: dict[str, Any]) -> Answer:
        """`message:send`: to a room, the one that was joined last, or oneself."""
        send = checked(payloads.Send, payload, content=self._core.settings.max_message_chars)
        room = self._room(connection, send.roomId)
        return self._say(connection, room, send.content, send.clientMessageId)

    async def on_broadcast(self, connection: Connection, payload: dict[str, Any]) -> Answer:
        """`message:broadcast`: an answer that the client has put together, for all in a room."""
        message = checked(payloads.Broadcast, payload).message
        if isinstance(message, str):
            message = payloads.FinishedAnswer(content=message)
        most = self._core.settings.max_message_chars
        if len(message.content) > most:
            problem = f"`message`: has {len(message.content)} characters, {most} are allowed"
            raise CallerFault("BAD_REQUEST", problem, field="message")
        room = self._room(connection, payload.get("roomId"))
        return self._say(connection, room, message.content, message.id, wire.ASSISTANT)

    async def on_presence(self, connection: Connection, payload: dict[str, Any]) -> Answer:
        """`presence:update`: how somebody stands, in all their rooms."""
        presence = checked(payloads.Presence, payload)
        self._room_service.present(
            connection, person_of(connection), presence.status, presence.metadata
        )
        return {"ok": True}

    async def on_typing(self, connection: Connection, payload: dict[str, Any]) -> Answer:
        """`typing:start`"""
        return self._type(connection, payload, True)

    async def on_typed(self, connection: Connection, payload: dict[str, Any]) -> Answer:
        """`typing:stop`"""
        return self._type(connection, payload, False)

    async def on_ask(self, connection: Connection, payload: dict[str, Any]) -> Answer:
        """`chat:ask`: a turn that is told to a room, or to the asker alone."""
        core = self._core
        room = self._named(connection, checked(payloads.MaybeInRoom, payload).roomId)
        if room is not None:
            self._room_service.check_in(connection, room)
        question = request_of(self._with_context(payload, room), core.settings)
        started = await start_here(
            core,
            connection,
            TurnRequest(
                dialect=DIALECT,
                caller=connection.caller,
                content=text_of(question.messages[-1].content),
                model=question.model,
                max_tokens=question.max_tokens,
                temperature=question.temperature,
                messages=question.context,
                more=question.passed_on,
                room=room,
            ),
        )
        view, label = started.view, started.run.label
        if room is not None:
            self._room_service.carry(room, view)
        if label.run_id not in connection.pumps:
            core.sockets.pumps.watch(connection, view, -1)
        return {"ok": True, "runId": label.run_id, "roomId": wire.room_of(label)}

    async def on_stop(self, connection: Connection, payload: dict[str, Any]) -> Answer:
        """A run, or what runs in a room, or all that this connection has asked."""
        stop = checked(payloads.StopAnswer, payload)
        if stop.runId is None and stop.roomId is not None:
            self._room_service.check_in(connection, stop.roomId)
            self._core.runs.stop_at(place_of(DIALECT, "", stop.roomId), "requested")
        else:
            await stop_runs(self._core, connection, DIALECT, stop.runId)
        return {"ok": True}

    def _type(self, connection: Connection, payload: dict[str, Any], started: bool) -> Answer:
        typing = checked(payloads.MaybeInRoom, payload)
        self._room_service.typing(connection, self._named(connection, typing.roomId) or "", started)
        return {"ok": True}

    def _say(
        self,
        connection: Connection,
        room: str,
        content: str,
        client_id: str | None,
        role: str = "user",
    ) -> Answer:
        moment = rfc3339(datetime.now(UTC))
        message = RoomMessage(str(uuid4()), room, connection.user, content, moment, role)
        message = self._room_service.say(connection, message, client_id)
        return {"ok": True, "message": wire.message(message)}

    def _named(self, connection: Connection, room: str | None) -> str | None:
        """The room that was named, or the one that was joined last."""
        return room or next(iter(reversed(self._room_service.rooms.rooms_of(connection))), None)

    def _room(self, connection: Connection, room: str | None) -> str:
        """Who has joined no room talks to themselves: in one that nobody else knows of."""
        named = self._named(connection, room)
        if named is not None:
            return named
        own = f"own-{uuid4()}"
        self._room_service.join(connection, own, person_of(connection))
        return own

    def _with_context(self, payload: dict[str, Any], room: str | None) -> dict[str, Any]:
        """A question without messages is about what was said last in the room."""
        if payload.get("messages") is not None or room is None:
            return payload
        recent = self._room_service.rooms.recent(room)[-self._core.settings.max_messages :]
        if not recent:
            problem = "`messages`: nothing was said in this room yet"
            raise CallerFault("BAD_REQUEST", problem, field="messages")
        context = [{"role": one.role, "content": one.content} for one in recent]
        return {**payload, "messages": context}


def person_of(connection: Connection) -> Person:
    """By the token where there is one, else as they call themselves."""
    return Person(connection.user, connection.caller.identity is not None, connection.user)
