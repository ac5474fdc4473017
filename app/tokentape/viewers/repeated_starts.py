"""Starts that a client sends again because their acknowledgement did not come: one answer, and the
first one's acknowledgement.

socket.io-client's `retries` mark nothing: the same event comes again with the same payload under
the next acknowledgement number, at the latest after `ackTimeout`, or first of all on the connection
that follows a lost one (https://socket.io/docs/v4/client-options/#retries). With them on it numbers
all that it sends from 0 on, one after the other. Whoever emits something without asking for an
acknowledgement, or counts otherwise, sends nothing again: the same words twice are two turns there.
"""

import asyncio
import hashlib
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass
from typing import Any

import orjson

from tokentape.viewers.connection import Connection, Sent

SOONEST_S = 0.05
"""A start that comes again sooner on one connection is a second turn: nobody gives up so early."""
LOST_S = 300.0
"""How long a start is known again on the connection after the one that it was sent on."""
REMEMBERED = 10_000
"""Connections that may come back; over it the one whose latest event is oldest is forgotten."""

Next = tuple[str, Hashable, int]
"""A namespace, whose connection it was, and the number of the event that comes next."""


@dataclass(frozen=True, slots=True)
class Left:
    """Where a connection is: its latest event, if that was a start, and when it came."""

    sent: Sent | None
    at: float


class Retries:
    """`window_s`: how long after its latest sending a start is known again on one connection."""

    def __init__(self, window_s: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._window_s = window_s
        self._clock = clock
        self._next: OrderedDict[Next, Left] = OrderedDict()

    def __len__(self) -> int:
        """Connections that are remembered."""
        return len(self._next)

    def note(
        self, connection: Connection, number: int | None, start: tuple[str, Any] | None
    ) -> Sent | None:
        """Count an event: with `start`, its name and payload, the earlier sending of the same, if
        there was one that was not refused."""
        if number is None or connection.next_number is None or not self._window_s:
            connection.next_number = connection.sent = None
            return None
        now, soonest_s, limit_s = self._clock(), SOONEST_S, self._window_s
        earlier = connection.sent
        if number != connection.next_number:
            left = self._next.pop(self._place(connection, number), None)
            if connection.next_number or left is None or now - left.at > LOST_S:
                connection.next_number = connection.sent = None
                return None
            earlier, soonest_s, limit_s = left.sent, 0.0, LOST_S
        connection.next_number = number + 1
        digest = _digest(start) if start else None
        known = earlier is not None and earlier.digest == digest and not earlier.refused
        if earlier is None or not known or not soonest_s <= now - earlier.at <= limit_s:
            known = False
            earlier = Sent(digest, asyncio.get_running_loop().create_future()) if digest else None
        if earlier:
            earlier.at = now
        connection.sent = earlier
        self._next.pop(self._place(connection, number), None)
        self._next[self._place(connection, number + 1)] = Left(earlier, now)
        if len(self._next) > REMEMBERED:
            self._next.popitem(last=False)
        return earlier if known else None

    def _place(self, connection: Connection, number: int) -> Next:
        return connection.namespace, connection.caller.account, number


def _digest(start: tuple[str, Any]) -> bytes:
    return hashlib.sha256(orjson.dumps(start, option=orjson.OPT_SORT_KEYS)).digest()
