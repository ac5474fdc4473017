"""One answer out of those of all workers: how each `WorkerMerge` of a route is done."""

from collections.abc import Callable, Sequence
from urllib.parse import parse_qs

import orjson
from starlette.requests import Request
from starlette.responses import Response

from mock_openai.admin.admin_route import WorkerMerge
from mock_openai.admin.evidence import bounds
from mock_openai.http.request_params import Handler
from mock_openai.server.worker_peers import HttpRequest, HttpResponse, Peers

Merge = Callable[[HttpRequest, Sequence[HttpResponse]], HttpResponse]
"""From the answers of all, this worker's first."""


def _newest(call: HttpRequest, answers: Sequence[HttpResponse]) -> HttpResponse:
    """All entries, newest first, no more than were asked for."""
    entries = [entry for answer in answers for entry in orjson.loads(answer.body)["requests"]]
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
    return next((answer for answer in answers if answer.status != 404), answers[0])


def _done_by_all(call: HttpRequest, answers: Sequence[HttpResponse]) -> HttpResponse:
    return next((answer for answer in answers if answer.status >= 400), answers[0])


def _verified(call: HttpRequest, answers: Sequence[HttpResponse]) -> HttpResponse:
    """What each has found is counted together."""
    counts = [orjson.loads(answer.body) for answer in answers if answer.status in (200, 409)]
    least, most = bounds(orjson.loads(call.body))
    count = sum(one["count"] for one in counts)
    right = least <= count and (most is None or count <= most)
    streams = [name for one in counts for name in one["streams"]]
    body = orjson.dumps({"ok": right, "count": count, "streams": streams[:1_000]})
    return answers[0]._replace(status=200 if right else 409, body=body)


def _judged(call: HttpRequest, answers: Sequence[HttpResponse]) -> HttpResponse:
    """The sins that each has seen; one that spans two workers is seen by neither."""
    sins = [sin for answer in answers for sin in orjson.loads(answer.body)["sins"]]
    return answers[0]._replace(body=orjson.dumps({"ok": not sins, "sins": sins}))


def _summed(call: HttpRequest, answers: Sequence[HttpResponse]) -> HttpResponse:
    """Counts are added up; of lags, the worst worker's is given."""
    rows: dict[str, str | float] = {}
    for answer in answers:
        for line in answer.body.decode().splitlines():
            name, _, value = line.rpartition(" ")
            if line.startswith("#"):
                rows[line] = ""
                continue
            number = float(value)
            before = float(rows.get(name) or 0.0)
            rows[name] = max(before, number) if "quantile" in name else before + number
    lines = [f"{name} {value:g}" if value != "" else name for name, value in rows.items()]
    return answers[0]._replace(body="\n".join((*lines, "")).encode())


_MERGES: dict[WorkerMerge, Merge] = {
    WorkerMerge.ALL: _done_by_all,
    WorkerMerge.OWNER: _who_has_it,
    WorkerMerge.NEWEST: _newest,
    WorkerMerge.STREAMS: _streams,
    WorkerMerge.VERIFY: _verified,
    WorkerMerge.VERDICT: _judged,
    WorkerMerge.SUM: _summed,
}
_OTHERS_MAY_KNOW = ((404, WorkerMerge.OWNER), (409, WorkerMerge.VERIFY))


def merged(handler: Handler, merge: WorkerMerge) -> Handler:
    """The handler, answering for all workers where there are several."""
    if merge is WorkerMerge.NONE:
        return handler
    join = _MERGES[merge]

    async def handle(request: Request) -> Response:
        state = request.scope["state"]
        peers: Peers | None = state.get("peers")
        if peers is None or state.get("alone"):
            return await handler(request)
        scope = request.scope
        pairs = [(name.decode("latin-1"), v.decode("latin-1")) for name, v in scope["headers"]]
        body = (await request.body()).decode("latin-1")
        query = scope["query_string"].decode("latin-1")
        call = HttpRequest(request.method, request.url.path, query, pairs, body)
        answer = await peers.own(call, scope["client"])
        if answer.status < 400 or (answer.status, merge) in _OTHERS_MAY_KNOW:
            answer = join(call, [answer, *await peers.others(call)])
        return Response(answer.body, answer.status, headers={"content-type": answer.kind})

    return handle
