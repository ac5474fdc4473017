"""The ASGI application: every route that is not played, and the life of the mock itself."""

import asyncio
import logging
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from functools import partial
from importlib.metadata import version
from typing import Any

import orjson
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from mock_openai.admin.admin_route import WorkerMerge
from mock_openai.admin.routes import admin_table, json_response
from mock_openai.api import ROUTES
from mock_openai.endpoints import ENDPOINTS, provider_of
from mock_openai.endpoints.openai_errors import wrong_method
from mock_openai.errors import ApiError
from mock_openai.http.api_key import keyed
from mock_openai.http.cors import CorsMiddleware
from mock_openai.http.faulted_route import faulted
from mock_openai.http.refusal import refusal_of
from mock_openai.http.request_params import mock_of
from mock_openai.planning.planned_answer import PlannedAnswer
from mock_openai.playback.gc_control import collect
from mock_openai.server.metrics import metrics_text
from mock_openai.server.openapi import openapi, page
from mock_openai.server.worker_merge import merged
from mock_openai.server.worker_peers import Peers
from mock_openai.settings import Settings
from mock_openai.state import Mock
from mock_openai.storage.shared_records import Record

_LOG = logging.getLogger("mock_openai")


def create_app(settings: Settings) -> Starlette:
    """Needs PlayerProtocol around it: the played endpoints are not among its routes."""

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[Mapping[str, Any]]:
        mock = Mock(settings, asyncio.get_running_loop())
        watching = asyncio.create_task(_watch(mock, settings.reload_s))
        state: dict[str, Any] = {"mock": mock}
        peers = Peers(settings.peers, app, state) if settings.peers is not None else None
        if settings.peers is not None:
            for store in mock.stores:
                store.share(settings.peers, partial(_revived, mock))
        if peers is not None:
            await peers.open()
        try:
            yield {**state, "peers": peers}
        finally:
            if peers is not None:
                await peers.close()
            watching.cancel()
            with suppress(asyncio.CancelledError):
                await watching
            if mock.upstream is not None:
                await mock.upstream.close()
            mock.close()

    web = Starlette(
        routes=[
            *(
                Route(row.path, keyed(faulted(row.handler), settings), methods=[row.method])
                for row in ROUTES
            ),
            Route("/openapi.json", _openapi, methods=["GET"]),
            Route("/docs", _docs, methods=["GET"]),
            Route("/", _docs, methods=["GET"]),  # where people look first
            # Where people look, where other servers have it, and where tools ask.
            *(Route(path, _healthz, methods=["GET"]) for path in ("/healthz", "/health", "/ping")),
            Route("/version", _version, methods=["GET"]),
            Route("/metrics", merged(_metrics, WorkerMerge.SUM), methods=["GET"]),
            *(
                Route(f"/__mock__{row.path}", merged(row.handler, row.merge), methods=[row.method])
                for row in admin_table(settings)
            ),
        ],
        exception_handlers={ApiError: _api_error, HTTPException: _http_error},
        middleware=[Middleware(CorsMiddleware, allowed=settings.origins)],
        lifespan=lifespan,
    )
    # What is not there is not found, as at OpenAI: no client is sent on to another address.
    web.router.redirect_slashes = False
    return web


async def _watch(mock: Mock, every_s: float) -> None:
    """Reads scenario files again when they change; says what is wrong with them, once. And takes
    out the garbage."""
    files = mock.scenario_files
    reported: set[str] = set()
    while True:
        problems = {str(error) for error in files.errors}
        for problem in sorted(problems - reported):
            _LOG.warning("%s (the last good version stays in force)", problem)
        reported = problems
        await asyncio.sleep(every_s)
        files.refresh()
        mock.responses.sweep()
        collect(mock.player)


def _revived(mock: Mock, path: str, record: Record) -> PlannedAnswer:
    """What another worker has played, or is playing."""
    body = orjson.dumps(record.given)
    return mock.planner.plan(ENDPOINTS[path], record.headers, body, lambda name: record.before)


async def _openapi(request: Request) -> Response:
    return json_response(openapi())


async def _docs(request: Request) -> Response:
    return HTMLResponse(page())


async def _healthz(request: Request) -> Response:
    return json_response({"status": "ok"})


async def _version(request: Request) -> Response:
    return json_response({"version": version("tokentape-mock")})


async def _metrics(request: Request) -> Response:
    return PlainTextResponse(metrics_text(request.state.mock))


async def _api_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, ApiError)  # noqa: S101 - Starlette types handlers by Exception
    return _refused(request, error)


async def _http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - Starlette types handlers by Exception
    unknown = provider_of(request.url.path).unknown_url
    refusal = wrong_method if error.status_code == 405 else unknown
    shaped = refusal(request.method, request.url.path)
    return _refused(request, shaped)


def _refused(request: Request, error: ApiError) -> Response:
    usual = request.state.mock.settings.profile
    mock, path = mock_of(request), request.url.path
    target = f"{request.method} {path}".encode()
    chosen = request.headers.get("x-mock-profile")
    refused = refusal_of(error, target, provider_of(path), chosen, usual)
    headers = dict(refused.headers)
    if not path.startswith("/__mock__"):
        entry = mock.note_refusal(
            f"{request.method} {path}"[:200], error, request.headers, b"", refused.body
        )
        headers["x-mock-stream"] = entry.id
    return Response(refused.body, error.status, headers, media_type="application/json")
