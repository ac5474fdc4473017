"""How those dialects that have them spell a room's events. Pure.

`$room` is the room's name, `$user` the name of who joins.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from tokentape.contract.contract import Emit, Json


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    join: Emit
    """Acknowledged with `ok`."""
    question_fields: Mapping[str, Json]
    """What a question has beside its other fields, to be answered in the room."""
    typing: Emit | None = None
    typed: Emit | None = None
    """Told to the other members as events of the same names."""


_ROOM_ID = {"roomId": "$room"}
_INFERENCE = Room(
    join=Emit(event="room:join", payload=_ROOM_ID),
    question_fields=_ROOM_ID,
    typing=Emit(event="typing:start", payload=_ROOM_ID),
    typed=Emit(event="typing:stop", payload=_ROOM_ID),
)

ROOMS: Mapping[str, Room] = {
    "stream-chat/socketio": Room(
        join=Emit(event="join-room", payload={"roomName": "$room", "participantName": "$user"}),
        question_fields={"roomName": "$room"},
    ),
    "inference/socketio": _INFERENCE,
    "inference/websocket": _INFERENCE,
}
"""By contract; the others have no rooms."""
