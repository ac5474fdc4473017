"""Threads: their titles, where their workflows are, and pages of them and of their messages."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Generic, TypeVar
from uuid import uuid4

from sqlalchemy import Row, delete, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from tokentape.errors import CallerFault
from tokentape.store.conversations import NUL, Message, Store, message_of
from tokentape.store.database import Work
from tokentape.store.tables import CONVERSATIONS, MESSAGES, THREADS

T = TypeVar("T")

DIALECT = "threads"


@dataclass(frozen=True, slots=True, kw_only=True)
class Thread:
    """`step` is the one that the latest message was for, or that the next one will be for."""

    id: str
    owner: str
    title: str
    created_at: datetime
    workflow: str | None = None
    step: str | None = None
    ended: bool = False
    collected: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ResultPage(Generic[T]):
    """`next` is the number at which the next page begins; None: there is none.

    No row changes its number: what comes or goes meanwhile moves no page.
    """

    rows: list[T]
    next: int | None


class Threads:
    """What is asked of the store about threads; a thread is its owner's alone."""

    def __init__(self, store: Store, most: int) -> None:
        self._engine = store.engine
        self._writer = store.writer
        self._most = most

    async def create(self, owner: str, title: str, workflow: str | None) -> Thread:
        """Raises `CallerFault` when this user has as many as there may be."""
        now, id_ = datetime.now(UTC), str(uuid4())

        async def work(connection: AsyncConnection) -> bool:
            count = select(func.count()).select_from(THREADS).where(THREADS.c.owner == owner)
            if (await connection.execute(count)).scalar_one() >= self._most:
                return False
            await connection.execute(
                insert(CONVERSATIONS).values(dialect=DIALECT, id=id_, owner=owner, created_at=now)
            )
            await connection.execute(
                insert(THREADS).values(
                    id=id_,
                    owner=owner,
                    title=title,
                    created_at=now,
                    workflow=workflow,
                    ended=False,
                    collected={},
                )
            )
            return True

        if not await self._writer.do(work):
            there = f"{self._most} thread{'s' if self._most > 1 else ''}"
            raise CallerFault(
                "BAD_REQUEST",
                f"This user has {there} already: delete one that is no longer needed.",
                status=409,
            )
        return Thread(id=id_, owner=owner, title=title, created_at=now, workflow=workflow)

    async def find(self, id_: str, owner: str) -> Thread | None:
        """None where it is not there, or somebody else's."""
        if NUL in id_:
            return None
        async with self._engine.connect() as connection:
            rows = await connection.execute(
                select(THREADS).where(THREADS.c.id == id_, THREADS.c.owner == owner)
            )
            row = rows.first()
        return _thread(row) if row else None

    async def page(self, owner: str, before: int | None, limit: int) -> ResultPage[Thread]:
        """The newest first: at most `limit` of those numbered below `before`."""
        query = select(THREADS).where(THREADS.c.owner == owner)
        if before is not None:
            query = query.where(THREADS.c.number < before)
        async with self._engine.connect() as connection:
            result = await connection.execute(
                query.order_by(THREADS.c.number.desc()).limit(limit + 1)
            )
            rows = result.all()
        return page_of([(row.number, _thread(row)) for row in rows], limit)

    async def messages(self, id_: str, after: int | None, limit: int) -> ResultPage[Message]:
        """The oldest first: at most `limit` of those numbered above `after`."""
        query = select(MESSAGES).where(
            MESSAGES.c.dialect == DIALECT, MESSAGES.c.conversation_id == id_
        )
        if after is not None:
            query = query.where(MESSAGES.c.number > after)
        async with self._engine.connect() as connection:
            result = await connection.execute(query.order_by(MESSAGES.c.number).limit(limit + 1))
            rows = result.all()
        return page_of([(row.number, message_of(row)) for row in rows], limit)

    async def rename(self, id_: str, title: str) -> None:
        """Another title."""

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(update(THREADS).where(THREADS.c.id == id_).values(title=title))

        await self._writer.do(work)

    async def delete(self, id_: str) -> None:
        """With all its messages."""

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(delete(THREADS).where(THREADS.c.id == id_))
            await connection.execute(
                delete(CONVERSATIONS).where(
                    CONVERSATIONS.c.dialect == DIALECT, CONVERSATIONS.c.id == id_
                )
            )

        await self._writer.do(work)


def moved(
    id_: str, step: str | None, *, ended: bool = False, collected: Mapping[str, str]
) -> Work[None]:
    """Stores where a thread's workflow is now."""

    async def work(connection: AsyncConnection) -> None:
        await connection.execute(
            update(THREADS)
            .where(THREADS.c.id == id_)
            .values(step=step, ended=ended, collected=dict(collected))
        )

    return work


def page_of(numbered: list[tuple[int, T]], limit: int) -> ResultPage[T]:
    """Of one row more than the page has: whether there is another page."""
    page = numbered[:limit]
    return ResultPage([row for _, row in page], page[-1][0] if len(numbered) > limit else None)


def _thread(row: Row[tuple[object, ...]]) -> Thread:
    return Thread(
        id=row.id,
        owner=row.owner,
        title=row.title,
        created_at=row.created_at,
        workflow=row.workflow,
        step=row.step,
        ended=row.ended,
        collected=row.collected,
    )
