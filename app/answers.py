"""What was stored of an answer, in whatever dialect it was asked for: the truth that a client which
comes back too late for the tape ends with."""

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse

from app.access.requests import caller_of
from app.core import Core
from app.dialects.openapi import LOOKS, Route, add_routes, answer
from app.errors import CallerFault
from app.turns import may

PATH = "/api/runs/{run_id}"
_LOOKED_THROUGH = 1_000
"""Newest messages of a conversation among which the run's answer is found."""


def mount(core: Core, api: FastAPI) -> None:
    async def stored(request: Request, run_id: str) -> JSONResponse:
        """The stored answer of a run: its text, `running`, `complete`, `stopped` or `failed`, and
        the error's code."""
        caller = caller_of(request, core.settings, core.tokens)
        store = core.turns.store
        place = await store.run_owner(run_id)
        if place is None or not may(caller, place.owner):
            raise CallerFault("NOT_FOUND", "There is no such run.")
        messages = await store.messages(place.dialect, place.id, _LOOKED_THROUGH)
        kept = next((m for m in messages if m.run_id == run_id and m.role == "assistant"), None)
        if kept is None:
            raise CallerFault("NOT_FOUND", "There is no such run.")
        return JSONResponse(
            {
                "runId": run_id,
                "dialect": place.dialect,
                "conversationId": place.id,
                "content": kept.content,
                "status": kept.status,
                "code": kept.code,
            }
        )

    described = answer(200, "What was stored") | LOOKS
    add_routes(api, "runs", (Route("GET", PATH, stored, described),))
