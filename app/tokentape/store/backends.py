"""The databases that DATABASE_URL may name, a row each: how one is opened.

What one of them spells otherwise is written with SQLAlchemy's variants in `tables.py` and the
migrations; vectors are searched in `retrieval/documents.py`.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import URL


@dataclass(frozen=True, slots=True)
class Backend:
    """`name` is what people call it, `schemes` what they write before `://`; `driver` is
    SQLAlchemy's, an async one; `address` shows in errors. `prepare` makes what must be there before
    a connection is opened; `options` go to the engine; `on_connect` sets up each connection.
    `file` is where it is kept, for a database that is a file which processes of one machine share:
    beside it they see each other's signs of life.

    `lock_migrations` is the statement by which workers that start together take turns; it holds to
    the end of the transaction."""

    name: str
    schemes: tuple[str, ...]
    driver: str
    address: str
    lock_migrations: str
    prepare: Callable[[URL], None] = lambda url: None
    options: Mapping[str, Any] = field(default_factory=dict)
    on_connect: Callable[[Any, object], None] | None = None
    file: Callable[[URL], str | None] = lambda url: None


BUSY_TIMEOUT_MS = 10_000
"""How long SQLite waits for whoever has locked the file before it gives a work up."""


def _make_folder(url: URL) -> None:
    if url.database and url.database != ":memory:":
        Path(url.database).parent.mkdir(parents=True, exist_ok=True)


def _set_pragmas(connection: Any, _record: object) -> None:
    cursor = connection.cursor()
    # WAL lets readers go on while one writes; NORMAL syncs at checkpoints, not at each commit.
    for pragma in (
        "journal_mode = WAL",
        "synchronous = NORMAL",
        "foreign_keys = ON",
        f"busy_timeout = {BUSY_TIMEOUT_MS}",
        # Vectors are read by the megabyte: from the page cache itself, not through copies of it.
        "mmap_size = 268435456",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


BACKENDS = (
    Backend(
        "SQLite",
        ("sqlite",),
        "sqlite+aiosqlite",
        "sqlite:///FILE",
        # The driver begins no transaction before a table is made: two would make it at once.
        lock_migrations="BEGIN IMMEDIATE",
        prepare=_make_folder,
        on_connect=_set_pragmas,
        file=lambda url: url.database,
    ),
    Backend(
        "PostgreSQL",
        ("postgresql", "postgres"),
        "postgresql+asyncpg",
        "postgresql://USER:PASSWORD@HOST/NAME",
        # Any number that no other program locks.
        lock_migrations="SELECT pg_advisory_xact_lock(7308604)",
        options={"pool_pre_ping": True},
    ),
)


def backend_of(scheme: str) -> Backend | None:
    """The row of what stands before `://`, with the driver or without."""
    return next((one for one in BACKENDS if scheme in (*one.schemes, one.driver)), None)
