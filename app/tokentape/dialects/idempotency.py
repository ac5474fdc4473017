"""Requests that are sent again with the same `Idempotency-Key`: the same answer, and one run.

https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
"""

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Callable, Coroutine, Hashable
from dataclasses import dataclass
from typing import Generic, TypeVar

from tokentape.errors import CallerFault

A = TypeVar("A")

KEY_MAX_CHARS = 255
REMEMBERED = 10_000
"""Requests that are known again; the oldest goes first."""

IDEMPOTENCY_KEY = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": False,
    "description": "The identical request with the same key starts nothing: it is the same run.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
}


@dataclass(frozen=True, slots=True)
class KeyedRequest(Generic[A]):
    """A request that came with a key: a digest of what it said, and its answer."""

    digest: bytes
    answer: asyncio.Task[A]
    """A task of its own: whoever asked first may go, the others still want it."""


class Repeats(Generic[A]):
    """At most `REMEMBERED` keys, by who sent them."""

    def __init__(self) -> None:
        self._requests: OrderedDict[tuple[Hashable, str], KeyedRequest[A]] = OrderedDict()

    async def once(
        self,
        who: Hashable,
        key: str | None,
        content: bytes,
        act: Callable[[], Coroutine[None, None, A]],
    ) -> A:
        """What `act` answers, or has answered the same caller under the same key.

        What failed is tried anew. Raises BAD_REQUEST (422) for the key of another request.
        """
        if key is None:
            return await act()
        if not 0 < len(key) <= KEY_MAX_CHARS:
            raise _fault(f"must have 1 to {KEY_MAX_CHARS} characters", 400)
        place, digest = (who, key), hashlib.sha256(content).digest()
        earlier = self._requests.get(place)
        if earlier is None:
            earlier = self._requests[place] = KeyedRequest(digest, asyncio.create_task(act()))
            earlier.answer.add_done_callback(lambda answer: self._forget_failure(place, answer))
            self._forget_oldest()
        elif earlier.digest != digest:
            raise _fault("was used for another request", 422)
        return await asyncio.shield(earlier.answer)

    def share(self, who: Hashable, other: Hashable, key: str | None) -> None:
        """What was asked under this key is the other's too: the same caller has another name now.
        Does nothing without a key, and for what the other has asked."""
        if key is not None and (earlier := self._requests.get((who, key))):
            self._requests.setdefault((other, key), earlier)
            self._forget_oldest()

    def _forget_oldest(self) -> None:
        if len(self._requests) > REMEMBERED:
            self._requests.popitem(last=False)

    def _forget_failure(self, place: tuple[Hashable, str], answer: asyncio.Task[A]) -> None:
        # Asking for the exception marks it as told, for nobody may be waiting any more.
        if answer.cancelled() or answer.exception():
            earlier = self._requests.get(place)
            if earlier and earlier.answer is answer:
                del self._requests[place]


def _fault(problem: str, status: int) -> CallerFault:
    return CallerFault(
        "BAD_REQUEST", f"`Idempotency-Key`: {problem}", status=status, field="Idempotency-Key"
    )
