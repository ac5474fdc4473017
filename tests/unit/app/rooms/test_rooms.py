"""Rooms as a table of what was done and who was told what; the clock is a number."""

from collections.abc import Callable
from contextlib import suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.harness.chance import examples
from tokentape.errors import CallerFault
from tokentape.rooms.bounds import Bounds
from tokentape.rooms.events import (
    MemberJoined,
    MemberLeft,
    Person,
    Present,
    RoomMessage,
    Said,
    Tell,
    Typing,
)
from tokentape.rooms.quota import Quota
from tokentape.rooms.rooms import MESSAGE_BYTES, Rooms

ANN, BOB, CID = (Person(name) for name in ("ann", "bob", "cid"))


def message(number: int, room: str = "r", content: str = "Hi") -> RoomMessage:
    return RoomMessage(str(number), room, "ann", content, "now")


def told(tells: Any) -> list[tuple[tuple[Any, ...], str]]:
    return [(tell.seats, type(tell.event).__name__) for tell in tells]


def rooms_with(*people: tuple[str, Person], bounds: Bounds | None = None) -> Rooms:
    rooms = Rooms(bounds or Bounds())
    for seat, person in people:
        rooms.join(seat, "r", person, 0)
    return rooms


def test_everybody_hears_who_came_the_newcomer_too() -> None:
    rooms = rooms_with(("a", ANN))
    entered = rooms.join("b", "r", BOB, 0)
    assert entered.people == (ANN, BOB)
    assert entered.tells == (Tell(("a", "b"), MemberJoined("r", BOB, (ANN, BOB))),)
    assert not entered.returned


def test_second_tab_is_no_second_member() -> None:
    rooms = rooms_with(("a", ANN), ("b", BOB))
    entered = rooms.join("b2", "r", BOB, 0)
    assert (entered.people, entered.tells, entered.returned) == ((ANN, BOB), (), True)
    assert (rooms.members, rooms.seats_in("r")) == (2, ("a", "b", "b2"))
    assert rooms.leave("b", "r", 0) == []
    assert told(rooms.leave("b2", "r", 0)) == [(("a",), "MemberLeft")]


def test_joining_twice_changes_nothing() -> None:
    rooms = rooms_with(("a", ANN))
    assert rooms.join("a", "r", ANN, 0).tells == ()
    assert rooms.rooms_of("a") == ("r",)


def test_lost_connection_is_told_after_five_seconds_and_not_before() -> None:
    rooms = rooms_with(("a", ANN), ("b", BOB))
    assert rooms.gone("b", 10) == []
    assert rooms.next_s == 15
    assert rooms.tick(14.9) == []
    assert rooms.tick(15) == [
        Tell(("a",), Present(BOB, "offline")),
        Tell(("a",), MemberLeft("r", BOB, (ANN,))),
    ]


def test_who_comes_back_in_time_was_never_away() -> None:
    rooms = rooms_with(("a", ANN), ("b", BOB))
    rooms.present("b", BOB, "busy", {})
    rooms.gone("b", 10)
    entered = rooms.join("b2", "r", BOB, 14.9)
    assert (entered.tells, entered.returned, rooms.status_of(BOB)) == ((), True, "busy")
    assert rooms.tick(100) == []
    assert rooms.seats_in("r") == ("a", "b2")


def test_who_is_still_there_by_another_tab_is_not_offline_elsewhere() -> None:
    rooms = rooms_with(("a", ANN), ("b", BOB))
    rooms.join("b2", "other", BOB, 0)
    rooms.gone("b", 0)
    assert told(rooms.tick(5)) == [(("a",), "MemberLeft")]
    assert rooms.status_of(BOB) == "online"


def test_typing_is_told_once_and_stops_by_itself() -> None:
    rooms = rooms_with(("a", ANN), ("b", BOB))
    assert rooms.typing("a", "r", True, 0) == [Tell(("b",), Typing("r", ANN, True))]
    assert rooms.typing("a", "r", True, 3) == []
    assert rooms.tick(5) == []
    assert rooms.tick(8) == [Tell(("b",), Typing("r", ANN, False))]
    assert rooms.typing("a", "r", False, 9) == []


@pytest.mark.parametrize("how", ["stop", "leave", "gone"])
def test_typing_stops_when_its_typist_stops_or_goes(how: str) -> None:
    rooms = rooms_with(("a", ANN), ("b", BOB))
    rooms.typing("a", "r", True, 0)
    ways = {
        "stop": lambda: rooms.typing("a", "r", False, 1),
        "leave": lambda: rooms.leave("a", "r", 1),
        "gone": lambda: rooms.gone("a", 1),
    }
    assert ways[how]()[0] == Tell(("b",), Typing("r", ANN, False))
    assert rooms.tick(5) == []


def test_typing_is_not_told_to_the_typists_other_tabs() -> None:
    rooms = rooms_with(("a", ANN), ("a2", ANN), ("b", BOB))
    assert rooms.typing("a", "r", True, 0)[0].seats == ("b",)


def test_message_is_told_to_all_and_remembered() -> None:
    rooms = rooms_with(("a", ANN), ("b", BOB))
    one = message(1)
    assert rooms.say("a", one) == (one, [Tell(("a", "b"), Said(one))])
    assert rooms.join("c", "r", CID, 0).recent == (one,)


def test_same_client_id_twice_is_one_message_of_each_person() -> None:
    rooms = rooms_with(("a", ANN), ("b", BOB))
    rooms.say("a", message(1), "x")
    assert rooms.say("a", message(2), "x") == (message(1), [])
    assert rooms.say("b", message(3), "x")[0] == message(3)
    assert [one.id for one in rooms.join("c", "r", CID, 0).recent] == ["1", "3"]


def test_presence_is_told_to_all_rooms_of_a_person_once() -> None:
    rooms = rooms_with(("a", ANN), ("b", BOB))
    rooms.join("a", "other", ANN, 0)
    rooms.join("b", "other", BOB, 0)
    assert rooms.present("a", ANN, "away", {"x": 1}) == [
        Tell(("a", "b"), Present(ANN, "away", {"x": 1}))
    ]
    assert rooms.present("a", ANN, "away", {"x": 1}) == []


def test_presence_before_the_first_room_is_what_one_comes_in_with() -> None:
    rooms = Rooms(Bounds())
    assert rooms.present("a", ANN, "busy", {}) == []
    rooms.join("a", "r", ANN, 0)
    assert rooms.status_of(ANN) == "busy"


def test_nobody_calls_themselves_like_who_is_signed_in() -> None:
    signed_in = Person("ann", signed_in=True)
    rooms = rooms_with(("a", signed_in), ("b", BOB))
    with pytest.raises(CallerFault, match="signed in"):
        rooms.join("x", "r", ANN, 0)
    # Nor as the others see them, where that is another name than their id.
    rooms.join("b2", "r", Person("bob-1", True, "Bobby"), 0)
    with pytest.raises(CallerFault, match="signed in"):
        rooms.join("x", "r", Person("Bobby", name="Bobby"), 0)
    # In another room they may, and their presence is their own.
    rooms.join("x", "other", ANN, 0)
    assert rooms.present("x", ANN, "away", {}) == [Tell(("x",), Present(ANN, "away", {}))]
    assert rooms.status_of(signed_in) == "online"


def test_who_signs_in_takes_the_name_over() -> None:
    rooms = rooms_with(("x", ANN), ("b", BOB))
    signed_in = Person("ann", signed_in=True)
    entered = rooms.join("a", "r", signed_in, 0)
    assert told(entered.tells) == [(("b", "x"), "MemberLeft"), (("b", "a"), "MemberJoined")]
    assert (rooms.rooms_of("x"), entered.people) == ((), (BOB, signed_in))


def test_another_name_on_the_same_connection_is_another_person() -> None:
    rooms = rooms_with(("a", ANN), ("b", BOB))
    assert told(rooms.join("a", "r", CID, 0).tells) == [
        (("b",), "MemberLeft"),
        (("b", "a"), "MemberJoined"),
    ]
    assert rooms.members == 2


@pytest.mark.parametrize("act", ["leave", "say", "typing"])
def test_room_that_one_is_not_in_is_not_there(act: str) -> None:
    rooms = rooms_with(("a", ANN))
    acts: dict[str, Callable[[], Any]] = {
        "leave": lambda: rooms.leave("b", "r", 0),
        "say": lambda: rooms.say("b", message(1)),
        "typing": lambda: rooms.typing("b", "r", True, 0),
    }
    with pytest.raises(CallerFault) as refused:
        acts[act]()
    assert refused.value.code == "NOT_FOUND"


def test_one_connection_is_in_no_more_rooms_than_allowed() -> None:
    rooms = Rooms(Bounds(rooms_each=2))
    rooms.join("a", "1", ANN, 0)
    rooms.join("a", "2", ANN, 0)
    with pytest.raises(CallerFault, match="in 2 rooms"):
        rooms.join("a", "3", ANN, 0)
    rooms.join("a", "2", ANN, 0)
    assert rooms.count == 2


def test_rooms_are_bounded_and_the_longest_empty_gives_way() -> None:
    rooms = Rooms(Bounds(rooms=2))
    rooms.join("a", "1", ANN, 0)
    rooms.say("a", message(1, "1"))
    rooms.leave("a", "1", 0)
    rooms.join("b", "2", BOB, 0)
    rooms.join("c", "3", CID, 0)  # in the place of the empty one
    assert (rooms.count, rooms.kept_bytes) == (2, 0)
    with pytest.raises(CallerFault) as refused:
        rooms.join("c", "4", CID, 0)
    assert (refused.value.code, refused.value.retry_after_s) == ("RATE_LIMIT", 5)


def test_people_in_a_room_are_bounded() -> None:
    rooms = rooms_with(("a", ANN), ("b", BOB), bounds=Bounds(members=2))
    with pytest.raises(CallerFault, match="2 people"):
        rooms.join("c", "r", CID, 0)
    rooms.join("b2", "r", BOB, 0)


def test_messages_are_bounded_in_number_and_in_bytes() -> None:
    rooms = rooms_with(("a", ANN), bounds=Bounds(remembered=3, recent=2))
    for number in range(5):
        rooms.say("a", message(number), str(number))
    assert [one.id for one in rooms.join("b", "r", BOB, 0).recent] == ["3", "4"]
    # Within what is remembered a repeated one is known, beyond it is new.
    assert rooms.say("a", message(9), "2")[1] == []
    assert rooms.say("a", message(9), "1")[1] != []
    rooms = Rooms(Bounds(memory_bytes=2 * (MESSAGE_BYTES + 10)))
    for number, room in enumerate(("1", "2", "3")):
        rooms.join("a", room, ANN, 0)
        rooms.say("a", message(number, room, "x" * 10))
    assert rooms.kept_bytes == 2 * (MESSAGE_BYTES + 10)
    assert rooms.join("b", "1", BOB, 0).recent == ()


def test_empty_room_is_remembered_for_a_while() -> None:
    rooms = rooms_with(("a", ANN))
    rooms.say("a", message(1))
    rooms.leave("a", "r", 0)
    assert rooms.join("a", "r", ANN, 299).recent == (message(1),)
    rooms.leave("a", "r", 300)
    assert rooms.tick(600) == []
    assert (rooms.count, rooms.kept_bytes, rooms.next_s) == (0, 0, None)


def test_room_without_messages_goes_with_its_last_member() -> None:
    rooms = rooms_with(("a", ANN))
    rooms.leave("a", "r", 0)
    assert (rooms.count, rooms.next_s) == (0, None)


def test_quota_can_be_used_at_once_and_comes_back() -> None:
    quota = Quota(10, 0)
    for _ in range(20):
        assert quota.wait_s(0) is None
        quota.spend(1)
    assert quota.wait_s(0) == 1
    assert quota.wait_s(0.1) is None
    quota.spend(31)
    assert quota.wait_s(0.1) == 4


SEATS = st.sampled_from(["a", "a2", "b", "c"])
NAMES = st.sampled_from(["r", "s", "t"])
PEOPLE = st.sampled_from([ANN, BOB, Person("ann", signed_in=True)])
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("join"), SEATS, NAMES, PEOPLE),
        st.tuples(st.just("leave"), SEATS, NAMES),
        st.tuples(st.just("gone"), SEATS),
        st.tuples(st.just("say"), SEATS, NAMES),
        st.tuples(st.just("typing"), SEATS, NAMES, st.booleans()),
        st.tuples(st.just("tick"), st.floats(0, 8)),
    ),
    max_size=60,
)


@given(steps=STEPS)
@examples(150)
def test_whatever_is_done_nothing_is_left_when_all_have_gone(steps: list[Any]) -> None:
    rooms, now = Rooms(Bounds(rooms=2, rooms_each=2, members=2, remembered=3)), 0.0
    for number, (step, *given_) in enumerate(steps):
        now += 0.1
        with suppress(CallerFault):
            if step == "join":
                entered = rooms.join(given_[0], given_[1], given_[2], now)
                assert len({one.id for one in entered.people}) == len(entered.people) <= 2
            elif step == "leave":
                rooms.leave(given_[0], given_[1], now)
            elif step == "gone":
                rooms.gone(given_[0], now)
            elif step == "say":
                rooms.say(given_[0], message(number, given_[1]), None)
            elif step == "typing":
                rooms.typing(given_[0], given_[1], given_[2], now)
            else:
                now += given_[0]
                rooms.tick(now)
        assert rooms.count <= 2
    for seat in ("a", "a2", "b", "c"):
        rooms.gone(seat, now)
    rooms.tick(now + 5)
    rooms.tick(now + 1_000)
    assert (rooms.count, rooms.members, rooms.kept_bytes, rooms.next_s) == (0, 0, 0, None)
    assert vars(rooms)["_people"] == vars(rooms)["_seats"] == vars(rooms)["_typist"] == {}
