"""What was stored of an answer, in whatever dialect it was asked for: the truth that a client which
comes back too late for the tape ends with."""

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from tokentape.access.requests import caller_of
from tokentape.core import Core
from tokentape.dialects.openapi import LOOKS, Route, add_routes, answer
from tokentape.errors import CallerFault
from tokentape.turns import may

PATH = "/api/runs/{run_id}"


def mount(core: Core, api: FastAPI) -> None:
    """Add the one route, `GET /api/runs/{run_id}`."""

    async def stored(request: Request, run_id: str) -> JSONResponse:
        """The stored answer of a run: its text, `running`, `complete`, `stopped` or `failed`, and
        the error's code."""
        caller = caller_of(request, core.settings, core.tokens)
        answer = await core.turns.store.answer_of(run_id)
        if answer is None or not may(caller, answer[0].owner):
            raise CallerFault("NOT_FOUND", "There is no such run.")
        place, message = answer
        return JSONResponse(
            {
                "runId": run_id,
                "dialect": place.dialect,
                "conversationId": place.id,
                "content": message.content,
                "status": message.status,
                "code": message.code,
            }
        )

    described = answer(200, "What was stored") | LOOKS
    add_routes(api, "runs", (Route("GET", PATH, stored, described),))
