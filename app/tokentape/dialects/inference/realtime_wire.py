"""Rooms and runs as `inference` sends them over sockets. Pure, but for the moment in presence."""

from datetime import UTC, datetime
from io import StringIO
from typing import Any

from tokentape.dialects.failure_details import retry_after
from tokentape.errors import Refused
from tokentape.rooms.events import (
    MemberJoined,
    MemberLeft,
    Present,
    RoomEvent,
    RoomMessage,
    Said,
    Typing,
)
from tokentape.runs.events import (
    Completed,
    Counted,
    Entry,
    Failed,
    Finished,
    Stopped,
    Terminal,
    Text,
)
from tokentape.runs.tape import Label
from tokentape.timestamps import Moments, rfc3339
from tokentape.viewers.rendering import Fold, WireEvent

ASSISTANT = "assistant"
"""The author of the model's answers, and their role."""


def run(label: Label) -> Fold:
    """What was asked for over HTTP ends in two steps, of which the first says nothing here."""
    room = room_of(label)
    text, moment = StringIO(), Moments(label.started_s)

    def fold(entry: Entry) -> WireEvent:
        seq, at_ns, event = entry
        at = moment(at_ns)
        payload: dict[str, Any]
        match event:
            case Text(content):
                text.write(content)
                name, payload = "message:stream", {"roomId": room, "content": content}
            case Finished() | Counted():
                name, payload = "message:stream", {"roomId": room, "content": ""}
            case Completed() | Stopped():
                name, payload = "message:new", message(_answer(label, text.getvalue(), at))
                if isinstance(event, Stopped):
                    payload["stopped"] = True
            case Failed(_, code, problem):
                name = "error"
                payload = {"code": code, "message": problem, "roomId": room}
                payload |= retry_after(event)
            case _:
                raise TypeError(f"inference does not send {type(event).__name__}")
        return WireEvent(name, payload | {"runId": label.run_id, "seq": seq})

    return fold


def room_of(label: Label) -> str:
    """An answer for the asker alone is told as in a room of its own."""
    return label.conversation_id if label.room is None else label.room


def answer_of(label: Label, text: str, end: Terminal, moment: str) -> RoomMessage | None:
    """What a run leaves in its room. A failure leaves nothing, nor does silence."""
    if isinstance(end, Failed) or not text or label.room is None:
        return None
    return _answer(label, text, moment)


def _answer(label: Label, text: str, moment: str) -> RoomMessage:
    return RoomMessage(
        label.message_id, room_of(label), ASSISTANT, text, moment, ASSISTANT, label.run_id
    )


def message(one: RoomMessage) -> dict[str, Any]:
    """A message as it is told, alike when it is new and among the recent ones."""
    payload: dict[str, Any] = {
        "id": one.id,
        "roomId": one.room,
        "userId": one.author,
        "content": one.content,
        "timestamp": one.timestamp,
    }
    if one.role == ASSISTANT:
        payload["role"] = ASSISTANT
    if one.run_id:
        payload["runId"] = one.run_id
    return payload


def room(event: RoomEvent) -> tuple[str, dict[str, Any]]:
    """The event for what happened in a room, and its payload."""
    match event:
        case MemberJoined(name, person):
            return "room:join", {"userId": person.id, "roomId": name}
        case MemberLeft(name, person):
            return "room:leave", {"userId": person.id, "roomId": name}
        case Said(one):
            return "message:new", message(one)
        case Present(person, status, metadata):
            return "presence:update", {
                "userId": person.id,
                "status": status,
                "metadata": dict(metadata),
                "timestamp": rfc3339(datetime.now(UTC)),
            }
        case Typing(name, person, started):
            kind = "typing:start" if started else "typing:stop"
            return kind, {"roomId": name, "userId": person.id}


def complaint(fault: Refused, _payload: object) -> tuple[str, dict[str, Any]]:
    """The lone `error` of what never became a run."""
    return "error", {"code": fault.code, "message": fault.message}
