"""The admin routes of streams: which there are; show at one, wait for it, hold it, let it through
its gate."""

import asyncio
import re
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from mock_openai.errors import ApiError
from mock_openai.evidence.journal import Entry
from mock_openai.http.request_params import json_response, mock_of, seconds_in, session_in, whole_in
from mock_openai.state import Mock

LONGEST_WAIT_S = 300.0
MOST_WAITING = 100
MOST_STEPS = 1_000_000
MOST_LISTED = 200
MOST_LAST = 1_000
_POLL_S = 0.002
_MARK = re.compile(r"[\w -]{1,40}")
_SENT = re.compile(r"sent:(\d{1,9})", re.ASCII)


async def listed(request: Request) -> Response:
    """What is under way, and what ended last: held or not, how far, what its client does. Newest
    first, `?limit=50` of each."""
    mock = mock_of(request)
    limit = whole_in(request, "limit", 50, 1, MOST_LISTED)
    running: list[Entry] = []
    over: list[Entry] = []
    for entry in mock.journal.newest("", session_in(request)):
        group = running if entry.state == "running" else over
        if len(group) < limit:
            group.append(entry)
    streams = [_brief(mock, entry) for entry in (*running, *over)]
    return json_response({"streams": streams, "now_ns": mock.player.clock_ns()})


async def ledger(request: Request) -> Response:
    """A stream's newest `?last=200` frames that left, with their texts: when due, when written."""
    mock, entry = mock_of(request), _entry(request)
    last = whole_in(request, "last", 200, 1, MOST_LAST)
    return json_response(
        {
            **_brief(mock, entry),
            "pauses": len(entry.ledger.pauses),
            "characters_before": entry.characters_before(last),
            "rows": entry.lately(last),
            "now_ns": mock.player.clock_ns(),
        }
    )


async def hold(request: Request) -> Response:
    """A gate in a stream that is under way: before `?chunk=12`, without it before whatever is
    next."""
    mock, entry = mock_of(request), _entry(request)
    frame: int | None = None
    if "chunk" in request.query_params:
        chunk = whole_in(request, "chunk", 0, 0, MOST_STEPS)
        frame = entry.frame_of(chunk)
        if frame is None:
            raise ApiError(409, f"The stream '{entry.id}' has no chunk {chunk}.", "chunk")
    if not mock.gates.hold(entry.id, frame):
        raise ApiError(409, f"The stream '{entry.id}' is past that place, or over.", "chunk")
    return _entry_json(mock, entry)


async def show(request: Request) -> Response:
    """One stream. `?wait=sent:5`, `held` or `drained` answers when it is so, within `?timeout=10`
    seconds; `?frames=0` leaves the frames out."""
    mock, entry = mock_of(request), _entry(request)
    condition = request.query_params.get("wait")
    if condition is not None:
        await _until(mock, entry, condition, seconds_in(request, "timeout", 10.0, LONGEST_WAIT_S))
    frames = request.query_params.get("frames") not in ("0", "false")
    return _entry_json(mock, entry, frames=frames)


async def release(request: Request) -> Response:
    """Lets it go on for good."""
    mock, entry = mock_of(request), _entry(request)
    mock.gates.let(entry.id)
    return _entry_json(mock, entry)


async def step(request: Request) -> Response:
    """Lets `?n=3` more frames out."""
    mock, entry = mock_of(request), _entry(request)
    mock.gates.let(entry.id, whole_in(request, "n", 1, 1, MOST_STEPS))
    return _entry_json(mock, entry)


async def mark(request: Request) -> Response:
    """Notes your moment, such as a press of Stop with `?name=stop`: `closed` in the journal then
    says "client closed after chunk 7, 3.1 ms after the stop". `?at_ns=…` gives the moment itself
    (CLOCK_MONOTONIC of this host)."""
    mock, entry = mock_of(request), _entry(request)
    name = request.query_params.get("name", "stop")
    if not _MARK.fullmatch(name):
        raise ApiError(400, "'name' is a word of up to 40 letters.", "name")
    now_ns = mock.player.clock_ns()
    at_ns = request.query_params.get("at_ns", str(now_ns))
    if not (at_ns.isascii() and at_ns.isdecimal() and len(at_ns) < 20):
        raise ApiError(400, "'at_ns' is a time in ns on this host's monotonic clock.", "at_ns")
    entry.mark(name, int(at_ns))
    return _entry_json(mock, entry)


def _entry(request: Request) -> Entry:
    entry = mock_of(request).journal.entry(request.path_params["id"])
    if entry is None:
        raise ApiError(404, f"There is no stream '{request.path_params['id']}'.", "id")
    return entry


def _brief(mock: Mock, entry: Entry) -> dict[str, Any]:
    gates = mock.gates
    return {
        **entry.brief(),
        "gated": gates.gated(entry.id),
        "held": gates.is_held(entry.id),
        "unread": gates.unread(entry.id),
    }


def _entry_json(mock: Mock, entry: Entry, *, frames: bool = True) -> Response:
    return json_response({**entry.to_json(frames=frames), "held": mock.gates.is_held(entry.id)})


async def _until(mock: Mock, entry: Entry, condition: str, timeout_s: float) -> None:
    """Looks again and again: so the player need not know that somebody waits."""
    reached = _reached(mock, entry, condition)
    if mock.waiting >= MOST_WAITING:
        raise ApiError(429, f"{MOST_WAITING} requests are waiting already.", "wait")
    mock.waiting += 1
    try:
        async with asyncio.timeout(timeout_s):
            while not reached():  # noqa: ASYNC110 - an event would cost the player on every frame
                await asyncio.sleep(_POLL_S)
    except TimeoutError as error:
        sent = f"{entry.ledger.sent} frames are sent, and it is {entry.state}"
        raise ApiError(408, f"'{condition}' did not come true in {timeout_s:g} s: {sent}.", "wait",
                       "mock_timeout") from error  # fmt: skip
    finally:
        mock.waiting -= 1


def _reached(mock: Mock, entry: Entry, condition: str) -> Callable[[], bool]:
    if condition == "drained":
        return lambda: entry.state != "running"
    if condition == "held":
        return lambda: mock.gates.is_held(entry.id)
    match = _SENT.fullmatch(condition)
    if match is None:
        raise ApiError(
            400, f"wait is 'sent:N', 'held' or 'drained', not '{condition[:100]}'.", "wait"
        )
    frames = int(match[1])
    return lambda: entry.ledger.sent >= frames
