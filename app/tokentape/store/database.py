"""The database behind the store: engine, pragmas, migrations, and one writer that batches."""

import asyncio
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from alembic import command
from alembic.config import Config
from sqlalchemy import URL, Connection, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, OperationalError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from tokentape.store.backends import BACKENDS, Backend, backend_of

T = TypeVar("T")
Work = Callable[[AsyncConnection], Awaitable[T]]

BATCH_MAX = 200
WAITING_MAX = 10_000


class NoDatabase(Exception):
    """What DATABASE_URL names can't be used; the message says what it is, and why not."""


@contextmanager
def naming(url: str) -> Iterator[None]:
    """What goes wrong with a database in the block names its address, without its password.

    Raises `NoDatabase`.
    """
    try:
        yield
    except (OSError, SQLAlchemyError) as error:
        place = make_url(url).render_as_string()
        why = error.orig if isinstance(error, DBAPIError) else error
        raise NoDatabase(f"DATABASE_URL: {place} can't be used: {why}") from error


async def reach(url: str) -> None:
    """Connect once, so that a wrong address is told before anything else. Raises `NoDatabase`."""
    engine = open_engine(url)
    try:
        with naming(url):
            async with engine.connect():
                pass
    finally:
        await engine.dispose()


def open_engine(url: str) -> AsyncEngine:
    """An engine for the URL; a plain `sqlite://` or `postgresql://` gets its async driver.

    Raises `NoDatabase` for what is no address of such a database.
    """
    parsed, backend = _parsed(url)
    with naming(url):
        backend.prepare(parsed)
    # What people said stays out of errors and logs.
    engine = create_async_engine(parsed, hide_parameters=True, **backend.options)
    if backend.on_connect:
        event.listen(engine.sync_engine, "connect", backend.on_connect)
    return engine


def _parsed(url: str) -> tuple[URL, Backend]:
    scheme, separator, rest = url.partition("://")
    backend = backend_of(scheme)
    try:
        if separator and backend:
            return make_url(f"{backend.driver}://{rest}"), backend
    except (ArgumentError, ValueError):
        pass
    addresses = " or ".join(one.address for one in BACKENDS)
    raise NoDatabase(f"DATABASE_URL: write it as {addresses}, not {url.rpartition('@')[2]!r}")


MIGRATING = threading.Lock()
"""Alembic keeps what it does in globals: one migration at a time in a process, in any loop."""


async def migrate(engine: AsyncEngine) -> None:
    """Bring the schema to the newest revision; does nothing where it is."""
    # A thread's lock, since the others may be in another loop; a wait in a thread couldn't be
    # cancelled without leaving it locked.
    while not MIGRATING.acquire(blocking=False):  # noqa: ASYNC110
        await asyncio.sleep(0.02)
    try:
        async with engine.connect() as connection:
            await connection.run_sync(_upgrade)
            await connection.commit()
    finally:
        MIGRATING.release()


def _upgrade(connection: Connection) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


class Writer:
    """One task that writes: works that wait together share a transaction and its commit."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine
        self._waiting: asyncio.Queue[tuple[Work[Any], asyncio.Future[Any]]] = asyncio.Queue(
            WAITING_MAX
        )
        self._task = asyncio.create_task(self._write())

    async def do(self, work: Work[T]) -> T:
        """The work's result once it is committed. A work may be run twice, when a neighbour in
        its transaction failed: it must do nothing but talk to the connection."""
        done: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        await self._waiting.put((work, done))
        return await done

    async def close(self) -> None:
        """Write what waits, then end."""
        await self._waiting.join()
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task

    async def _write(self) -> None:
        while True:
            batch = [await self._waiting.get()]
            while len(batch) < BATCH_MAX and not self._waiting.empty():
                batch.append(self._waiting.get_nowait())
            await self._together(batch)
            for _ in batch:
                self._waiting.task_done()

    async def _together(self, batch: list[tuple[Work[Any], asyncio.Future[Any]]]) -> None:
        try:
            async with self._engine.begin() as connection:
                results = [await work(connection) for work, _ in batch]
        except Exception as error:  # noqa: BLE001  # the writer must outlive its works
            if len(batch) == 1 or _is_locked(error):
                for _, done in batch:
                    _fail(done, error)
            else:
                for one in batch:
                    await self._together([one])
        else:
            for (_, done), result in zip(batch, results, strict=True):
                if not done.done():
                    done.set_result(result)


def _is_locked(error: BaseException) -> bool:
    """Somebody else has the database: that is no work's fault, and none would fare better alone."""
    return isinstance(error, OperationalError) and "locked" in str(error.orig)


def _fail(done: asyncio.Future[Any], error: BaseException) -> None:
    if not done.done():
        done.set_exception(error)
