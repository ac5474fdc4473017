"""`mock-openai record`: a proxy to a real server that writes each exchange as a scenario file."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx2
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from mock_openai.errors import ApiError
from mock_openai.recording.redaction import Redaction
from mock_openai.recording.upstream import Upstream, UpstreamAnswer

LARGEST_BODY = 32_000_000


def recording_app(make_upstream: Callable[[], Upstream]) -> Starlette:
    """Passes on all that is under /v1."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[Mapping[str, Any]]:
        upstream = make_upstream()
        try:
            yield {"upstream": upstream}
        finally:
            await upstream.close()

    async def pass_on(request: Request) -> Response:
        body = bytearray()
        async for part in request.stream():
            body += part
            if len(body) > LARGEST_BODY:
                return JSONResponse({"error": {"message": "The body is too large."}}, 413)
        headers = {k.lower(): v for k, v in request.headers.items()}
        upstream: Upstream = request.state.upstream
        url = request.url
        try:
            answer = await upstream.send(request.method, url.path, url.query, headers, bytes(body))
        except ApiError as error:
            return JSONResponse(error.body(), error.status)
        except httpx2.HTTPError as error:
            message = f"The upstream does not answer: {type(error).__name__}: {error}"
            return JSONResponse({"error": {"message": message, "type": "upstream"}}, 502)
        return _PassedOn(answer)

    methods = ["GET", "POST", "DELETE"]
    return Starlette(routes=[Route("/v1/{path:path}", pass_on, methods=methods)], lifespan=lifespan)


def record(
    upstream: str,
    folder: Path,
    host: str,
    port: int,
    ready: Callable[[str], None],
    *,
    redaction: Redaction,
    key: str | None = None,
) -> None:
    """Until SIGTERM or SIGINT; `ready` is told the base URL when requests are taken."""
    folder.mkdir(parents=True, exist_ok=True)
    app = recording_app(lambda: Upstream(upstream, folder, redaction, key))
    config = uvicorn.Config(
        app, host=host, port=port, ws="none", access_log=False, log_level="warning",
        timeout_graceful_shutdown=1,
    )  # fmt: skip
    _ProxyServer(config, ready).run()


class _PassedOn(StreamingResponse):
    def __init__(self, answer: UpstreamAnswer) -> None:
        super().__init__(answer.pieces(), answer.status, answer.headers)
        self._answer = answer

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:  # also where not one piece was asked for
            self._answer.client_left()


class _ProxyServer(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[str], None]) -> None:
        super().__init__(config)
        self._ready = ready

    async def startup(self, sockets: Any = None) -> None:
        await super().startup(sockets)
        if self.started:
            host, port = self.servers[0].sockets[0].getsockname()[:2]
            self._ready(f"http://{f'[{host}]' if ':' in host else host}:{port}/v1")
