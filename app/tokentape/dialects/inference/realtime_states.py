"""Where a connection of `inference` stands, and what it may emit there, as a table. Pure.

A connection is `alone` until it joins a room, and `inside` as long as it is in one at least. A room
that an event does not name is the one that was joined last. What is for others needs somebody to
receive it, so `alone` has no place for leaving and typing: they are refused with NOT_FOUND, as
every event is that names a room which is not among the connection's own. What is said is never
lost: who says something alone gets a room that nobody else knows of, and is inside from then on. A
question needs no room: asked alone it is answered to the asker. Presence may be set before the
first room, and is what the others see when it is joined. A run has no part in this: whoever asked
may leave, and the answer goes on in its room. A lost connection is neither state: its person has a
while to come back by another one, which begins `alone`.
"""

from types import MappingProxyType

from tokentape.contract.order import Order, State

ALONE: State = "alone"
INSIDE: State = "inside"

LEAVE = "room:leave"
LEAVE_LAST = "room:leave, the last one"
"""The same event, where the connection is in no other room."""

ROOMS: Order = MappingProxyType(
    {
        ALONE: {
            "room:join": INSIDE,
            "message:send": INSIDE,
            "message:broadcast": INSIDE,
            "presence:update": ALONE,
            "chat:ask": ALONE,
            "chat:stop": ALONE,
        },
        INSIDE: {
            "room:join": INSIDE,
            LEAVE: INSIDE,
            LEAVE_LAST: ALONE,
            "message:send": INSIDE,
            "message:broadcast": INSIDE,
            "presence:update": INSIDE,
            "typing:start": INSIDE,
            "typing:stop": INSIDE,
            "chat:ask": INSIDE,
            "chat:stop": INSIDE,
        },
    }
)
"""State → event → next state; an event that has no place is refused and changes nothing."""
EVENTS = tuple(event for event in ROOMS[INSIDE] if event != LEAVE_LAST)
"""All that a client may emit, beside `resume`."""
