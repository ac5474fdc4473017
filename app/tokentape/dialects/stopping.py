"""Starting a turn from a socket and stopping it, there or by where it runs, in any dialect: a stop
that is acknowledged holds also for what has been asked for and is no run yet."""

from functools import partial

from fastapi.responses import JSONResponse

from tokentape.access.limits import Caller
from tokentape.core import Core
from tokentape.errors import CallerFault
from tokentape.runs.tape import Place
from tokentape.turns import NoRun, StartedRun, TurnRequest, may
from tokentape.viewers.connection import Connection


async def start_here(core: Core, connection: Connection, turn: TurnRequest) -> StartedRun:
    """Start a turn that this connection may stop from now on, before anything is awaited.

    Raises what `Turns.start` does.
    """
    connection.starting[turn.starting] = turn.dialect
    try:
        started = await core.turns.start(turn)
    finally:
        del connection.starting[turn.starting]
    connection.started[started.run.label.run_id] = turn.dialect
    return started


async def stop_runs(core: Core, connection: Connection, dialect: str, run_id: str | None) -> None:
    """Stop this run, or all that the connection has started, or is starting, and that still go on.

    Raises NOT_FOUND for a named run that the connection may not view.
    """
    if run_id is None:
        for starting, spoken in connection.starting.items():
            if spoken == dialect:
                starting.stop("requested")
        for mine, spoken in connection.started.items():
            run = core.runs.find(mine)
            # Who it was then may be somebody else now.
            if run and spoken == dialect and may(connection.caller, run.label.owner):
                run.stop("requested")
        return
    try:
        view = await core.sockets.pumps.view(connection, run_id, connection.caller)
    except NoRun:
        raise CallerFault("NOT_FOUND", "There is no such run.", field="runId") from None
    if view.tape.label.dialect != dialect:
        raise CallerFault("NOT_FOUND", "There is no such run.", field="runId")
    if view.run:
        view.run.stop("requested")


def stopped_at(core: Core, caller: Caller, place: Place) -> JSONResponse:
    """Stop what runs in a place of the caller's, or is about to; where nothing does, it is no
    error."""
    runs = core.runs
    if run := runs.at(place):
        run.stop("requested")
        run_id: str | None = run.label.run_id
    else:
        run_id = runs.stop_starting(place, "requested", partial(may, caller))
    return stopping_answer(run_id)


def stopping_answer(run_id: str | None) -> JSONResponse:
    """That this run is stopping; None: that none is."""
    return JSONResponse({"runId": run_id, "stopped": run_id is not None}, 202)
