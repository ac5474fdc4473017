"""The routes of `ag-ui`: a run as the protocol has it; and what the protocol lacks, to come back to
one, to stop one, and to read what was said in a thread."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

import orjson
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from tokentape.access.limits import Allowance, Caller
from tokentape.access.requests import caller_of, json_of
from tokentape.core import Core
from tokentape.dialects.ag_ui import wire
from tokentape.dialects.ag_ui.history import result_parts, stored_messages
from tokentape.dialects.ag_ui.run_input import ForwardedProps, RunAgentInput, input_of
from tokentape.dialects.chat_labels import conversation_of
from tokentape.dialects.idempotency import IDEMPOTENCY_KEY, Repeats
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
from tokentape.dialects.stopping import stopped_at
from tokentape.errors import CallerFault
from tokentape.runs.events import RunNamed
from tokentape.store.conversations import Begun
from tokentape.store.message_parts import storing_parts
from tokentape.turns import Staged, TurnRequest, View
from tokentape.viewers.sse import RunStream

DIALECT = "ag-ui"
PATH = "/ag-ui"
RUN_HEADER = "Tokentape-Run"
"""Our own id of a run, for callers that read no SSE `id`."""


@dataclass(frozen=True, slots=True)
class PostedRun:
    """A run that was started, for whoever sends its request once more."""

    run_id: str
    allowance: Allowance | None


def mount(core: Core, api: FastAPI) -> None:
    """Add the routes."""
    handlers = AgUi(core)
    run, thread = f"{PATH}/runs/{{run_id}}", f"{PATH}/threads/{{thread_id:id}}"
    posting = body_of(RunAgentInput) | {"parameters": [IDEMPOTENCY_KEY]}
    resuming = {"parameters": [LAST_EVENT_ID]}
    started = counted_stream()
    started[200]["headers"] = started[200]["headers"] | {
        RUN_HEADER: {"description": "Our own id of the run.", "schema": {"type": "string"}}
    }
    stopping = answer(202, "It is stopping") | LOOKS
    messages = answer(200, "The messages") | LOOKS
    add_routes(
        api,
        DIALECT,
        (
            Route("POST", PATH, handlers.post, started | STARTS, posting),
            Route("GET", run, handlers.resume, resumed_stream() | LOOKS, resuming),
            Route("DELETE", run, handlers.delete, stopping),
            Route("GET", thread, handlers.messages, messages),
            Route("DELETE", thread, handlers.stop, stopping),
        ),
    )


class AgUi:
    """The routes of runs, and of threads."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._repeats: Repeats[PostedRun] = Repeats()

    async def post(self, request: Request) -> RunStream:
        """Start a run and stream its events."""
        core, settings = self._core, self._core.settings
        caller = caller_of(request, settings, core.tokens)
        body = await json_of(request, settings.max_body_bytes)
        run = input_of(body, settings)
        started = await self._repeats.once(
            caller.account,
            request.headers.get("idempotency-key"),
            orjson.dumps(body, option=orjson.OPT_SORT_KEYS),
            partial(self._start, caller, run),
        )
        view = await view_of(core, request, DIALECT, started.run_id)
        headers = started.allowance.headers() if started.allowance else {}
        return self._stream(view, -1, {**headers, RUN_HEADER: started.run_id})

    async def resume(self, request: Request, run_id: str) -> Response:
        """The events of a run after `Last-Event-ID`, then live ones."""
        view = await view_of(self._core, request, DIALECT, run_id)
        return await resumed(self._core, request, DIALECT, view, self._stream)

    async def delete(self, request: Request, run_id: str) -> JSONResponse:
        """Stop a run; its stream ends with the outcome `cancelled`."""
        return await stopped(self._core, request, DIALECT, run_id)

    async def stop(self, request: Request, thread_id: str) -> JSONResponse:
        """Stop what runs in a thread of the caller's, or is about to."""
        caller, place = self._place_of(request, thread_id)
        return stopped_at(self._core, caller, place)

    async def messages(self, request: Request, thread_id: str) -> JSONResponse:
        """What was said in a thread of the caller's, as AG-UI's messages, the oldest first; not the
        answer that is under way."""
        caller, place = self._place_of(request, thread_id)
        found = await self._core.turns.history(DIALECT, place[1], caller)
        ended = [one for one in found if one.status != "running"]
        rows = [row for message in ended for row in stored_messages(message)]
        return JSONResponse({"threadId": thread_id, "messages": rows})

    async def _start(self, caller: Caller, run: RunAgentInput) -> PostedRun:
        props, results = run.forwardedProps or ForwardedProps(), result_parts(run.messages)

        async def stage(begun: Begun) -> Staged:
            return Staged(
                opening=(RunNamed(run.threadId, run.runId, run.parentRunId),),
                begin=storing_parts(begun.user_message_id, results) if results else None,
            )

        started = await self._core.turns.start(
            TurnRequest(
                dialect=DIALECT,
                caller=caller,
                content=run.question,
                conversation_id=conversation_of(DIALECT, caller, None, run.threadId),
                creates=True,
                model=props.model,
                max_tokens=props.maxTokens,
                temperature=props.temperature,
                messages=run.model_messages,
                more=run.passed_on,
                stage=stage,
                tells_parts=True,
            )
        )
        return PostedRun(started.run.label.run_id, started.allowance)

    def _place_of(self, request: Request, thread_id: str) -> tuple[Caller, tuple[str, str]]:
        """Who asks, and where that thread of theirs is. Raises NOT_FOUND for who is nobody: their
        threads can't be told apart."""
        caller = caller_of(request, self._core.settings, self._core.tokens)
        found = conversation_of(DIALECT, caller, None, thread_id)
        if found is None:
            raise CallerFault("NOT_FOUND")
        return caller, (DIALECT, found)

    def _stream(
        self, view: View, after: int, headers: Mapping[str, str] | None = None
    ) -> RunStream:
        core = self._core
        return RunStream(
            core.frames.of(view.tape, wire.sse),
            view,
            after,
            heartbeat_s=core.settings.sse_heartbeat_s,
            metrics=core.metrics,
            headers=headers,
        )
