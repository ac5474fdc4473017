"""Coming back to a run over HTTP, in any dialect: find it, view it from a position, stop it."""

from fastapi import Request
from fastapi.responses import JSONResponse

from app.access.requests import caller_of, position_of
from app.core import Core
from app.errors import CallerFault
from app.turns import NoRun, View


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


async def resumed(core: Core, request: Request, dialect: str, run_id: str) -> tuple[View, int]:
    """The run and the seq after which the caller goes on."""
    view = await view_of(core, request, dialect, run_id)
    after = position_of(request, run_id)
    if after >= await view.tape.length():
        raise CallerFault("BAD_REQUEST", "`Last-Event-ID` is past the run's end.")
    core.metrics.resumes.labels(dialect).inc()
    return view, after


async def stopped(core: Core, request: Request, dialect: str, run_id: str) -> JSONResponse:
    """Stop a run over HTTP; one that has ended already is no error. Raises NOT_FOUND."""
    view = await view_of(core, request, dialect, run_id)
    if view.run:
        view.run.stop("requested")
    return JSONResponse({"runId": run_id, "stopped": view.run is not None}, 202)
