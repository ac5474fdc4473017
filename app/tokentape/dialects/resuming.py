"""Coming back to a run over HTTP, in any dialect: find it, view it from a position, stop it."""

from collections.abc import Callable

from fastapi import Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from tokentape.access.requests import caller_of, position_of
from tokentape.core import Core
from tokentape.errors import CallerFault
from tokentape.turns import NoRun, View

ToStream = Callable[[View, int], Response]
"""A run, viewed from after this seq."""


async def view_of(core: Core, request: Request, dialect: str, run_id: str) -> View:
    """A run of this dialect that the caller may see. Raises NOT_FOUND, whatever the reason."""
    caller = caller_of(request, core.settings, core.tokens)
    try:
        view = await core.turns.view(run_id, caller)
    except NoRun:
        raise CallerFault("NOT_FOUND", "There is no such run.") from None
    if view.tape.label.dialect != dialect:
        raise CallerFault("NOT_FOUND", "There is no such run.")
    return view


async def resumed(
    core: Core,
    request: Request,
    dialect: str,
    view: View,
    stream: ToStream,
) -> Response:
    """What comes after the caller's `Last-Event-ID`, from the first event without one; 204 where
    nothing does any more, since an EventSource comes back for ever otherwise."""
    tape = view.tape
    after = position_of(request, tape.label.run_id)
    length = await tape.length()
    if after >= length:
        raise CallerFault("BAD_REQUEST", "`Last-Event-ID` is past the run's end.")
    if after >= 0:
        core.metrics.resumes.labels(dialect).inc()
    if after == length - 1 and await tape.ended():
        return Response(status_code=204)
    return stream(view, after)


async def stopped(core: Core, request: Request, dialect: str, run_id: str) -> JSONResponse:
    """Stop a run over HTTP; one that has ended already is no error. Raises NOT_FOUND."""
    view = await view_of(core, request, dialect, run_id)
    if view.run:
        view.run.stop("requested")
    return JSONResponse({"runId": run_id, "stopped": view.run is not None}, 202)
