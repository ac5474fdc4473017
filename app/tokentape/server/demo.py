"""`tokentape demo`: the app with a mock of its own, in two processes that end as one."""

import os
import secrets
import signal
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tokentape.access.client_address import is_loopback
from tokentape.child_processes.server import NotReady, ServerProcess, start
from tokentape.settings import Settings

FOLDER = Path(".tokentape")
END_S = 1.5
OWN: Mapping[str, Any] = {
    "rate_limit_authenticated": "off",
    "rate_limit_anonymous": "off",
    "rate_limit_documents": "off",
    "shutdown_grace_s": 0.3,
    "ui_targets": "loopback",
}
"""Its settings where the environment has none."""
MOCK_TOKEN = "MOCK_OPENAI_ADMIN_TOKEN"  # noqa: S105  # its name, not a token
UPSTREAM_VARIABLES = ("OPENAI_BASE_URL", "OPENAI_API_KEY")


class NoMock(Exception):
    """The mock did not start; the message says what it said."""


def demo_settings(port: int, host: str, upstream: Mapping[str, str]) -> Settings:
    """Settings for a demo on this upstream; what the environment sets stays as it is."""
    FOLDER.mkdir(exist_ok=True)
    own = {name: value for name, value in OWN.items() if not os.environ.get(name.upper())}
    given: dict[str, Any] = {"host": host, "port": port, **own, **upstream}
    if not os.environ.get("DATABASE_URL"):
        given["database_url"] = f"sqlite+aiosqlite:///{(FOLDER / 'demo.db').resolve()}"
    if not os.environ.get("JWT_SECRET"):
        given["jwt_secret"] = _kept_secret()
    # On loopback nobody else comes. Who has set a token means it to be asked for.
    if is_loopback(host) and not any(os.environ.get(name) for name in ("ADMIN_TOKEN", "UI_OPEN")):
        given["ui_open"] = True
        # The Monitor asks for statistics as any admin does.
        given["admin_token"] = secrets.token_urlsafe(24)
    return Settings(**given)


@contextmanager
def demo_upstream() -> Iterator[Callable[[], Mapping[str, str]]]:
    """A mock on a free port, unless the environment names an upstream.

    It is starting when the block is entered and gone when it is left; the function given waits for
    it and returns the settings that name it, none where the environment does. Raises `NoMock`.
    """
    if any(os.environ.get(name) for name in UPSTREAM_VARIABLES):
        yield dict
        return
    scenarios = FOLDER / "scenarios"  # where the page saves what is written on it
    scenarios.mkdir(parents=True, exist_ok=True)
    serve = ["serve", "--host", "127.0.0.1", "--port", "0", "--scenarios", str(scenarios)]
    # Set for either, an admin token is for both: they are each other's.
    token = next(filter(None, map(os.environ.get, (MOCK_TOKEN, "MOCK_ADMIN_TOKEN"))), "")
    mock = start(
        [sys.executable, "-m", "mock_openai", *serve],
        {**os.environ, MOCK_TOKEN: token},
        grace_s=END_S,
    )
    try:
        yield lambda: {**_settings_of(mock), **({"mock_admin_token": token} if token else {})}
    finally:
        mock.stop(within_s=END_S)


def _settings_of(mock: ServerProcess) -> Mapping[str, str]:
    try:
        url = mock.wait_ready()
    except NotReady as error:
        raise NoMock(f"The mock did not start: {error}") from error
    return {"openai_base_url": url, "openai_api_key": "mock", "mock_url": mock.root}


def _kept_secret() -> str:
    """A secret that outlives a restart, so that the demo's tokens do."""
    path = FOLDER / "jwt_secret"
    if not path.exists() or not path.read_text().strip():
        draft = path.with_suffix(".part")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_hex(32))
        draft.replace(path)
    return path.read_text().strip()


def end_on_signals() -> None:
    """A closed terminal must end the mock too, and so must SIGTERM before uvicorn takes it over."""

    def end(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    for name in ("SIGTERM", "SIGHUP"):
        if hasattr(signal, name):
            signal.signal(getattr(signal, name), end)
