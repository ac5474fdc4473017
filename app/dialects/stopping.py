"""Stopping a run from a socket, in any dialect."""

from app.core import Core
from app.errors import CallerFault
from app.turns import NoRun
from app.viewers.sockets import Connection


async def stop_runs(core: Core, connection: Connection, dialect: str, run_id: str | None) -> None:
    """Stop this run, or all that the connection has started and that still go on. Raises NOT_FOUND
    for a named run that the connection may not view."""
    if run_id is None:
        for mine, spoken in connection.started.items():
            if spoken == dialect:
                core.runs.stop(mine, "requested")
        return
    try:
        view = await core.sockets.view(connection, run_id, connection.caller)
    except NoRun:
        raise CallerFault("NOT_FOUND", "There is no such run.", field="runId") from None
    if view.tape.label.dialect != dialect:
        raise CallerFault("NOT_FOUND", "There is no such run.", field="runId")
    if view.run:
        view.run.stop("requested")
