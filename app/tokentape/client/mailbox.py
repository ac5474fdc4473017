"""Mailbox: a bounded line of arrivals from one writer, who closes it, to one reader."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class Mailbox(Generic[T]):
    """`put` waits while it is full; a writer that can't wait looks at `full` and is told when not.

    Closing never waits, and what was put before is still read.
    """

    def __init__(self, most: int, drained: Callable[[], None] = lambda: None) -> None:
        self._most = most
        self._waiting: deque[T] = deque()
        self._closed = False
        self._filled = asyncio.Event()
        self._drained = asyncio.Event()
        self._tell_drained = drained

    @property
    def full(self) -> bool:
        """Whether a put would wait."""
        return len(self._waiting) >= self._most

    async def put(self, one: T) -> None:
        """Wait for room; of a closed mailbox, not at all."""
        while self.full and not self._closed:
            self._drained.clear()
            await self._drained.wait()
        self.drop_in(one)

    def drop_in(self, one: T) -> None:
        """Put without waiting, whether or not there is room."""
        self._waiting.append(one)
        self._filled.set()

    def close(self) -> None:
        """There is no more to come: the reader ends once it has read what there is."""
        self._closed = True
        self._filled.set()
        self._drained.set()

    async def __aiter__(self) -> AsyncIterator[T]:
        while True:
            if self._waiting:
                was_full = self.full
                one = self._waiting.popleft()
                if was_full:
                    self._drained.set()
                    self._tell_drained()
                yield one
            elif self._closed:
                return
            else:
                self._filled.clear()
                await self._filled.wait()
