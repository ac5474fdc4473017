"""Requests that are sent again with the same `Idempotency-Key`: the same answer, and one run.

https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
"""

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

from app.errors import CallerFault

A = TypeVar("A")

KEY_MAX_CHARS = 255
REMEMBERED = 10_000
"""Requests that are known again; the oldest goes first."""


@dataclass(slots=True)
class Asked(Generic[A]):
    said: bytes
    answer: "asyncio.Future[A]"


class Repeats(Generic[A]):
    def __init__(self) -> None:
        self._asked: OrderedDict[tuple[str, str], Asked[A]] = OrderedDict()

    async def once(
        self, who: str, key: str | None, said: bytes, act: Callable[[], Awaitable[A]]
    ) -> A:
        """What `act` answers, or has answered the same caller under the same key.

        What failed is tried anew. Raises BAD_REQUEST (422) for the key of another request.
        """
        if key is None:
            return await act()
        if not 0 < len(key) <= KEY_MAX_CHARS:
            raise _fault(f"must have 1 to {KEY_MAX_CHARS} characters", 400)
        place = who, key
        earlier = self._asked.get(place)
        if earlier:
            if earlier.said != said:
                raise _fault("was used for another request", 422)
            return await asyncio.shield(earlier.answer)
        asked = self._asked[place] = Asked(said, asyncio.get_running_loop().create_future())
        if len(self._asked) > REMEMBERED:
            self._asked.popitem(last=False)
        try:
            answer = await act()
        except BaseException as error:
            if self._asked.get(place) is asked:
                del self._asked[place]
            if isinstance(error, Exception):
                asked.answer.set_exception(error)
                asked.answer.exception()  # told to whoever waits; nobody may
            else:
                asked.answer.cancel()
            raise
        asked.answer.set_result(answer)
        return answer


def _fault(problem: str, status: int) -> CallerFault:
    return CallerFault(
        "BAD_REQUEST", f"`Idempotency-Key`: {problem}", status=status, field="Idempotency-Key"
    )
