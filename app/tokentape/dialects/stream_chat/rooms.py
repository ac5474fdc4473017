"""`stream-chat` over Socket.IO: rooms, and answers that all in a room see."""

from typing import Any

from tokentape.core import Core
from tokentape.dialects.fields import checked
from tokentape.dialects.messages import context_of, text_of
from tokentape.dialects.stopping import start_here, stop_runs
from tokentape.dialects.stream_chat import payloads, wire
from tokentape.rooms.events import Person
from tokentape.rooms.room_service import RoomService
from tokentape.runs.events import Opened
from tokentape.turns import TurnRequest
from tokentape.viewers.connection import Connection
from tokentape.viewers.event_table import Answer

DIALECT = "stream-chat"
NAMESPACE = "/"


class RoomHandlers:
    """The namespace's four events."""

    def __init__(self, core: Core, room_service: RoomService) -> None:
        self._core = core
        self._room_service = room_service

    async def on_join(self, connection: Connection, payload: dict[str, Any]) -> Answer:
        """`join-room`: come in; the names of who is there."""
        join = checked(payloads.Join, payload)
        sub = connection.caller.owner
        person = Person(sub or join.participantName, sub is not None, join.participantName)
        entered = self._room_service.join(connection, join.roomName, person)
        return {
            "ok": True,
            "roomName": entered.room,
            "participants": [one.name for one in entered.people],
        }

    async def on_leave(self, connection: Connection, payload: dict[str, Any]) -> Answer:
        """`leave-room`. Raises NOT_FOUND for a room that one is not in."""
        leave = checked(payloads.Leave, payload)
        self._room_service.leave(connection, leave.roomName)
        return {"ok": True, "roomName": leave.roomName}

    async def on_chat(self, connection: Connection, payload: dict[str, Any]) -> Answer:
        """`stream-chat`: a turn, told to a room or to the asker alone."""
        core = self._core
        chat = payloads.request_of(payloads.StreamChatBody, payload, core.settings)
        room = chat.roomName or next(
            iter(reversed(self._room_service.rooms.rooms_of(connection))), None
        )
        if room is not None:
            self._room_service.check_in(connection, room)
        started = await start_here(
            core,
            connection,
            TurnRequest(
                dialect=DIALECT,
                caller=connection.caller,
                content=text_of(chat.messages[-1].content),
                model=chat.model,
                messages=context_of(chat.messages),
                room=room,
                opening=lambda _begun: (Opened(chat.fullResponse is not False),),
            ),
        )
        view, run_id = started.view, started.run.label.run_id
        if room is not None:
            self._room_service.carry(room, view)
        if run_id not in connection.pumps:
            core.sockets.pumps.watch(connection, view, -1)
        return {"ok": True, "runId": run_id, "roomName": room}

    async def on_stop(self, connection: Connection, payload: dict[str, Any]) -> Answer:
        """`stop-stream`: one run, or all that this connection has asked for."""
        stop = checked(payloads.StopStream, payload)
        await stop_runs(self._core, connection, DIALECT, stop.runId)
        return {"ok": True}


def mount(core: Core, room_service: RoomService) -> None:
    """Open the namespace `/` with this dialect's events."""
    handlers, sockets = RoomHandlers(core, room_service), core.sockets
    sockets.table.open(
        NAMESPACE,
        require_token=False,
        complain=wire.complaint,
        greet=lambda connection: wire.connected(connection.sid),
        part=room_service.part,
    )
    sockets.table.show_runs(NAMESPACE, DIALECT, wire.run, guest=room_service.guest)
    for event, act in (
        ("join-room", handlers.on_join),
        ("leave-room", handlers.on_leave),
        ("stream-chat", handlers.on_chat),
        ("stop-stream", handlers.on_stop),
    ):
        sockets.table.on(NAMESPACE, event, act, wire.complaint, starts=act == handlers.on_chat)
