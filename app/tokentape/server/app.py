"""`create_app`: one ASGI app on one port, with everything in it made anew from the settings."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from importlib.metadata import version
from typing import Any

import socketio
from fastapi import FastAPI
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import Receive, Scope, Send

from tokentape.access.body_limit import BodyLimit
from tokentape.access.client_address import whose
from tokentape.access.foreign_pages import MediaTypes, Origins
from tokentape.access.hosts import Hosts
from tokentape.access.limits import RateLimits
from tokentape.access.origins import LOCALHOST, is_page, may_call
from tokentape.access.requests import address_of, install_refusals
from tokentape.access.tokens import Tokens
from tokentape.access.visitors import Seated, Visitors
from tokentape.core import Core
from tokentape.dialects.ag_ui.server import RUN_HEADER
from tokentape.dialects.servers import SERVERS
from tokentape.metrics import Metrics
from tokentape.runs.runs import Runs
from tokentape.runs.tape_backends import open_tapes
from tokentape.runs.upstream import Upstream
from tokentape.server import monitoring, stored_answers
from tokentape.server.drafts import Drafts
from tokentape.server.gzip import Gzip
from tokentape.settings import Settings
from tokentape.store.conversations import Store
from tokentape.turns import Turns
from tokentape.ui.gradio_folder import own_folder
from tokentape.viewers.packet_guard import GuardedServer
from tokentape.viewers.packets import Json
from tokentape.viewers.rendering import Renderings
from tokentape.viewers.send_timeout import SendTimeout
from tokentape.viewers.socketio_edge import attach
from tokentape.viewers.sockets import Sockets

# What a packet may weigh before its connection is cut; an event over MAX_BODY_BYTES is refused.
PACKET_MAX_BYTES = 4_000_000
# Recordings that the interface is given go into a file, not into memory.
UPLOADS, UPLOAD_MAX_BYTES = "/ui/uploads", 64_100_000
FLUSH_S = 1.0
"""Time that clients have at shutdown to take the last events."""
EXPOSED = [
    *("RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset", "Retry-After"),
    RUN_HEADER,
]
"""Headers that pages of other origins may read."""


class App:
    """The ASGI app; `core` is for whoever serves it."""

    def __init__(self, core: Core, asgi: SendTimeout) -> None:
        self.core = core
        self._asgi = asgi

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._asgi(scope, receive, send)

    async def drain(self) -> None:
        """Refuse new starts and let the running ones end; see SHUTDOWN_GRACE_S."""
        await self.core.runs.drain(self.core.settings.shutdown_grace_s)
        await self.core.sockets.connections.flush(FLUSH_S)


def create_app(settings: Settings | None = None, *, page: bool = True) -> App:
    """`page` False leaves the interface at /ui out, as UI=off does: the API alone."""
    settings = settings or Settings()
    page = page and settings.ui
    metrics, tokens = Metrics(), Tokens(settings)
    runs = Runs(settings.runs_max, settings.runs_per_caller)
    visitors = Visitors(settings)
    server = _socket_server(settings)
    sockets = Sockets(settings, tokens, metrics, lambda: core.turns)
    core = Core(settings, metrics, tokens, runs, Renderings(len), sockets)
    api = FastAPI(
        title="Tokentape",
        version=version("tokentape"),
        description="Streaming chat in several dialects, on one port.",
        lifespan=_lifespan(core),
    )
    install_refusals(api)
    api.add_middleware(MediaTypes, takes_form=takes_form)
    _allow_origins(api, settings)  # around it, so that pages may read what is refused
    monitoring.mount(core, api)
    stored_answers.mount(core, api)
    for mount in SERVERS.values():
        mount(core, api)
    attach(server, sockets)
    if page:
        _mount_page(api, settings, visitors)
    inner = BodyLimit(socketio.ASGIApp(server, other_asgi_app=api), body_max_of)
    asgi = Gzip(Hosts(Origins(Seated(inner, visitors), settings), settings))
    slow = metrics.slow_viewers
    return App(
        core,
        SendTimeout(
            asgi, settings.send_timeout_s, lambda scope: slow.labels(transport_of(scope)).inc()
        ),
    )


def body_max_of(path: str) -> int:
    """What a body at this path may weigh, where the route itself does not say less."""
    return UPLOAD_MAX_BYTES if takes_form(path) else PACKET_MAX_BYTES


def takes_form(path: str) -> bool:
    """Whether files are brought there, as a browser's form brings them."""
    return path == UPLOADS or path.startswith(f"{UPLOADS}/")


def transport_of(scope: Scope) -> str:
    """As the metrics name it."""
    if scope["type"] == "http":
        return "sse"
    return "socketio" if scope["path"].startswith("/socket.io") else "websocket"


def _lifespan(core: Core) -> Any:
    @asynccontextmanager
    async def lifespan(_api: FastAPI) -> AsyncIterator[None]:
        settings = core.settings
        store = await Store.open(settings.database_url)
        upstream = Upstream(settings)
        tapes = open_tapes(settings)
        core.opened = Turns(
            settings, store, tapes, core.runs, upstream, RateLimits(settings), core.metrics
        )
        drafting = asyncio.create_task(Drafts(core.runs, store).go_on())
        try:
            yield
        finally:
            drafting.cancel()
            await core.runs.drain(0)
            await tapes.close()
            await upstream.close()
            await store.close()

    return lifespan


def _socket_server(settings: Settings) -> socketio.AsyncServer:
    def allowed(origin: str | None, environ: dict[str, Any]) -> bool:
        return may_call(origin, environ.get("HTTP_HOST"), settings)

    return GuardedServer(
        payload_max_bytes=settings.max_body_bytes,
        waiting_max=settings.room_queue_max,
        patience_s=settings.send_timeout_s,
        clients_max=settings.connections_max,
        async_mode="asgi",
        json=Json,
        cors_allowed_origins=allowed,
        cors_credentials="*" not in settings.origins,
        ping_interval=settings.ping_interval_s,
        ping_timeout=settings.ping_timeout_s,
        max_http_buffer_size=PACKET_MAX_BYTES,
        logger=False,
        engineio_logger=False,
    )


class ApiOrigins(CORSMiddleware):
    """Tells browsers which pages may call the API; of the interface it tells no page anything."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        inner = self.app if is_page(scope.get("path", "")) else super().__call__
        await inner(scope, receive, send)


def _allow_origins(api: FastAPI, settings: Settings) -> None:
    anyone = "*" in settings.origins
    api.add_middleware(
        ApiOrigins,
        allow_origins=["*"] if anyone else list(settings.origins),
        allow_origin_regex=None if settings.origins else LOCALHOST.pattern,
        allow_credentials=not anyone,
        allow_methods=["GET", "POST", "PATCH", "DELETE"],
        allow_headers=["*"],
        expose_headers=EXPOSED,
    )


def _mount_page(api: FastAPI, settings: Settings, visitors: Visitors) -> None:
    # Gradio reads these when it is imported: nothing is reported to anybody, and what it writes
    # goes into a folder of this process.
    os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")
    own_folder()
    from tokentape.ui.page import mount_page
    from tokentape.ui.theme import front

    async def to_page() -> RedirectResponse:
        return RedirectResponse("/ui")

    # Browsers ask for it before the page has said where its icon is.
    async def icon() -> Response:
        return Response(front("icon.svg"), media_type="image/svg+xml")

    api.add_api_route("/favicon.ico", icon, methods=["GET"], include_in_schema=False)
    api.add_api_route("/", to_page, methods=["GET"], include_in_schema=False)

    def on_behalf(visitor: Request) -> Mapping[str, str]:
        return visitors.vouch(address_of(visitor, settings))

    mount_page(
        api,
        settings,
        on_behalf,
        place_of=lambda visitor: whose(address_of(visitor, settings)),
        may_call=lambda origin, host: may_call(origin, host, settings, page=True),
    )
