"""Whether a turn could be stored now. Reading says nothing of a full disk."""

import asyncio
import logging
import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from tokentape.store.database import Work, Writer

log = logging.getLogger("tokentape.store")

ROOM_BYTES = 262_144
"""What a disk must take for the store to be ready: a few turns and SQLite's own files."""
WAIT_S = 2.0
"""A store that takes longer than this to write, as under somebody's lock, is not ready."""
FRESH_S = 1.0
"""Whoever asks more often gets the last answer: a look writes."""


class Readiness:
    """`write` is something small to write, `folder` where a SQLite file is."""

    def __init__(
        self,
        writer: Writer,
        write: Work[None],
        folder: Path | None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._writer = writer
        self._write = write
        self._folder = folder
        self._clock = clock
        self._looking: asyncio.Task[bool] | None = None
        self._seen_at = 0.0

    async def now(self) -> bool:
        """The answer, at most `FRESH_S` old; who asks meanwhile waits for the same look."""
        looking = self._looking
        if looking is None or (looking.done() and self._clock() - self._seen_at >= FRESH_S):
            looking = self._looking = asyncio.create_task(self._probe())
        return await asyncio.shield(looking)

    async def _probe(self) -> bool:
        try:
            async with asyncio.timeout(WAIT_S):
                if self._folder is not None:
                    await asyncio.to_thread(take_room, self._folder)
                await self._writer.do(self._write)
        except (SQLAlchemyError, OSError) as error:  # TimeoutError is an OSError
            log.warning("the store is not ready: %s", error)
            return False
        finally:
            self._seen_at = self._clock()
        return True


def take_room(folder: Path) -> None:
    """Write as much as must fit, and take it away again. Raises `OSError` where it does not."""
    with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
        left = memoryview(bytes(ROOM_BYTES))
        while left:
            left = left[file.write(left) or 0 :]
        os.fsync(file.fileno())  # a network's disk tells it only now
