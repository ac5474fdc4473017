"""The admin routes that judge: was the mock called so, and what did its clients do wrong."""

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from mock_openai.errors import ApiError, nearest
from mock_openai.evidence.client_verdict import Limits, sins
from mock_openai.evidence.journal import Entry
from mock_openai.http.request_params import (
    json_response,
    mock_of,
    object_of,
    seconds_in,
    session_in,
    whole_in,
)

_NS = 1_000_000_000
_COMPARED = ("endpoint", "scenario", "model", "state", "status", "stream", "last_user", "seed")
_TIMES = ("times", "at_least", "at_most")


async def verify(request: Request) -> Response:
    """`{"contains": "…", "model": "gpt-4o", "times": 2}`: 200 when it was so, 409 when not. Also
    `at_least`, `at_most`, `scenario`, `state`, `status`, `endpoint`, `stream`."""
    conditions = await object_of(request)
    known = ("contains", *_COMPARED, *_TIMES)
    for key in conditions:
        if key not in known:
            raise ApiError(400, f"Unknown condition '{key[:100]}'{nearest(key, known)}", key[:100])
    contains = conditions.get("contains", "")
    if not isinstance(contains, str):
        raise ApiError(400, "'contains' is a text.", "contains")
    least, most = bounds(conditions)
    entries = mock_of(request).journal.newest(contains, session_in(request))
    entries_that_fit = [entry for entry in entries if _fits(entry, conditions)]
    right = least <= len(entries_that_fit) and (most is None or len(entries_that_fit) <= most)
    result = {
        "ok": right,
        "count": len(entries_that_fit),
        "streams": [entry.id for entry in entries_that_fit[:1_000]],
    }
    return json_response(result, 200 if right else 409)


def bounds(conditions: dict[str, Any]) -> tuple[int, int | None]:
    """How often it must have been so, at least and at most."""
    for key in _TIMES:
        value = conditions.get(key, 0)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise ApiError(400, f"'{key}' is a whole number from 0.", key)
    if "times" in conditions:
        return conditions["times"], conditions["times"]
    return conditions.get("at_least", 0 if "at_most" in conditions else 1), conditions.get(
        "at_most"
    )


def _fits(entry: Entry, conditions: dict[str, Any]) -> bool:
    return all(getattr(entry, key) == conditions[key] for key in _COMPARED if key in conditions)


async def verdict(request: Request) -> Response:
    """What clients did wrong: `ignored_retry_after`, `retry_storm`, `retried_in_vain` (the same
    request again after a 400, 401, 403, 404, 405, 413, 415 or 422), `accepted_truncated_stream`,
    `no_read_timeout`; `?storm=5&window=10&patience=30` (seconds) say from when on."""
    default = Limits()
    limits = Limits(
        storm=whole_in(request, "storm", default.storm, 2, 1_000_000),
        window_ns=round(seconds_in(request, "window", default.window_ns / _NS, 86_400) * _NS),
        patience_ns=round(seconds_in(request, "patience", default.patience_ns / _NS, 86_400) * _NS),
    )
    mock = mock_of(request)
    entries = list(mock.journal.newest("", session_in(request)))[::-1]
    faults = sins(entries, mock.player.clock_ns(), limits)
    return json_response({"ok": not faults, "sins": [sin.to_json() for sin in faults]})
