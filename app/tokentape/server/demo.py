"""`tokentape demo`: the app with a mock of its own, in two processes that end as one."""

import os
import secrets
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from tokentape.access.client_address import is_loopback
from tokentape.child_processes.guard import guarded
from tokentape.settings import Settings

FOLDER = Path(".tokentape")
READY = "mock-openai ready at "
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
    # A group of its own: Ctrl-C reaches us alone, and we end it when the app has ended.
    child = subprocess.Popen(  # noqa: S603  # our own module, by our own interpreter
        [sys.executable, "-m", "mock_openai", *serve],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        text=True,
        start_new_session=True,
        env={**os.environ, MOCK_TOKEN: token},
    )
    # It ends also when we are killed and can't end it.
    with guarded(child, END_S):
        try:
            yield lambda: {**_settings_of(child), **({"mock_admin_token": token} if token else {})}
        finally:
            child.terminate()
            try:
                child.wait(END_S)
            except subprocess.TimeoutExpired:
                child.kill()
                child.wait()


def _settings_of(child: subprocess.Popen[str]) -> Mapping[str, str]:
    assert child.stdout is not None  # noqa: S101  # for the type checker: PIPE was asked
    line = child.stdout.readline().strip()
    if not line.startswith(READY):
        raise NoMock(f"The mock did not start: {line or 'it said nothing'}")
    threading.Thread(target=_read_on, args=(child.stdout,), daemon=True).start()
    url = line.removeprefix(READY)
    return {"openai_base_url": url, "openai_api_key": "mock", "mock_url": url.removesuffix("/v1")}


def _read_on(said: IO[str]) -> None:
    """A full pipe would block the child."""
    with said:
        said.read()


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
