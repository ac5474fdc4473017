"""Runs the mock under uvicorn: one process, or several on one socket."""

import functools
import signal
import socket
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import uvicorn
from uvicorn.supervisors import Multiprocess

from mock_openai.errors import SetupError
from mock_openai.http.player_protocol import PlayerProtocol
from mock_openai.playback.cpu_scheduling import short_turns
from mock_openai.playback.gc_control import calm
from mock_openai.server.app import create_app
from mock_openai.settings import Settings

STOP_S = 1
START_S = 30
Ready = Callable[[str], None]


def serve(settings: Settings, ready: Ready) -> None:
    """Returns after SIGTERM or SIGINT; `ready` is told the base URL when requests are taken."""
    sock = _bound(settings)
    if settings.workers == 1:
        _serve(settings, sock, ready)
    else:
        with TemporaryDirectory(prefix="mock-openai-") as folder:
            _serve(replace(settings, peers=Path(folder)), sock, ready)
    sock.close()


def _serve(settings: Settings, sock: socket.socket, ready: Ready) -> None:
    config = uvicorn.Config(
        functools.partial(create_app, settings),
        factory=True,
        http=PlayerProtocol,
        ws="none",
        loop="auto",
        lifespan="on",
        access_log=False,
        log_level="warning",
        workers=settings.workers,
        timeout_keep_alive=75,
        timeout_graceful_shutdown=STOP_S,
        backlog=4096,
    )
    base_url = f"http://{_reachable(settings.host)}:{sock.getsockname()[1]}/v1"
    announce = functools.partial(ready, base_url)
    for number in (signal.SIGINT, signal.SIGTERM):
        # uvicorn raises the signal again when it is done: stopping is no failure.
        signal.signal(number, lambda *_: None)
    if settings.workers > 1:
        _Workers(config, sock, announce).run()
    else:
        _WorkerServer(config, announce).run([sock])


def _bound(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((settings.host, settings.port))
    except OSError as error:
        sock.close()
        place = f"{settings.host}:{settings.port}"
        raise SetupError(f"can't listen on {place}: {error.strerror}; try --port 0") from error
    sock.set_inheritable(True)
    return sock


def _reachable(host: str) -> str:
    if host in ("0.0.0.0", "::"):  # noqa: S104 - compared, not bound
        return "127.0.0.1"
    return f"[{host}]" if ":" in host else host


class _WorkerServer(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, announce: Callable[[], None]) -> None:
        super().__init__(config)
        self._announce = announce

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        calm()
        short_turns()
        if self.started:
            self._announce()


class _Workers(Multiprocess):
    """The kernel hands each connection to one of the workers that wait on the socket."""

    def __init__(
        self, config: uvicorn.Config, sock: socket.socket, announce: Callable[[], None]
    ) -> None:
        super().__init__(config, [sock])
        self._announce = announce
        for number in (signal.SIGINT, signal.SIGTERM):
            # uvicorn's own way looks at signals every half second only.
            signal.signal(number, lambda *_: self.should_exit.set())

    def init_processes(self) -> None:
        super().init_processes()
        if all(process.wait_until_ready(START_S) for process in self.processes):
            self._announce()
