"""The admin routes under /__mock__: evidence of what was played. For loopback clients only,
unless there is an admin token."""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Awaitable, Callable
from functools import wraps
from itertools import islice

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from mock_openai.admin.evidence import verdict, verify
from mock_openai.admin.recording import record, recorded_so_far
from mock_openai.admin.scenario_editor import check, faults, source
from mock_openai.admin.scenarios import delete, listed, plan, preview, put
from mock_openai.admin.streams import hold, ledger, mark, release, show, step
from mock_openai.admin.streams import listed as streams
from mock_openai.errors import ApiError
from mock_openai.http.cors import may_call
from mock_openai.http.request_params import json_response, mock_of, session_in, whole_in
from mock_openai.settings import Settings

__all__ = ["admin_routes", "json_response"]

MOST_LISTED = 1_000
_NOT_HERE = (
    "The admin routes answer clients of this machine that call it by its own name, and its pages; "
    "with --admin-token whoever brings the token."
)
Handler = Callable[[Request], Awaitable[Response]]


def admin_routes(settings: Settings) -> list[Route]:
    """Those under /__mock__/, which answer whoever the settings let in."""
    rows: list[tuple[str, str, Handler]] = [
        ("GET", "/requests", _requests),
        ("GET", "/streams", streams),
        ("GET", "/streams/{id}", show),
        ("GET", "/streams/{id}/ledger", ledger),
        ("POST", "/streams/{id}/hold", hold),
        ("POST", "/streams/{id}/release", release),
        ("POST", "/streams/{id}/step", step),
        ("POST", "/streams/{id}/mark", mark),
        ("POST", "/verify", verify),
        ("GET", "/verdict", verdict),
        ("GET", "/scenarios", listed),
        ("GET", "/scenarios/{name}", source),
        ("PUT", "/scenarios/{name}", put),
        ("DELETE", "/scenarios/{name}", delete),
        ("POST", "/scenarios/preview", preview),
        ("POST", "/scenarios/check", check),
        ("GET", "/faults", faults),
        ("POST", "/record", record),
        ("GET", "/record", recorded_so_far),
        ("POST", "/plan", plan),
        ("POST", "/reset", _reset),
    ]
    return [
        Route(f"/__mock__{path}", _guarded(settings, handler), methods=[method])
        for method, path, handler in rows
    ]


def _guarded(settings: Settings, handler: Handler) -> Handler:
    @wraps(handler)
    async def guarded(request: Request) -> Response:
        if not _may(request, settings):
            raise ApiError(403, _NOT_HERE, None)
        return await handler(request)

    return guarded


def _may(request: Request, settings: Settings) -> bool:
    token = settings.admin_token
    if token is not None:
        given = request.headers.get("authorization", "").removeprefix("Bearer ")
        return hmac.compare_digest(given.encode(), token.encode())
    here = request.client is not None and _loopback(request.client.host)
    return here and _known_name(request) and _known_page(request)


def _known_page(request: Request) -> bool:
    """Another machine's page can send what it likes to here, even if it can't read the answer."""
    origin = request.headers.get("origin")
    return origin is None or may_call(origin, ())


def _known_name(request: Request) -> bool:
    """A page whose name was bound to 127.0.0.1 still sends its own name (DNS rebinding)."""
    name = request.headers.get("host", "")
    name = name[1:].partition("]")[0] if name.startswith("[") else name.rpartition(":")[0] or name
    return name.lower() == "localhost" or _loopback(name)


def _loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


async def _requests(request: Request) -> Response:
    params = request.query_params
    entries = mock_of(request).journal.newest(params.get("contains", ""), session_in(request))
    frames = params.get("frames") in ("1", "true")
    limit = whole_in(request, "limit", 50, 1, MOST_LISTED)
    return json_response(
        {"requests": [one.to_json(frames=frames) for one in islice(entries, limit)]}
    )


async def _reset(request: Request) -> Response:
    mock_of(request).reset(session_in(request))
    return json_response({"ok": True})
