"""The admin routes under /__mock__: evidence of what was played. For loopback clients only,
unless there is an admin token."""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Awaitable, Callable
from functools import wraps
from itertools import islice
from typing import Any

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mock_openai.endpoints import ENDPOINTS
from mock_openai.errors import ApiError, nearest
from mock_openai.mock import Mock
from mock_openai.scenarios.scenario import BUILT_IN
from mock_openai.settings import Settings
from mock_openai.telling import tell_plan

MOST_LISTED = 1_000
Answering = Callable[[Request], Awaitable[Response]]


def json_response(content: Any, status: int = 200) -> Response:
    return Response(orjson.dumps(content), status, media_type="application/json")


def admin_routes(settings: Settings) -> list[Route]:
    rows: list[tuple[str, str, Answering]] = [
        ("GET", "/requests", _requests),
        ("GET", "/streams/{id}", _stream),
        ("GET", "/scenarios", _scenarios),
        ("POST", "/plan", _plan),
        ("POST", "/reset", _reset),
    ]
    return [
        Route(f"/__mock__{path}", _guarded(settings, answer), methods=[method])
        for method, path, answer in rows
    ]


def _guarded(settings: Settings, answer: Answering) -> Answering:
    @wraps(answer)
    async def guarded(request: Request) -> Response:
        if not _may(request, settings.admin_token):
            raise ApiError(403, "The admin routes answer loopback clients, or a token.", None)
        return await answer(request)

    return guarded


def _may(request: Request, token: str | None) -> bool:
    if token is not None:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), token.encode())
    try:
        return request.client is not None and ipaddress.ip_address(request.client.host).is_loopback
    except ValueError:
        return False


def _mock(request: Request) -> Mock:
    mock: Mock = request.state.mock
    return mock


def _limit(request: Request) -> int:
    text = request.query_params.get("limit", "50")
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= MOST_LISTED):
        raise ApiError(400, f"'limit' is a whole number from 1 to {MOST_LISTED}.", "limit")
    return int(text[:9])


async def _requests(request: Request) -> Response:
    params = request.query_params
    found = _mock(request).journal.newest(
        params.get("contains", ""), request.headers.get("x-mock-session")
    )
    frames = params.get("frames") in ("1", "true")
    entries = [entry.told(frames=frames) for entry in islice(found, _limit(request))]
    return json_response({"requests": entries})


async def _stream(request: Request) -> Response:
    entry = _mock(request).journal.entry(request.path_params["id"])
    if entry is None:
        raise ApiError(404, f"There is no stream '{request.path_params['id']}'.", "id")
    return json_response(entry.told(frames=True))


async def _scenarios(request: Request) -> Response:
    shelf = _mock(request).shelf
    listed = [
        {"name": s.name, "description": s.description, "source": s.source}
        for s in (*shelf.scenarios, BUILT_IN)
    ]
    return json_response({"scenarios": listed, "errors": [str(e) for e in shelf.errors]})


async def _plan(request: Request) -> Response:
    name = request.query_params.get("endpoint", "chat.completions")
    endpoints = {endpoint.name: endpoint for endpoint in ENDPOINTS.values()}
    if name not in endpoints:
        raise ApiError(400, f"Unknown endpoint '{name}'{nearest(name, endpoints)}", "endpoint")
    headers = {key.lower(): value for key, value in request.headers.items()}
    body = await request.body()
    return json_response(tell_plan(_mock(request).prompter.cue(endpoints[name], headers, body)))


async def _reset(request: Request) -> Response:
    session = request.headers.get("x-mock-session")
    _mock(request).journal.clear(session)
    _mock(request).archive.clear(session)
    return json_response({"ok": True})
