"""What messages hold beside their text, stored with them."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncConnection

from tokentape.store.database import Work
from tokentape.store.tables import MESSAGES


def together(one: Work[None] | None, other: Work[None] | None) -> Work[None] | None:
    """Both, one after the other."""
    if one is None or other is None:
        return one or other

    async def work(connection: AsyncConnection) -> None:
        await one(connection)
        await other(connection)

    return work


def storing_parts(message_id: str, parts: Sequence[Mapping[str, Any]]) -> Work[None]:
    """What stores a message's parts: for `Store.begin` and `Store.finish`, in whose transaction it
    is done."""

    async def work(connection: AsyncConnection) -> None:
        await connection.execute(
            update(MESSAGES).where(MESSAGES.c.id == message_id).values(parts=list(parts))
        )

    return work
