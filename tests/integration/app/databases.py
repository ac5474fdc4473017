"""Empty databases of the newest revision for servers in a test's own process: copies of one.

A migration takes longer than the rest of a server's start. That each start migrates is shown by the
store's own tests and by every server that a test starts as a process.
"""

import asyncio
import tempfile
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from tokentape.store.database import migrate, open_engine


def empty_database(folder: Path) -> str:
    """The URL of the folder's database; an empty one is put there where there is none."""
    file = folder / "app.db"
    if not file.exists():
        folder.mkdir(parents=True, exist_ok=True)
        file.write_bytes(_migrated())
    return f"sqlite:///{file}"


@cache
def _migrated() -> bytes:
    with tempfile.TemporaryDirectory() as folder, ThreadPoolExecutor(1) as thread:
        file = Path(folder) / "empty.db"
        # In a thread, since the caller's has a loop already.
        thread.submit(asyncio.run, _migrate(file)).result()
        return file.read_bytes()


async def _migrate(file: Path) -> None:
    engine = open_engine(f"sqlite:///{file}")
    await migrate(engine)
    await engine.dispose()
