"""The table of where a connection of `inference` stands is what the server does, row by row."""

from typing import Any

from tests.integration.app.dialects.party import HELLO, party
from tests.integration.app.rooms.guest import Guest
from tokentape.contract.order import State
from tokentape.dialects.inference.realtime_states import (
    ALONE,
    EVENTS,
    INSIDE,
    LEAVE,
    LEAVE_LAST,
    ROOMS,
)
from tokentape.viewers.event_table import RESUME

__all__ = ["party"]

PAYLOADS: dict[str, dict[str, Any]] = {
    "message:send": {"content": "Hello"},
    "message:broadcast": {"message": "Hello"},
    "presence:update": {"status": "away"},
    "chat:ask": {"messages": HELLO},
}


async def state_of(one: Guest) -> State:
    """Typing in the room that was joined last is refused to who has joined none."""
    answer = await one.call("typing:stop")
    return INSIDE if answer["ok"] else ALONE


async def prepared(people: Any, state: State, event: str, name: str) -> Guest:
    """A connection in this state, and in two rooms where it is to leave one of them."""
    one: Guest = await people.come(name)
    if state == INSIDE:
        await one.call("room:join", roomId=f"{name}-room")
    if state == INSIDE and event == LEAVE:
        await one.call("room:join", roomId=f"{name}-other")
    return one


async def test_every_event_in_every_state_does_what_the_table_says(party: Any) -> None:
    for number, (state, event) in enumerate(
        (state, event) for state in ROOMS for event in (*EVENTS, LEAVE_LAST)
    ):
        name = f"p{number}"
        one = await prepared(party, state, event, name)
        payload = PAYLOADS.get(event, {})
        if event.startswith("room:"):
            payload = {"roomId": f"{name}-new" if event == "room:join" else f"{name}-room"}
        answer = await one.call(event.partition(",")[0], **payload)
        place = state, event
        assert (place, answer["ok"]) == (place, event in ROOMS[state])
        if not answer["ok"]:
            assert (place, answer["code"]) == (place, "NOT_FOUND")
        assert (place, await state_of(one)) == (place, ROOMS[state].get(event, state))


async def test_the_server_knows_the_events_of_the_table_and_no_other(party: Any) -> None:
    assert {*party.app.app.core.sockets.table.names("/ws")} == {RESUME, *EVENTS}


def test_only_leaving_the_last_room_leads_out_of_all() -> None:
    assert [event for event, after in ROOMS[INSIDE].items() if after == ALONE] == [LEAVE_LAST]
    assert set(ROOMS[ALONE]) < {*EVENTS}
