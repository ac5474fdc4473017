"""Lag: how late this process itself was, so that a server is not blamed for it."""

import asyncio
import time
from typing import Self

_EVERY_S = 0.01


class Lag:
    """Measures while its block runs."""

    def __init__(self) -> None:
        self.worst_ns = 0
        self._task: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        self._task = asyncio.create_task(self._measure())
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait({self._task})

    async def _measure(self) -> None:
        while True:
            due_ns = time.monotonic_ns() + int(_EVERY_S * 1e9)
            await asyncio.sleep(_EVERY_S)
            self.worst_ns = max(self.worst_ns, time.monotonic_ns() - due_ns)
