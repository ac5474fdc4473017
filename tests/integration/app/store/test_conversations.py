"""The store on a real SQLite file and a real PostgreSQL: what is kept, in which order, and after a
crash."""

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import pgvector.sqlalchemy  # noqa: F401  # tells SQLAlchemy of its types
import pytest
from sqlalchemy import insert, inspect, select, text, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from tokentape.store.conversations import Begun, Conversation, Message, Store
from tokentape.store.database import NoDatabase, migrate, open_engine, reach
from tokentape.store.lease import LEASE_S
from tokentape.store.message_parts import storing_parts
from tokentape.store.tables import MESSAGES, METADATA, WORKERS


@pytest.fixture
async def store(database: str) -> AsyncIterator[Store]:
    opened = await Store.open(database)
    yield opened
    await opened.close()


def begun(number: int, *, created: bool = True, owner: str | None = None) -> Begun:
    place = Conversation("ai-chat", "c", owner)
    return Begun(
        place, created, f"run-{number}", f"user-{number}", f"hello {number}", f"ai-{number}"
    )


async def answer_in(store: Store) -> Message:
    return (await store.messages("ai-chat", "c", 9))[1]


async def test_messages_come_back_oldest_first_and_the_newest_when_limited(store: Store) -> None:
    for number in range(3):
        await store.begin(begun(number, created=number == 0))
        await store.finish(f"ai-{number}", f"answer {number}", "complete", None)
    contents = [message.content for message in await store.messages("ai-chat", "c", 3)]
    assert contents == ["answer 1", "hello 2", "answer 2"]


async def test_parts_of_messages_come_back_with_them(store: Store) -> None:
    question = [{"kind": "result", "id": "c", "text": "4\x002"}]
    answer: list[dict[str, Any]] = [
        {"kind": "call", "id": "c", "whole": True},
        {"kind": "text", "text": "\U0001f600"},
    ]
    await store.begin(begun(0), storing_parts("user-0", question))
    await store.finish("ai-0", "hi", "complete", None, storing_parts("ai-0", answer))
    await store.begin(begun(1, created=False))
    found = [list(message.parts) for message in await store.messages("ai-chat", "c", 4)]
    assert found == [question, answer, [], []]


async def test_moments_come_back_in_utc(store: Store) -> None:
    before = datetime.now(UTC)
    await store.begin(begun(0))
    created = (await answer_in(store)).created_at
    assert created.tzinfo is not None
    assert timedelta() <= created - before < timedelta(seconds=60)


async def test_nothing_is_left_running_by_a_process_that_ended(database: str) -> None:
    ended = await Store.open(database)
    await ended.begin(begun(0))
    await ended.close()
    store = await Store.open(database)
    answer = await answer_in(store)
    assert (answer.status, answer.code) == ("failed", "INTERNAL")
    await store.close()


CRASH = """
import asyncio, os, sys
from tokentape.store.conversations import Begun, Conversation, Store

async def main():
    store = await Store.open(sys.argv[1])
    await store.begin(Begun(Conversation("ai-chat", "c", None), True, "r", "u", "hello", "a"))
    os._exit(9)

asyncio.run(main())
"""


async def test_nothing_is_left_running_by_a_process_that_was_killed(database: str) -> None:
    command = [sys.executable, "-c", CRASH, database]
    done = await asyncio.to_thread(
        subprocess.run, command, check=False, cwd=Path(__file__).parents[4], env=os.environ
    )
    assert done.returncode == 9
    store = await Store.open(database)
    answer = await answer_in(store)
    assert (answer.status, answer.code) == ("failed", "INTERNAL")
    await store.close()


AS_ROOT = [] if os.geteuid() == 0 else ["--map-root-user"]
OTHER_NAMESPACE = ["unshare", *AS_ROOT, "--pid", "--fork", "--kill-child", "--mount-proc"]
"""A pid namespace of its own, as a container has: its first process has the id 1."""
namespaced = pytest.mark.skipif(
    subprocess.run([*OTHER_NAMESPACE, "true"], check=False, capture_output=True).returncode != 0
    if shutil.which("unshare")
    else True,
    reason="this system lets nobody make a pid namespace",
)
LOOK = """
import asyncio, os, sys
from tokentape.store.conversations import Store

async def main():
    store = await Store.open(sys.argv[1])
    _, answer = await store.answer_of("r")
    print(os.getpid(), answer.status, flush=True)
    await store.close()

asyncio.run(main())
"""
LIVE = CRASH.replace("os._exit(9)", "print(os.getpid(), flush=True); sys.stdin.read()")


def in_namespace(script: str, database: str) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [*OTHER_NAMESPACE, sys.executable, "-c", script, database],
        cwd=Path(__file__).parents[4],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@namespaced
def test_process_that_was_killed_is_known_for_dead_by_one_of_the_same_id(tmp_path: Path) -> None:
    database = f"sqlite:///{tmp_path / 'store.db'}"
    with in_namespace(CRASH, database) as killed:
        killed.wait(30)
    with in_namespace(LOOK, database) as restarted:
        assert restarted.communicate(timeout=100)[0].split() == ["1", "failed"]
    assert not (tmp_path / "store.db-workers").exists()


@namespaced
def test_living_process_of_the_same_id_and_host_in_another_namespace_is_left_alone(
    database: str,
) -> None:
    with in_namespace(LIVE, database) as living:
        assert living.stdout is not None
        assert living.stdout.readline() == "1\n"
        with in_namespace(LOOK, database) as other:
            assert other.communicate(timeout=100)[0].split() == ["1", "running"]
        living.communicate("over")


async def test_id_of_a_process_that_was_given_again_is_somebody_else(
    store: Store, database: str, tmp_path: Path
) -> None:
    await store.begin(begun(0))
    other = str(uuid4())
    engine = open_engine(database)
    async with engine.begin() as connection:
        # As a process left it that had our id, and is gone.
        mine = (await connection.execute(select(WORKERS))).one()._asdict()
        earlier = {"id": other, "started": mine["started"] - 1}
        await connection.execute(insert(WORKERS).values(mine | earlier))
        await connection.execute(update(MESSAGES).values(worker=other))
    await engine.dispose()
    await (await Store.open(database)).close()
    answer = await answer_in(store)
    assert (answer.status, answer.code) == ("failed", "INTERNAL")


async def test_process_that_is_seen_to_live_may_be_silent(store: Store, database: str) -> None:
    await store.begin(begun(0))
    engine = open_engine(database)
    async with engine.begin() as connection:
        long_ago = datetime.now(UTC) - timedelta(seconds=LEASE_S * 9)
        await connection.execute(update(WORKERS).values(seen_at=long_ago))
    await engine.dispose()
    await (await Store.open(database)).close()
    assert (await answer_in(store)).status == "running"


async def test_what_another_living_process_has_running_is_left_alone(
    store: Store, database: str
) -> None:
    await store.begin(begun(0))
    other = await Store.open(database)
    await other.close()
    assert (await answer_in(store)).status == "running"


@pytest.mark.parametrize(("silent_s", "status"), [(LEASE_S / 2, "running"), (99, "failed")])
async def test_process_on_another_host_counts_as_dead_once_it_was_silent_long_enough(
    silent_s: float, status: str, store: Store, database: str
) -> None:
    await store.begin(begun(0))
    engine = open_engine(database)
    async with engine.begin() as connection:
        seen_at = datetime.now(UTC) - timedelta(seconds=silent_s)
        await connection.execute(update(WORKERS).values(machine="elsewhere", seen_at=seen_at))
    await engine.dispose()
    other = await Store.open(database)
    assert (await answer_in(store)).status == status
    await other.close()
    # It was only slow: what it says of its own answer holds.
    await store.finish("ai-0", "late", "complete", None)
    assert (await answer_in(store)).status == "complete"


async def test_processes_that_ended_leave_no_row(database: str) -> None:
    for _ in range(2):
        await (await Store.open(database)).close()
    engine = open_engine(database)
    async with engine.connect() as connection:
        assert (await connection.execute(select(WORKERS))).all() == []
    await engine.dispose()


async def test_failing_write_does_not_take_its_neighbours_with_it(store: Store) -> None:
    await store.begin(begun(0))
    same = [store.begin(begun(0, created=False)), store.begin(begun(1, created=False))]
    failed, stored = await asyncio.gather(*same, return_exceptions=True)
    assert isinstance(failed, SQLAlchemyError)
    assert "hello 0" not in str(failed)
    assert stored is None
    assert [message.id for message in await store.messages("ai-chat", "c", 9)] == [
        "user-0",
        "ai-0",
        "user-1",
        "ai-1",
    ]


async def test_end_that_could_not_be_stored_is_stored_as_a_failure_later(
    store: Store, database: str
) -> None:
    await store.begin(begun(0))
    engine = open_engine(database)
    async with engine.begin() as connection:
        await connection.execute(text("ALTER TABLE messages RENAME TO away"))
    with pytest.raises(SQLAlchemyError):
        await store.finish("ai-0", "all of it", "complete", None)
    async with engine.begin() as connection:
        await connection.execute(text("ALTER TABLE away RENAME TO messages"))
    await engine.dispose()
    await store.lease.pay()
    answer = await answer_in(store)
    assert (answer.content, answer.status, answer.code) == ("all of it", "failed", "INTERNAL")


async def test_end_that_was_told_before_it_could_be_stored_is_stored_as_it_was_told(
    store: Store, database: str
) -> None:
    await store.begin(begun(0))
    engine = open_engine(database)
    async with engine.begin() as connection:
        await connection.execute(text("ALTER TABLE messages RENAME TO away"))
    with pytest.raises(SQLAlchemyError):
        await store.finish("ai-0", "all of it", "complete", None, is_sent=lambda: True)
    async with engine.begin() as connection:
        await connection.execute(text("ALTER TABLE away RENAME TO messages"))
    await engine.dispose()
    await store.close()  # who goes pays first
    again = await Store.open(database)
    answer = await answer_in(again)
    assert (answer.content, answer.status, answer.code) == ("all of it", "complete", None)
    await again.close()


async def test_run_is_known_by_its_conversation_long_after(store: Store) -> None:
    await store.begin(begun(0, owner="alice"))
    assert await store.run_owner("run-0") == Conversation("ai-chat", "c", "alice")
    assert await store.run_owner("run-9") is None
    await store.finish("ai-0", "the first", "complete", None)
    await store.begin(begun(1, created=False))
    place, kept = await store.answer_of("run-0") or (None, None)
    assert place == Conversation("ai-chat", "c", "alice")
    assert kept is not None
    assert (kept.id, kept.role, kept.content) == ("ai-0", "assistant", "the first")


async def test_what_no_database_keeps_is_replaced_or_not_found(store: Store) -> None:
    await store.begin(begun(0))
    await store.finish("ai-0", "a\x00b\U0001f600", "complete", None)
    assert (await answer_in(store)).content == "a\ufffdb\U0001f600"
    assert await store.run_owner("run\x00") is None
    assert await store.conversation("ai-chat", "\x00") is None
    assert await store.message_place("\x00") is None


async def test_migrations_make_the_tables_that_the_code_uses(database: str) -> None:
    engine = open_engine(database)
    await migrate(engine)
    await migrate(engine)
    shape = await _shape(engine)
    # A type that only pgvector has: see migration 0003.
    assert ("vector" in shape["passages"]) == database.startswith("postgres")
    shape["passages"].pop("vector", None)
    assert shape == {
        table.name: {column.name: column.nullable for column in table.columns}
        for table in METADATA.sorted_tables
    }
    await engine.dispose()


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("nonsense", "write it as sqlite:///FILE"),
        ("oracle://me:hidden@host/name", "not 'host/name'"),
        ("postgresql://me:hidden@[::1/name", "write it as sqlite:///FILE"),
        ("postgresql://me:hidden@127.0.0.1:1/x", "me:***@127.0.0.1:1/x can't be used: "),
        ("sqlite:////dev/null/x.db", "sqlite:////dev/null/x.db can't be used: "),
    ],
)
async def test_a_database_that_can_not_be_used_is_told_by_its_address_without_its_password(
    url: str, told: str
) -> None:
    with pytest.raises(NoDatabase) as refused:
        await reach(url)
    assert told in str(refused.value)
    assert "hidden" not in str(refused.value)


START = """
import asyncio, sys
from tokentape.store.conversations import Store

async def main():
    await (await Store.open(sys.argv[1])).close()

asyncio.run(main())
"""


async def test_processes_that_start_together_migrate_once(database: str) -> None:
    command = [sys.executable, "-c", START, database]
    started = [
        await asyncio.create_subprocess_exec(*command, cwd=Path(__file__).parents[4])
        for _ in range(2)
    ]
    assert [await process.wait() for process in started] == [0, 0]


async def test_stores_that_open_together_in_one_process_migrate_each_its_own(
    tmp_path: Path,
) -> None:
    addresses = [f"sqlite:///{tmp_path}/{number}.db" for number in range(4)]
    for store in await asyncio.gather(*map(Store.open, addresses)):
        await store.close()


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
