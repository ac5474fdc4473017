"""The routes of `inference`: OpenAI's chat completions, streamed or whole, and its model list."""

from functools import partial
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from tokentape.access.requests import caller_of, json_of
from tokentape.core import Core
from tokentape.dialects.inference import realtime, wire
from tokentape.dialects.inference.answers import ChunkStream, WholeCompletion
from tokentape.dialects.inference.request import InferenceRequest, request_of
from tokentape.dialects.messages import text_of
from tokentape.dialects.openapi import (
    LAST_EVENT_ID,
    LOOKS,
    STARTS,
    Route,
    add_routes,
    answer,
    body_of,
    counted_stream,
    resumed_stream,
)
from tokentape.dialects.resuming import resumed, stopped, view_of
from tokentape.errors import CallerFault
from tokentape.turns import StartedRun, TurnRequest, View
from tokentape.viewers.sse import RunStream

DIALECT = "inference"
PATH = "/api/v1/inference"
BODY = body_of(InferenceRequest)


def mount(core: Core, api: FastAPI) -> None:
    """Add the routes, and the real-time half."""
    handlers = Inference(core)
    resuming = {"parameters": [LAST_EVENT_ID]}
    one = f"{PATH}/stream/{{run_id}}"
    models = answer(200, "As OpenAI lists them") | LOOKS
    add_routes(
        api,
        DIALECT,
        (
            Route("POST", f"{PATH}/stream", handlers.stream, counted_stream() | STARTS, BODY),
            Route(
                "POST",
                f"{PATH}/chat/completions",
                handlers.completions,
                counted_stream(whole=True) | STARTS,
                BODY,
            ),
            Route("GET", one, handlers.resume, resumed_stream() | LOOKS, resuming),
            Route("DELETE", one, handlers.delete, answer(202, "It is stopping") | LOOKS),
            Route("GET", f"{PATH}/models", handlers.models, models),
            Route("GET", f"{PATH}/models/{{model:path}}", handlers.model, models),
        ),
    )
    realtime.mount(core, api)


class Inference:
    """OpenAI's routes, and those that its own clients lack: to come back, and to stop."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def stream(self, request: Request) -> RunStream:
        """Start a turn and stream its answer as OpenAI's chunks, whatever `stream` says."""
        _, started = await self._start(request)
        return self._stream(ChunkStream, started.view, -1, started)

    async def completions(self, request: Request) -> RunStream:
        """The same for clients of OpenAI. Without `stream` the `Accept` header decides: a client
        that takes JSON alone gets the whole answer at once."""
        question, started = await self._start(request)
        whole = not question.stream if question.stream is not None else _takes_json_alone(request)
        kind = WholeCompletion if whole else ChunkStream
        return self._stream(kind, started.view, -1, started)

    async def resume(self, request: Request, run_id: str) -> Response:
        """The chunks after `Last-Event-ID`, then live ones."""
        view = await view_of(self._core, request, DIALECT, run_id)
        stream = partial(self._stream, RunStream)
        return await resumed(self._core, request, DIALECT, view, stream)

    async def delete(self, request: Request, run_id: str) -> JSONResponse:
        """Stop a run; its stream ends with `finish_reason: "stop"` and `[DONE]`."""
        return await stopped(self._core, request, DIALECT, run_id)

    async def models(self, request: Request) -> JSONResponse:
        """The models that a turn may name, as OpenAI lists them."""
        caller_of(request, self._core.settings, self._core.tokens)
        names = await self._core.turns.models()
        return JSONResponse({"object": "list", "data": [_model(name) for name in names]})

    async def model(self, request: Request, model: str) -> JSONResponse:
        """One model, as OpenAI tells it."""
        caller_of(request, self._core.settings, self._core.tokens)
        if model not in await self._core.turns.models():
            raise CallerFault("NOT_FOUND", "There is no such model.")
        return JSONResponse(_model(model))

    async def _start(self, request: Request) -> tuple[InferenceRequest, StartedRun]:
        core = self._core
        caller = caller_of(request, core.settings, core.tokens)
        question = request_of(await json_of(request, core.settings.max_body_bytes), core.settings)
        started = await core.turns.start(
            TurnRequest(
                dialect=DIALECT,
                caller=caller,
                content=text_of(question.messages[-1].content),
                model=question.model,
                max_tokens=question.max_tokens,
                temperature=question.temperature,
                messages=question.context,
                more=question.passed_on,
                closing=partial(wire.closing, usage=question.include_usage),
            )
        )
        return question, started

    def _stream(
        self, kind: type[RunStream], view: View, after: int, started: StartedRun | None = None
    ) -> RunStream:
        core = self._core
        allowance = started.allowance if started else None
        return kind(
            core.frames.of(view.tape, wire.sse),
            view,
            after,
            heartbeat_s=core.settings.sse_heartbeat_s,
            metrics=core.metrics,
            headers=allowance.headers() if allowance else {},
        )


def _takes_json_alone(request: Request) -> bool:
    accepted = request.headers.get("accept", "")
    return "application/json" in accepted and "text/event-stream" not in accepted


def _model(name: str) -> dict[str, Any]:
    return {"id": name, "object": "model", "created": 0, "owned_by": "tokentape"}
