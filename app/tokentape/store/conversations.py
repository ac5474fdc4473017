"""Conversations and messages: what is asked of the store, and nothing of how turns work."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal

from sqlalchemy import ColumnElement, Row, bindparam, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from tokentape.store.backends import backend_of
from tokentape.store.database import Work, Writer, migrate, open_engine
from tokentape.store.lease import Lease
from tokentape.store.process_locks import Signs, folder_beside
from tokentape.store.readiness import Readiness
from tokentape.store.tables import CONVERSATIONS, MESSAGES

# PostgreSQL keeps no U+0000 in text, and no id has one.
NUL, INSTEAD = "\x00", "\ufffd"

Role = Literal["user", "assistant", "system"]
Status = Literal["running", "complete", "stopped", "failed"]


@dataclass(frozen=True, slots=True)
class Conversation:
    """`owner` None: whoever knows its id."""

    dialect: str
    id: str
    owner: str | None


@dataclass(frozen=True, slots=True)
class Message:
    """`run_id` and `code` are an answer's; `code` says why it failed."""

    id: str
    role: Role
    content: str
    status: Status
    created_at: datetime
    run_id: str | None = None
    code: str | None = None
    parts: Sequence[Mapping[str, Any]] = ()
    """What it holds beside text, in order, and the text where it stands among that; none where its
    content is all of it. Their shape is the dialects'."""


@dataclass(frozen=True, slots=True)
class Begun:
    """A turn about to run: what is stored before the upstream is called."""

    conversation: Conversation
    created: bool
    run_id: str
    user_message_id: str
    content: str
    answer_id: str
    at: datetime = field(default_factory=lambda: datetime.now(UTC))
    anonymous: bool = False
    """It was nobody's so far: it becomes the owner's, unless somebody else's in the meantime."""


class Taken(Exception):
    """The conversation has become somebody else's since it was looked at; nothing was stored."""


def never() -> bool:
    """Nobody has been told yet."""
    return False


class Store:
    """Open it with `await Store.open(url)`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._closed = False
        self._writer = Writer(engine)
        backend = backend_of(engine.url.get_backend_name())
        beside = folder_beside(backend.file(engine.url)) if backend else None
        self.lease = Lease(self._writer, Signs(beside))
        room = beside.parent if beside else None
        self._readiness = Readiness(self._writer, self.lease.touch, room)

    @classmethod
    async def open(cls, url: str) -> "Store":
        """Migrate, and end what dead processes left running."""
        async with AsyncExitStack() as undo:
            engine = open_engine(url)
            undo.push_async_callback(engine.dispose)
            await migrate(engine)
            store = cls(engine)
            undo.push_async_callback(store.close)
            await store.lease.acquire()
            undo.pop_all()
        return store

    @property
    def engine(self) -> AsyncEngine:
        """To read with; what writes goes through `writer`."""
        return self._engine

    @property
    def writer(self) -> Writer:
        """The one way in which anything is written."""
        return self._writer

    async def close(self) -> None:
        """Write what waits, and end what this process still has running; again does nothing."""
        if self._closed:
            return
        self._closed = True
        await self.lease.give_up()
        await self._writer.close()
        await self._engine.dispose()

    async def ready(self) -> bool:
        """Whether the database takes what is written."""
        return await self._readiness.now()

    async def conversation(self, dialect: str, id_: str) -> Conversation | None:
        """None where there is none of this id."""
        if NUL in id_:
            return None
        async with self._engine.connect() as connection:
            rows = await connection.execute(
                select(CONVERSATIONS.c.owner).where(
                    CONVERSATIONS.c.dialect == dialect, CONVERSATIONS.c.id == id_
                )
            )
            row = rows.first()
        return Conversation(dialect, id_, row.owner) if row else None

    async def messages(self, dialect: str, conversation_id: str, limit: int) -> list[Message]:
        """The newest `limit` messages, oldest first."""
        async with self._engine.connect() as connection:
            result = await connection.execute(
                select(MESSAGES)
                .where(MESSAGES.c.dialect == dialect, MESSAGES.c.conversation_id == conversation_id)
                .order_by(MESSAGES.c.number.desc())
                .limit(limit)
            )
            rows = result.all()
        return [message_of(row) for row in reversed(rows)]

    async def run_owner(self, run_id: str) -> Conversation | None:
        """The conversation that a run belonged to, however long ago."""
        answer = await self.answer_of(run_id)
        return answer[0] if answer else None

    async def answer_of(self, run_id: str) -> tuple[Conversation, Message] | None:
        """What is stored of a run's answer, and the conversation that it is in."""
        return await self._placed(MESSAGES.c.run_id, run_id)

    async def message_place(self, message_id: str) -> tuple[Conversation, Message] | None:
        """A message and the conversation that it is in."""
        return await self._placed(MESSAGES.c.id, message_id)

    async def _placed(
        self, key: ColumnElement[str | None], value: str
    ) -> tuple[Conversation, Message] | None:
        if NUL in value:
            return None
        async with self._engine.connect() as connection:
            rows = await connection.execute(
                select(MESSAGES, CONVERSATIONS.c.owner)
                .join(
                    CONVERSATIONS,
                    (MESSAGES.c.dialect == CONVERSATIONS.c.dialect)
                    & (MESSAGES.c.conversation_id == CONVERSATIONS.c.id),
                )
                .where(key == value)
            )
            row = rows.first()
        if row is None:
            return None
        return Conversation(row.dialect, row.conversation_id, row.owner), message_of(row)

    async def begin(self, begun: Begun, more: Work[None] | None = None) -> None:
        """Store the user's message and an empty answer that is running, in one transaction, and
        `more` with them. Raises `Taken`."""
        conversation, now = begun.conversation, begun.at
        place = {"dialect": conversation.dialect, "conversation_id": conversation.id}
        user = {
            **place,
            "id": begun.user_message_id,
            "run_id": None,
            "role": "user",
            "content": begun.content,
            "status": "complete",
            "created_at": now,
            "worker": None,
        }
        answer = {
            **user,
            "id": begun.answer_id,
            "run_id": begun.run_id,
            "role": "assistant",
            "content": "",
            "status": "running",
            "worker": self.lease.id,
        }

        async def work(connection: AsyncConnection) -> None:
            if begun.created:
                await connection.execute(
                    insert(CONVERSATIONS).values(
                        dialect=conversation.dialect,
                        id=conversation.id,
                        owner=conversation.owner,
                        created_at=now,
                    )
                )
            if begun.anonymous:
                await _take_over(connection, conversation)
            await connection.execute(insert(MESSAGES), [user, answer])
            if more:
                await more(connection)

        await self._writer.do(work)

    async def draft(self, texts: Mapping[str, str]) -> None:
        """Store what running answers say so far, by their ids; of others nothing changes."""
        rows = [
            {"answer": answer_id, "text": text.replace(NUL, INSTEAD)}
            for answer_id, text in texts.items()
        ]
        grown = (
            update(MESSAGES)
            .where(MESSAGES.c.id == bindparam("answer"), MESSAGES.c.status == "running")
            .values(content=bindparam("text"))
        )

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(grown, rows)

        await self._writer.do(work)

    async def finish(
        self,
        answer_id: str,
        content: str,
        status: Status,
        code: str | None,
        more: Work[None] | None = None,
        *,
        is_sent: Callable[[], bool] = never,
    ) -> None:
        """Store how an answer ended, and `more` with it.

        Raises what the database says; then the end is stored when it can be, as it was told, or as
        a failure where nothing has been told yet: that is what viewers then hear.
        """
        text = content.replace(NUL, INSTEAD)

        def end_of(status: Status, code: str | None, more: Work[None] | None) -> Work[None]:
            async def work(connection: AsyncConnection) -> None:
                await connection.execute(
                    update(MESSAGES)
                    .where(MESSAGES.c.id == answer_id)
                    .values(content=text, status=status, code=code)
                )
                if more:
                    await more(connection)

            return work

        end = end_of(status, code, more)
        stored = False
        try:
            await self._writer.do(end)
            stored = True
        finally:  # also of who is cancelled
            if not stored:
                owed = end if is_sent() else end_of("failed", "INTERNAL", None)
                self.lease.owe(answer_id, owed)

    async def edit(self, message_id: str, content: str) -> None:
        """Another content for a message; does nothing where it is gone."""

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(
                update(MESSAGES).where(MESSAGES.c.id == message_id).values(content=content)
            )

        await self._writer.do(work)

    async def delete(self, message_id: str) -> None:
        """Take a message away, if it is there."""

        async def work(connection: AsyncConnection) -> None:
            await connection.execute(delete(MESSAGES).where(MESSAGES.c.id == message_id))

        await self._writer.do(work)


def replacing_from(begun: Begun, question: int) -> Work[None]:
    """What lets a turn take the place of its conversation's messages from the user's message of
    this number on (from 0): for `Store.begin`, in whose transaction it is done."""
    place = (
        MESSAGES.c.dialect == begun.conversation.dialect,
        MESSAGES.c.conversation_id == begun.conversation.id,
        ~MESSAGES.c.id.in_((begun.user_message_id, begun.answer_id)),
    )
    first = select(MESSAGES.c.number).where(*place, MESSAGES.c.role == "user")
    first = first.order_by(MESSAGES.c.number).offset(question).limit(1)

    async def work(connection: AsyncConnection) -> None:
        number = (await connection.execute(first)).scalar()
        if number is not None:
            await connection.execute(delete(MESSAGES).where(*place, MESSAGES.c.number >= number))

    return work


async def _take_over(connection: AsyncConnection, conversation: Conversation) -> None:
    """Raises `Taken`."""
    table, owner = CONVERSATIONS.c, conversation.owner
    taken = await connection.execute(
        update(CONVERSATIONS)
        .where(
            table.dialect == conversation.dialect,
            table.id == conversation.id,
            table.owner.is_(None) | (table.owner == owner),
        )
        .values(owner=owner)
    )
    if not taken.rowcount:
        rows = await connection.execute(
            select(table.id).where(
                table.dialect == conversation.dialect, table.id == conversation.id
            )
        )
        if rows.first():
            raise Taken


def message_of(row: Row[tuple[object, ...]]) -> Message:
    """A row of messages."""
    return Message(
        row.id,
        row.role,
        row.content,
        row.status,
        row.created_at,
        row.run_id,
        row.code,
        tuple(row.parts or ()),
    )
