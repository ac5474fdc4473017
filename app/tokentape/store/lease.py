"""A process's sign of life in the store, so that others know whose answers are still being written.

Knows nothing of conversations beyond which messages run, and for whom.
"""

import asyncio
import logging
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from sqlalchemy import Row, delete, insert, or_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from tokentape.store.database import Work, Writer
from tokentape.store.process_id import Process, lives, this_process
from tokentape.store.process_locks import Signs
from tokentape.store.tables import MESSAGES, WORKERS

log = logging.getLogger("tokentape.store")

LEASE_S = 30.0
"""Silence after which a process that can't be seen from here, as on another host, counts as dead;
clocks may differ by less."""
RENEWAL_S = 5.0
OWED_MAX = 10_000
"""Answers whose end could not be stored, kept to be tried again; more than these are orphans that
the next start ends."""
AGAIN_S = 1.0
"""Between two tries."""


class Lease:
    """Renewed until it is given up. A process that dies without a word is noticed by the next start
    on its own machine, elsewhere after `LEASE_S`; what it left running is ended then. Who is seen
    to live is left alone, however silent."""

    def __init__(self, writer: Writer, signs: Signs) -> None:
        self.id = str(uuid4())
        self._writer = writer
        self._signs = signs
        self._process = this_process()
        self._owed: dict[str, Work[None]] = {}
        self._owing = asyncio.Event()
        self._renewing: asyncio.Task[None] | None = None

    async def acquire(self) -> None:
        """Begin to give signs of life."""
        self._signs.hold(self.id)  # before anybody can find the row
        await self._writer.do(self._sign)
        self._renewing = asyncio.create_task(self._renew())

    async def give_up(self) -> None:
        """Ends what this process still has running."""
        if self._renewing:
            self._renewing.cancel()
            with suppress(asyncio.CancelledError):
                await self._renewing
        with suppress(SQLAlchemyError, OSError):
            await self.pay()
        with suppress(SQLAlchemyError, OSError):
            await self._writer.do(self._leave)
        self._signs.let_go(self.id)

    def owe(self, answer_id: str, end: Work[None]) -> None:
        """The end of this answer could not be stored: the store hears of it as soon as it can, and
        as its viewers did."""
        if len(self._owed) < OWED_MAX:
            self._owed[answer_id] = end
            self._owing.set()

    async def _renew(self) -> None:
        while True:
            with suppress(TimeoutError):
                async with asyncio.timeout(RENEWAL_S):
                    await self._owing.wait()
            try:
                await self._writer.do(self._sign)
                await self.pay()
            except (SQLAlchemyError, OSError) as error:
                log.warning("the store takes no sign of life: %s", type(error).__name__)
                await asyncio.sleep(AGAIN_S)

    async def pay(self) -> None:
        """Store the ends that are owed."""
        owed = dict(self._owed)

        async def work(connection: AsyncConnection) -> None:
            for end in owed.values():
                await end(connection)

        if owed:
            await self._writer.do(work)
            for answer_id in owed:
                self._owed.pop(answer_id, None)
        if not self._owed:
            self._owing.clear()

    async def _sign(self, connection: AsyncConnection) -> None:
        now = datetime.now(UTC)
        renewed = await connection.execute(
            update(WORKERS).where(WORKERS.c.id == self.id).values(seen_at=now)
        )
        if not renewed.rowcount:
            mine = self._process
            row = {"id": self.id, "seen_at": now, "host": mine.host, "pid": mine.pid}
            seen_by = {"machine": mine.machine, "started": mine.started}
            await connection.execute(insert(WORKERS).values(row | seen_by))
        await self._bury(connection, now)

    async def touch(self, connection: AsyncConnection) -> None:
        """A sign of life beside those that are due."""
        now = datetime.now(UTC)
        await connection.execute(update(WORKERS).where(WORKERS.c.id == self.id).values(seen_at=now))

    async def _leave(self, connection: AsyncConnection) -> None:
        await _end(connection, self.id)
        await connection.execute(delete(WORKERS).where(WORKERS.c.id == self.id))

    async def _bury(self, connection: AsyncConnection, now: datetime) -> None:
        """End what dead processes left running."""
        workers = (await connection.execute(select(WORKERS))).all()
        for worker in workers:
            if worker.id != self.id and self._is_dead(worker, now):
                await _end(connection, worker.id)
                await connection.execute(delete(WORKERS).where(WORKERS.c.id == worker.id))
                self._signs.forget(worker.id)
        # Whoever left without a row: a store from before there were any.
        await connection.execute(
            update(MESSAGES)
            .where(
                MESSAGES.c.status == "running",
                or_(
                    MESSAGES.c.worker.is_(None),
                    MESSAGES.c.worker.not_in(select(WORKERS.c.id).scalar_subquery()),
                ),
            )
            .values(status="failed", code="INTERNAL")
        )

    def _is_dead(self, worker: Row[Any], now: datetime) -> bool:
        machine, here = worker.machine or "", self._process
        one = Process(worker.host, machine, worker.pid, worker.started or 0)
        # A lock is known to the system that has the file: a network's may tell others nothing.
        held = self._signs.lives(worker.id) if one.boot == here.boot else None
        alive = lives(one, here) if held is None else held
        if alive is None:
            return bool(now - worker.seen_at > timedelta(seconds=LEASE_S))
        return not alive


async def _end(connection: AsyncConnection, worker: str) -> None:
    await connection.execute(
        update(MESSAGES)
        .where(MESSAGES.c.status == "running", MESSAGES.c.worker == worker)
        .values(status="failed", code="INTERNAL")
    )
