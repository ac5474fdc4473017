"""A process's sign of life in the store, so that others know whose answers are still being written.

Knows nothing of conversations beyond which messages run, and for whom.
"""

import asyncio
import logging
import os
import socket
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from uuid import uuid4

from sqlalchemy import delete, insert, or_, select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from app.store.database import Writer
from app.store.tables import MESSAGES, WORKERS

log = logging.getLogger("tokentape.store")

LEASE_S = 30.0
"""Silence after which a process on another host counts as dead; clocks may differ by less."""
RENEWAL_S = 5.0
OWED_MAX = 1_000
"""Answers whose end could not be stored, kept to be tried again; more than these are orphans that
the next start ends."""


class Lease:
    """Renewed until it is given up. A process that dies without a word is noticed by the next start
    on its own host, elsewhere after `LEASE_S`; what it left running is ended then."""

    def __init__(self, writer: Writer) -> None:
        self.id = str(uuid4())
        self._writer = writer
        self._host = socket.gethostname()[:255]
        self._owed: dict[str, str] = {}
        self._renewing: asyncio.Task[None] | None = None

    async def take(self) -> None:
        """Begin to give signs of life."""
        await self._writer.do(self._sign)
        self._renewing = asyncio.create_task(self._renew())

    async def give_up(self) -> None:
        """Ends what this process still has running."""
        if self._renewing:
            self._renewing.cancel()
            with suppress(asyncio.CancelledError):
                await self._renewing
        with suppress(SQLAlchemyError, OSError):
            await self._writer.do(self._leave)

    def owe(self, answer_id: str, content: str) -> None:
        """The end of this answer could not be stored: its viewers were told that it failed, and the
        store hears of it as soon as it can."""
        if len(self._owed) < OWED_MAX:
            self._owed[answer_id] = content

    async def _renew(self) -> None:
        while True:
            await asyncio.sleep(RENEWAL_S)
            try:
                await self._writer.do(self._sign)
                await self.pay()
            except (SQLAlchemyError, OSError) as error:
                log.warning("the store takes no sign of life: %s", type(error).__name__)

    async def pay(self) -> None:
        """Store the ends that are owed."""
        owed = dict(self._owed)

        async def work(connection: AsyncConnection) -> None:
            for answer_id, content in owed.items():
                await connection.execute(
                    update(MESSAGES)
                    .where(MESSAGES.c.id == answer_id)
                    .values(content=content, status="failed", code="INTERNAL")
                )

        if owed:
            await self._writer.do(work)
            for answer_id in owed:
                self._owed.pop(answer_id, None)

    async def _sign(self, connection: AsyncConnection) -> None:
        now = datetime.now(UTC)
        renewed = await connection.execute(
            update(WORKERS).where(WORKERS.c.id == self.id).values(seen_at=now)
        )
        if not renewed.rowcount:
            row = {"id": self.id, "host": self._host, "pid": os.getpid(), "seen_at": now}
            await connection.execute(insert(WORKERS).values(row))
        await self._bury(connection, now)

    async def _leave(self, connection: AsyncConnection) -> None:
        await _end(connection, self.id)
        await connection.execute(delete(WORKERS).where(WORKERS.c.id == self.id))

    async def _bury(self, connection: AsyncConnection, now: datetime) -> None:
        """End what dead processes left running."""
        workers = (await connection.execute(select(WORKERS))).all()
        for worker in workers:
            silent = now - worker.seen_at > timedelta(seconds=LEASE_S)
            if silent or (worker.host == self._host and not _lives(worker.pid)):
                await _end(connection, worker.id)
                await connection.execute(delete(WORKERS).where(WORKERS.c.id == worker.id))
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


async def _end(connection: AsyncConnection, worker: str) -> None:
    await connection.execute(
        update(MESSAGES)
        .where(MESSAGES.c.status == "running", MESSAGES.c.worker == worker)
        .values(status="failed", code="INTERNAL")
    )


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True
