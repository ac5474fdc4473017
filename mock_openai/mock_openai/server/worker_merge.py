"""One answer out of those of all workers: which routes ask everybody, and how it is put together.

A route that is not in the table is answered by the worker that took the request.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from urllib.parse import parse_qs

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from mock_openai.admin.evidence import bounds
from mock_openai.server.worker_peers import HttpRequest, HttpResponse, Peers

Together = Callable[[HttpRequest, Sequence[HttpResponse]], HttpResponse]
"""From the answers of all, this worker's first."""


def _newest(call: HttpRequest, answers: Sequence[HttpResponse]) -> HttpResponse:
    """All entries, newest first, no more than were asked for."""
    entries = [entry for told in answers for entry in orjson.loads(told.body)["requests"]]
    entries.sort(key=lambda entry: entry["started_ns"], reverse=True)
    limit = int(parse_qs(call.query).get("limit", ["50"])[-1])
    return answers[0]._replace(body=orjson.dumps({"requests": entries[:limit]}))


def _streams(call: HttpRequest, answers: Sequence[HttpResponse]) -> HttpResponse:
    """Those of all; each worker has kept to the limit."""
    bodies = [orjson.loads(bodies.body) for bodies in answers]
    streams = [stream for one in bodies for stream in one["streams"]]
    streams.sort(key=lambda one: (one["state"] != "running", -one["started_ns"]))
    now_ns = max(one["now_ns"] for one in bodies)
    return answers[0]._replace(body=orjson.dumps({"streams": streams, "now_ns": now_ns}))


def _who_has_it(call: HttpRequest, answers: Sequence[HttpResponse]) -> HttpResponse:
    return next((told for told in answers if told.status != 404), answers[0])


def _done_by_all(call: HttpRequest, answers: Sequence[HttpResponse]) -> HttpResponse:
    return next((told for told in answers if told.status >= 400), answers[0])


def _verified(call: HttpRequest, answers: Sequence[HttpResponse]) -> HttpResponse:
    """What each has found is counted together."""
    counts = [orjson.loads(told.body) for told in answers if told.status in (200, 409)]
    least, most = bounds(orjson.loads(call.body))
    count = sum(one["count"] for one in counts)
    right = least <= count and (most is None or count <= most)
    streams = [name for one in counts for name in one["streams"]]
    body = orjson.dumps({"ok": right, "count": count, "streams": streams[:1_000]})
    return answers[0]._replace(status=200 if right else 409, body=body)


def _judged(call: HttpRequest, answers: Sequence[HttpResponse]) -> HttpResponse:
    """The sins that each has seen; one that spans two workers is seen by neither."""
    sins = [sin for told in answers for sin in orjson.loads(told.body)["sins"]]
    return answers[0]._replace(body=orjson.dumps({"ok": not sins, "sins": sins}))


def _summed(call: HttpRequest, answers: Sequence[HttpResponse]) -> HttpResponse:
    """Counts are added up; of lags, the worst worker's is told."""
    rows: dict[str, str | float] = {}
    for told in answers:
        for line in told.body.decode().splitlines():
            name, _, value = line.rpartition(" ")
            if line.startswith("#"):
                rows[line] = ""
                continue
            number = float(value)
            before = float(rows.get(name) or 0.0)
            rows[name] = max(before, number) if "quantile" in name else before + number
    lines = [f"{name} {value:g}" if value != "" else name for name, value in rows.items()]
    return answers[0]._replace(body="\n".join((*lines, "")).encode())


GATHERED: tuple[tuple[str, re.Pattern[str], Together], ...] = (
    ("GET", re.compile(r"/__mock__/requests"), _newest),
    ("GET", re.compile(r"/__mock__/streams"), _streams),
    ("GET", re.compile(r"/__mock__/streams/[^/]+(/ledger)?"), _who_has_it),
    ("POST", re.compile(r"/__mock__/streams/[^/]+/\w+"), _who_has_it),
    ("POST", re.compile(r"/__mock__/verify"), _verified),
    ("GET", re.compile(r"/__mock__/verdict"), _judged),
    ("POST", re.compile(r"/__mock__/reset"), _done_by_all),
    ("PUT", re.compile(r"/__mock__/scenarios/.+"), _done_by_all),
    ("DELETE", re.compile(r"/__mock__/scenarios/.+"), _done_by_all),
    ("GET", re.compile(r"/metrics"), _summed),
)


_OTHERS_MAY_KNOW = ((404, _who_has_it), (409, _verified))


class WorkerMerge:
    """Middleware; does nothing where there is one worker."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        state = scope.get("state", {})
        peers: Peers | None = state.get("peers")
        together = None if peers is None or state.get("alone") else _together(scope)
        if peers is None or together is None:
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        pairs = [(name.decode("latin-1"), v.decode("latin-1")) for name, v in scope["headers"]]
        body = (await request.body()).decode("latin-1")
        query = scope["query_string"].decode("latin-1")
        call = HttpRequest(request.method, request.url.path, query, pairs, body)
        told = await peers.own(call, scope["client"])
        if told.status < 400 or (told.status, together) in _OTHERS_MAY_KNOW:
            told = together(call, [told, *await peers.others(call)])
        response = Response(told.body, told.status, headers={"content-type": told.kind})
        await response(scope, receive, send)


def _together(scope: Scope) -> Together | None:
    if scope["type"] != "http":
        return None
    method, path = scope["method"], scope["path"]
    return next((way for m, p, way in GATHERED if m == method and p.fullmatch(path)), None)
