"""uvicorn as we run it: one listening socket, one ready line, an orderly end, and connections of
our own kind."""

import asyncio
import ctypes
import gc
import logging
import socket
import sys

import uvicorn

from tokentape.server.app import PACKET_MAX_BYTES, App, create_app
from tokentape.server.connections import CutHttp, CutWebSocket
from tokentape.settings import Settings
from tokentape.store.database import reach

BACKLOG = 2_048
# Of malloc.h.
M_TRIM_THRESHOLD, M_MMAP_THRESHOLD, M_ARENA_MAX = -1, -3, -8
# The kernel gives up a peer that acknowledges nothing for this long: one that left without a FIN.
SILENT_PEER_MS = 20_000
# What the kernel holds unsent for one viewer: enough for any link, and a reader that has stopped
# shows after this much instead of the megabytes that it would take otherwise.
UNSENT_MAX_BYTES = 131_072
# After our own drain nothing should be left; what is left is cut.
UVICORN_GRACE_S = 1
OPEN_FILES = 65_536
YOUNG_MAX = 2_500
"""New objects that the garbage collector lets come together. The chunks of one read are more than
Python's 700, and gone before the next: looking through them each time cost a tenth of the relay."""


class Server(uvicorn.Server):
    """Says when it is ready, and drains the app before it closes connections."""

    def __init__(self, config: uvicorn.Config, app: App, ready_line: str | None) -> None:
        super().__init__(config)
        self._app = app
        self._ready_line = ready_line

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self._ready_line and self.started:
            print(self._ready_line, flush=True)  # noqa: T201  # the one line that we promise

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await self._app.drain()
        await super().shutdown(sockets)


class PortTaken(Exception):
    """The message says how to choose another."""


def listen(host: str, port: int) -> socket.socket:
    """A bound socket; port 0 is a free one. Raises `PortTaken`."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listening = socket.socket(family, socket.SOCK_STREAM)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if family == socket.AF_INET6:
        # `::` is every address of the machine, also where the system's default is IPv6 alone.
        listening.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, host != "::")
    if hasattr(socket, "TCP_USER_TIMEOUT"):
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, SILENT_PEER_MS)
    if hasattr(socket, "TCP_NOTSENT_LOWAT"):
        listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NOTSENT_LOWAT, UNSENT_MAX_BYTES)
    try:
        listening.bind((host, port))
        listening.listen(BACKLOG)
    except OSError as error:
        listening.close()
        raise PortTaken(
            f"Port {port} on {host} can't be had ({error.strerror}). Choose another with"
            f" `--port {port + 1 if port < 65_535 else 0}` or PORT, or `--port 0` for a free one."
        ) from None
    return listening


def url_of(listening: socket.socket) -> str:
    """The root URL by which this machine reaches it."""
    host, port = listening.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def config_of(app: App) -> uvicorn.Config:
    """How uvicorn is set. Addresses behind proxies are our own affair: see TRUSTED_PROXIES."""
    return uvicorn.Config(
        app,
        loop="auto" if sys.platform == "win32" else "uvloop",
        http=CutHttp,
        ws=CutWebSocket,
        ws_per_message_deflate=False,
        ws_max_size=PACKET_MAX_BYTES,
        ws_ping_interval=app.core.settings.websocket_ping_s,
        lifespan="on",
        access_log=False,
        log_config=None,
        server_header=False,
        proxy_headers=False,
        timeout_graceful_shutdown=UVICORN_GRACE_S,
    )


def serve(settings: Settings, listening: socket.socket) -> int:
    """Serve until SIGTERM or SIGINT; the exit code. Raises `NoDatabase`."""
    settings = settings.model_copy(update={"port": listening.getsockname()[1]})
    _log(settings)
    asyncio.run(reach(settings.database_url))
    _give_memory_back()
    open_files(OPEN_FILES)
    app = create_app(settings)
    _settle()
    place = "/ui" if settings.ui else ""
    server = Server(config_of(app), app, f"tokentape ready at {url_of(listening)}{place}")
    server.run([listening])
    return 0 if server.started else 3


def open_files(most: int) -> None:
    """Raise the limit of open files to `most`, or to what the system lets us: each connection is
    one, and the upstream's for its run another."""
    if sys.platform == "win32":
        return
    import resource  # there is none on Windows

    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    limit = most if hard == resource.RLIM_INFINITY else min(most, hard)
    if soft != resource.RLIM_INFINITY and soft < limit:
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))


def _settle() -> None:
    """Keep the collector from what was made up to here, which lives as long as the process: a full
    pass over the interface and all that it imports halts every stream for 0.2 s, and the exit for
    seconds. The command starts with the collector off: see `tokentape.cli`."""
    gc.freeze()
    gc.enable()
    gc.set_threshold(YOUNG_MAX, *gc.get_threshold()[1:])


def _give_memory_back() -> None:
    """Let glibc return what a long answer took: it learns to keep blocks as large as any that was
    freed, and from then on its heap only grows."""
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None) if sys.platform == "linux" else None
    if mallopt:
        mallopt(M_MMAP_THRESHOLD, 262_144)
        mallopt(M_TRIM_THRESHOLD, 4_000_000)
        mallopt(M_ARENA_MAX, 2)


def _log(settings: Settings) -> None:
    logging.basicConfig(
        level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    if settings.log_streams:
        logging.getLogger("tokentape").setLevel(logging.DEBUG)
