"""The store on a real SQLite file: what is kept, in which order, and after a crash."""

import asyncio
from pathlib import Path

from sqlalchemy import inspect
from sqlalchemy.ext.asyncio import AsyncEngine

from app.store.database import migrate, open_engine
from app.store.store import Begun, Conversation, Store
from app.store.tables import METADATA


def url(folder: Path) -> str:
    return f"sqlite:///{folder / 'deep' / 'store.db'}"


def begun(number: int, *, created: bool = True, owner: str | None = None) -> Begun:
    place = Conversation("ai-chat", "c", owner)
    return Begun(
        place, created, f"run-{number}", f"user-{number}", f"hello {number}", f"ai-{number}"
    )


async def test_messages_come_back_oldest_first_and_the_newest_when_limited(tmp_path: Path) -> None:
    store = await Store.open(url(tmp_path))
    for number in range(3):
        await store.begin(begun(number, created=number == 0))
        await store.finish(f"ai-{number}", f"answer {number}", "complete", None)
    contents = [message.content for message in await store.messages("ai-chat", "c", 3)]
    assert contents == ["answer 1", "hello 2", "answer 2"]
    await store.close()


async def test_nothing_is_left_running_after_a_crash(tmp_path: Path) -> None:
    dead = await Store.open(url(tmp_path))
    await dead.begin(begun(0))
    await dead.close()
    store = await Store.open(url(tmp_path))
    answer = (await store.messages("ai-chat", "c", 9))[1]
    assert (answer.status, answer.code) == ("failed", "INTERNAL")
    await store.close()


async def test_failing_write_does_not_take_its_neighbours_with_it(tmp_path: Path) -> None:
    store = await Store.open(url(tmp_path))
    await store.begin(begun(0))
    same = [store.begin(begun(0, created=False)), store.begin(begun(1, created=False))]
    failed, stored = await asyncio.gather(*same, return_exceptions=True)
    assert isinstance(failed, Exception)
    assert stored is None
    assert [message.id for message in await store.messages("ai-chat", "c", 9)] == [
        "user-0",
        "ai-0",
        "user-1",
        "ai-1",
    ]
    await store.close()


async def test_run_is_known_by_its_conversation_long_after(tmp_path: Path) -> None:
    store = await Store.open(url(tmp_path))
    await store.begin(begun(0, owner="alice"))
    assert await store.run_owner("run-0") == Conversation("ai-chat", "c", "alice")
    assert await store.run_owner("run-9") is None
    await store.close()


async def test_migrations_make_the_tables_that_the_code_uses(tmp_path: Path) -> None:
    engine = open_engine(url(tmp_path))
    await migrate(engine)
    await migrate(engine)
    assert await _shape(engine) == {
        table.name: {column.name: column.nullable for column in table.columns}
        for table in METADATA.sorted_tables
    }
    await engine.dispose()


async def _shape(engine: AsyncEngine) -> dict[str, dict[str, bool]]:
    async with engine.connect() as connection:

        def look(sync: object) -> dict[str, dict[str, bool]]:
            found = inspect(sync)
            assert found is not None
            return {
                name: {column["name"]: column["nullable"] for column in found.get_columns(name)}
                for name in found.get_table_names()
                if name != "alembic_version"
            }

        return await connection.run_sync(look)
