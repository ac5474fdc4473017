"""What is remembered of one connection."""

from typing import cast

from tokentape.access.limits import Caller
from tokentape.viewers.connection import PLACES_MAX, Connection, Link


def test_conversations_of_one_connection_are_remembered_so_far_back_and_no_further() -> None:
    one = Connection("sid", "/ai", Caller(None, "192.0.2.1"), cast(Link, None))
    for number in range(PLACES_MAX):
        one.been_in(str(number))
    one.been_in("0")
    one.been_in("new")
    assert len(one.places) == PLACES_MAX
    assert ("0" in one.places, "1" in one.places, "new" in one.places) == (True, False, True)
