"""The admin routes that judge: was the mock called so, and what did its clients do wrong."""

from __future__ import annotations

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
_LOOKED_AT = ("endpoint", "scenario", "model", "state", "status", "stream", "last_user", "seed")
_TIMES = ("times", "at_least", "at_most")


async def verify(request: Request) -> Response:
    """`{"contains": "…", "model": "gpt-4o", "times": 2}`: 200 when it was so, 409 when not."""
    wanted = await object_of(request)
    known = ("contains", *_LOOKED_AT, *_TIMES)
    for key in wanted:
        if key not in known:
            raise ApiError(400, f"Unknown condition '{key[:100]}'{nearest(key, known)}", key[:100])
    contains = wanted.get("contains", "")
    if not isinstance(contains, str):
        raise ApiError(400, "'contains' is a text.", "contains")
    least, most = bounds(wanted)
    entries = mock_of(request).journal.newest(contains, session_in(request))
    found = [entry for entry in entries if _fits(entry, wanted)]
    right = least <= len(found) and (most is None or len(found) <= most)
    told = {"ok": right, "count": len(found), "streams": [entry.id for entry in found[:1_000]]}
    return json_response(told, 200 if right else 409)


def bounds(wanted: dict[str, Any]) -> tuple[int, int | None]:
    """How often it must have been so, at least and at most."""
    for key in _TIMES:
        value = wanted.get(key, 0)
        if isinstance(value, bool) or not isinstance(value, int) or value < 0:
            raise ApiError(400, f"'{key}' is a whole number from 0.", key)
    if "times" in wanted:
        return wanted["times"], wanted["times"]
    return wanted.get("at_least", 0 if "at_most" in wanted else 1), wanted.get("at_most")


def _fits(entry: Entry, wanted: dict[str, Any]) -> bool:
    return all(getattr(entry, key) == wanted[key] for key in _LOOKED_AT if key in wanted)


async def verdict(request: Request) -> Response:
    """What clients did wrong; `storm`, `window` and `patience` (in seconds) say from when on."""
    default = Limits()
    limits = Limits(
        storm=whole_in(request, "storm", default.storm, 2, 1_000_000),
        window_ns=round(seconds_in(request, "window", default.window_ns / _NS, 86_400) * _NS),
        patience_ns=round(seconds_in(request, "patience", default.patience_ns / _NS, 86_400) * _NS),
    )
    mock = mock_of(request)
    entries = list(mock.journal.newest("", session_in(request)))[::-1]
    found = sins(entries, mock.player.clock_ns(), limits)
    return json_response({"ok": not found, "sins": [sin.told() for sin in found]})
