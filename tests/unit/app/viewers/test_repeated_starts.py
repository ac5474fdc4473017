"""Which starts are known again: the same one under the next number, and no other."""

from typing import Any, cast

from tokentape.access.limits import Caller
from tokentape.access.tokens import Identity
from tokentape.viewers.connection import Connection, Link, Sent
from tokentape.viewers.repeated_starts import LOST_S, REMEMBERED, SOONEST_S, Retries

HELLO = ("chat:start", {"message": "Hello"})
WINDOW_S = 15.0
NO_LINK = cast(Link, None)


class Clock:
    """Set by hand."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def somebody(sid: str = "a", sub: str | None = None) -> Connection:
    identity = Identity(sub) if sub else None
    return Connection(sid, "/ai", Caller(identity, "192.0.2.1"), NO_LINK)


def made() -> tuple[Retries, Clock]:
    clock = Clock()
    return Retries(WINDOW_S, clock), clock


def acknowledge(one: Connection, answer: dict[str, Any] | None = None) -> Sent:
    assert one.sent is not None
    one.sent.answer.set_result(answer or {"ok": True})
    return one.sent


async def test_same_start_under_the_next_number_is_known_again() -> None:
    retries, clock = made()
    one = somebody()
    assert retries.note(one, 0, HELLO) is None
    first = one.sent
    for number in (1, 2, 3):  # each within the window of the one before
        clock.now += WINDOW_S
        assert retries.note(one, number, HELLO) is first
    acknowledge(one)
    clock.now += 1.0
    assert retries.note(one, 4, HELLO) is first


async def test_the_same_start_twice_at_once_is_two() -> None:
    retries, clock = made()
    one = somebody()
    assert retries.note(one, 0, HELLO) is None
    clock.now += SOONEST_S / 2
    assert retries.note(one, 1, HELLO) is None


async def test_what_differs_or_comes_late_is_another_start() -> None:
    for payload, later_s in (({"message": "Hello!"}, 1.0), ({"message": "Hello"}, WINDOW_S + 1)):
        retries, clock = made()
        one = somebody()
        retries.note(one, 0, HELLO)
        clock.now += later_s
        assert retries.note(one, 1, ("chat:start", payload)) is None
        assert one.sent is not None


async def test_another_event_between_two_starts_makes_them_two() -> None:
    retries, _ = made()
    one = somebody()
    retries.note(one, 0, HELLO)
    assert retries.note(one, 1, None) is None
    assert retries.note(one, 2, HELLO) is None


async def test_who_does_not_count_from_zero_or_asks_for_no_answer_repeats_nothing() -> None:
    for numbers in ((1, 2), (0, None, 1), (None, 0, 1), (0, 2)):
        retries, _ = made()
        one = somebody()
        assert [retries.note(one, number, HELLO) for number in numbers] == [None] * len(numbers)


async def test_refused_start_is_tried_anew() -> None:
    retries, _ = made()
    one = somebody()
    retries.note(one, 0, HELLO)
    first = acknowledge(one, {"ok": False, "code": "BUSY"})
    assert retries.note(one, 1, HELLO) is None
    assert one.sent is not first


async def test_start_is_known_on_the_connection_that_follows() -> None:
    retries, clock = made()
    one = somebody()
    retries.note(one, 0, None)
    retries.note(one, 1, HELLO)
    first = one.sent
    clock.now += LOST_S
    assert retries.note(somebody("b"), 2, HELLO) is first


async def test_start_of_another_user_or_from_long_ago_is_not_known() -> None:
    for follower, later_s in ((somebody("b", "bob"), 1.0), (somebody("b"), LOST_S + 1)):
        retries, clock = made()
        retries.note(somebody(), 0, HELLO)
        clock.now += later_s
        assert retries.note(follower, 1, HELLO) is None
    retries, _ = made()
    retries.note(somebody(), 0, HELLO)
    assert retries.note(somebody("b"), 0, HELLO) is None  # who is new begins at 0


async def test_what_is_remembered_has_a_bound() -> None:
    retries, _ = made()
    for number in range(REMEMBERED + 10):
        retries.note(somebody(str(number), f"user {number}"), 0, HELLO)
    assert len(retries) == REMEMBERED


async def test_window_of_none_knows_nothing_again() -> None:
    retries = Retries(0)
    one = somebody()
    assert [retries.note(one, number, HELLO) for number in (0, 1)] == [None, None]
