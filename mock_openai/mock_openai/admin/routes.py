"""The admin routes under /__mock__: evidence of what was played. For loopback clients only,
unless there is an admin token."""

import hmac
import ipaddress
from functools import wraps
from itertools import islice

from starlette.requests import Request
from starlette.responses import Response

from mock_openai.admin.admin_route import AdminRoute, WorkerMerge
from mock_openai.admin.dashboard import pages
from mock_openai.admin.evidence import verdict, verify
from mock_openai.admin.recording import record, recorded_so_far
from mock_openai.admin.scenario_editor import check, faults, source
from mock_openai.admin.scenarios import delete, listed, plan, preview, put
from mock_openai.admin.streams import hold, ledger, mark, release, show, step
from mock_openai.admin.streams import listed as streams
from mock_openai.errors import ApiError
from mock_openai.http.cors import may_call
from mock_openai.http.request_params import Handler, json_response, mock_of, session_in, whole_in
from mock_openai.settings import Settings

__all__ = ["ADMIN_ROUTES", "admin_table", "json_response"]

MOST_LISTED = 1_000
_NOT_HERE = (
    "The admin routes answer clients of this machine that call it by its own name, and its pages; "
    "with --admin-token whoever brings the token."
)


def admin_table(settings: Settings) -> list[AdminRoute]:
    """All that is under /__mock__/; it answers whoever the settings let in."""
    rows = [row._replace(handler=_guarded(row.handler, settings)) for row in ADMIN_ROUTES]
    for path, page in pages():
        handler = _guarded(page, settings, token=False)
        rows.append(AdminRoute("GET", path, handler, WorkerMerge.NONE))
    return rows


def _guarded(handler: Handler, settings: Settings, *, token: bool = True) -> Handler:
    """`token=False` is for the dashboard's own files, which hold nothing of the mock's: where there
    is a token, a browser can bring it only once it has the page that asks for it."""

    @wraps(handler)
    async def guarded(request: Request) -> Response:
        open_to_all = settings.admin_token is not None and not token
        if not open_to_all and not _may(request, settings):
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
    """The journal, newest first, `?limit=50` of those whose question contains `?contains=…`:
    request, headers less secrets, scenario and why it answered, text before faults, faults and
    their violations, state, who closed and when; with `?frames=1` every frame's due and written
    time. [Schema](schemas/mock-journal.json)."""
    params = request.query_params
    entries = mock_of(request).journal.newest(params.get("contains", ""), session_in(request))
    frames = params.get("frames") in ("1", "true")
    limit = whole_in(request, "limit", 50, 1, MOST_LISTED)
    return json_response(
        {"requests": [one.to_json(frames=frames) for one in islice(entries, limit)]}
    )


async def _reset(request: Request) -> Response:
    """Forgets."""
    mock_of(request).reset(session_in(request))
    return json_response({"ok": True})


ADMIN_ROUTES = (
    AdminRoute("GET", "/requests", _requests, WorkerMerge.NEWEST),
    AdminRoute("GET", "/streams", streams, WorkerMerge.STREAMS),
    AdminRoute("GET", "/streams/{id}", show, WorkerMerge.OWNER),
    AdminRoute("GET", "/streams/{id}/ledger", ledger, WorkerMerge.OWNER),
    AdminRoute("POST", "/streams/{id}/hold", hold, WorkerMerge.OWNER),
    AdminRoute("POST", "/streams/{id}/release", release, WorkerMerge.OWNER),
    AdminRoute("POST", "/streams/{id}/step", step, WorkerMerge.OWNER),
    AdminRoute("POST", "/streams/{id}/mark", mark, WorkerMerge.OWNER),
    AdminRoute("POST", "/verify", verify, WorkerMerge.VERIFY),
    AdminRoute("GET", "/verdict", verdict, WorkerMerge.VERDICT),
    AdminRoute("GET", "/scenarios", listed, WorkerMerge.NONE),
    AdminRoute("GET", "/scenarios/{name}", source, WorkerMerge.NONE),
    AdminRoute("PUT", "/scenarios/{name}", put, WorkerMerge.ALL),
    AdminRoute("DELETE", "/scenarios/{name}", delete, WorkerMerge.ALL),
    AdminRoute("POST", "/scenarios/preview", preview, WorkerMerge.NONE),
    AdminRoute("POST", "/scenarios/check", check, WorkerMerge.NONE),
    AdminRoute("GET", "/faults", faults, WorkerMerge.NONE),
    AdminRoute("POST", "/record", record, WorkerMerge.NONE),
    AdminRoute("GET", "/record", recorded_so_far, WorkerMerge.OWNER),
    AdminRoute("POST", "/plan", plan, WorkerMerge.NONE),
    AdminRoute("POST", "/reset", _reset, WorkerMerge.ALL),
)
