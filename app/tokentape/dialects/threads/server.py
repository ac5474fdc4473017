"""The routes of `threads`: threads, their messages, turns streamed or whole, and coming back."""

from functools import partial
from typing import Any

from fastapi import FastAPI, Request
from starlette.responses import JSONResponse, Response

from tokentape.core import Core
from tokentape.dialects.fields import checked
from tokentape.dialects.openapi import (
    LAST_EVENT_ID,
    LOOKS,
    STARTS,
    Responses,
    Route,
    add_routes,
    answer,
    body_of,
    counted_stream,
    errors,
    resumed_stream,
)
from tokentape.dialects.resuming import resumed, view_of
from tokentape.dialects.threads import documents, payloads, wire
from tokentape.dialects.threads.caller import CallerGate, SignedIn
from tokentape.dialects.threads.staging import Stage, Workflows
from tokentape.dialects.threads.whole import WholeMessage
from tokentape.errors import CallerFault
from tokentape.store.conversations import Message
from tokentape.store.threads import DIALECT as DIALECT  # the table of servers names it here
from tokentape.turns import StartedRun, TurnRequest, View
from tokentape.viewers.rendering import encoded
from tokentape.viewers.sse import RunStream, encode_frame
from tokentape.workflows.reading import read_folders
from tokentape.workflows.workflow import Workflow

PATH = "/chat/threads"
SSE = encoded(wire.sse, encode_frame)
GONE: Responses = {204: {"description": "It is gone"}}
CHANGES = errors(400, 401, 404, 413, 422)


def mount(core: Core, api: FastAPI) -> None:
    """Add the routes of threads, messages, documents and workflows."""
    gate = CallerGate(core)
    rooms = ThreadRoutes(gate, read_folders(core.settings.workflows_dir))
    one, messages = f"{PATH}/{{thread_id}}", f"{PATH}/{{thread_id}}/messages"
    run, message = f"{one}/runs/{{run_id}}", f"{messages}/{{message_id}}"
    says, names = body_of(payloads.MessageText), body_of(payloads.Rename)
    thread, message_answer = answer(200, "The thread"), answer(200, "The message")
    resuming = {"parameters": [LAST_EVENT_ID]}
    add_routes(
        api,
        DIALECT,
        (
            Route(
                "POST",
                PATH,
                rooms.create,
                answer(201, "The thread") | CHANGES | errors(409),
                body_of(payloads.NewThread),
            ),
            Route("GET", PATH, rooms.threads, answer(200, "Threads") | LOOKS, payloads.PAGES),
            Route("GET", one, rooms.thread, thread | LOOKS),
            Route("PATCH", one, rooms.rename, thread | CHANGES, names),
            Route("DELETE", one, rooms.delete, GONE | LOOKS),
            Route("GET", messages, rooms.messages, answer(200, "Messages") | LOOKS, payloads.PAGES),
            Route("POST", messages, rooms.whole, answer(200, "The answer") | STARTS, says),
            Route("POST", f"{messages}/stream", rooms.stream, counted_stream() | STARTS, says),
            Route("PATCH", message, rooms.edit, message_answer | CHANGES, says),
            Route("DELETE", message, rooms.delete_message, GONE | LOOKS),
            Route("GET", f"{run}/events", rooms.resume, resumed_stream() | LOOKS, resuming),
            Route("POST", f"{run}/stop", rooms.stop, answer(202, "It is stopping") | LOOKS),
            Route("GET", "/chat/workflows", rooms.all_workflows, answer(200, "Workflows") | LOOKS),
            *documents.routes(gate, GONE),
        ),
    )


class ThreadRoutes:
    """Threads and their messages; somebody else's are not found."""

    def __init__(self, gate: CallerGate, workflows: Workflows) -> None:
        self._gate = gate
        self._workflows = workflows

    async def create(self, request: Request) -> JSONResponse:
        """Create a thread, with a workflow or without one."""
        signed = self._gate.signed(request)
        new = checked(payloads.NewThread, await self._gate.body(request))
        if new.workflow is not None and new.workflow not in self._workflows:
            there = ", ".join(self._workflows)
            raise CallerFault(
                "BAD_REQUEST",
                f"`workflow`: there is none of this name; there are: {there}",
                status=422,
                field="workflow",
            )
        thread = await self._gate.store.create(signed.identity.sub, new.title, new.workflow)
        return JSONResponse({"thread": wire.thread_of(thread)}, 201)

    async def threads(self, request: Request) -> JSONResponse:
        """The caller's threads, the newest first."""
        signed = self._gate.signed(request)
        before, limit = payloads.page_of(request.query_params)
        page = await self._gate.store.page(signed.identity.sub, before, limit)
        rows = [wire.thread_of(thread) for thread in page.rows]
        return JSONResponse({"threads": rows, "nextCursor": payloads.cursor_of(page.next)})

    async def thread(self, request: Request, thread_id: str) -> JSONResponse:
        """One thread, and where its workflow is."""
        thread = await self._gate.own(self._gate.signed(request), thread_id)
        return JSONResponse({"thread": wire.thread_of(thread)})

    async def rename(self, request: Request, thread_id: str) -> JSONResponse:
        """Give a thread another title, also while an answer runs in it."""
        signed = self._gate.signed(request)
        new = checked(payloads.Rename, await self._gate.body(request))
        await self._gate.own(signed, thread_id)
        await self._gate.store.rename(thread_id, new.title)
        return await self.thread(request, thread_id)

    async def delete(self, request: Request, thread_id: str) -> Response:
        """Delete a thread with its messages; what runs in it is stopped."""
        await self._gate.own(self._gate.signed(request), thread_id)
        await self._gate.store.delete(thread_id)
        self._gate.core.runs.stop_at((DIALECT, thread_id), "requested")
        return Response(status_code=204)

    async def messages(self, request: Request, thread_id: str) -> JSONResponse:
        """A thread's messages, the oldest first."""
        await self._gate.own(self._gate.signed(request), thread_id)
        after, limit = payloads.page_of(request.query_params)
        page = await self._gate.store.messages(thread_id, after, limit)
        rows = [wire.message_of(message) for message in page.rows]
        return JSONResponse({"messages": rows, "nextCursor": payloads.cursor_of(page.next)})

    async def stream(self, request: Request, thread_id: str) -> RunStream:
        """Say something and see the answer as it comes."""
        started = await self._start(request, thread_id)
        return self._view(RunStream, started.view, -1, started)

    async def whole(self, request: Request, thread_id: str) -> RunStream:
        """Say something and get the whole answer at once; the same run underneath."""
        started = await self._start(request, thread_id)
        return self._view(WholeMessage, started.view, -1, started)

    async def edit(self, request: Request, thread_id: str, message_id: str) -> JSONResponse:
        """Change what one said oneself."""
        signed = self._gate.signed(request)
        most = self._gate.core.settings.max_message_chars
        new = checked(payloads.MessageText, await self._gate.body(request), content=most)
        await self._own_message(signed, thread_id, message_id)
        await self._gate.core.turns.store.edit(message_id, new.content)
        message = await self._own_message(signed, thread_id, message_id)
        return JSONResponse({"message": wire.message_of(message)})

    async def delete_message(self, request: Request, thread_id: str, message_id: str) -> Response:
        """Take back what one said oneself; answers stay."""
        await self._own_message(self._gate.signed(request), thread_id, message_id)
        await self._gate.core.turns.store.delete(message_id)
        return Response(status_code=204)

    async def resume(self, request: Request, thread_id: str, run_id: str) -> Response:
        """The events after `Last-Event-ID`, then live ones."""
        self._gate.signed(request)
        view = await view_of(self._gate.core, request, DIALECT, run_id)
        _within(view, thread_id)
        stream = partial(self._view, RunStream)
        return await resumed(self._gate.core, request, DIALECT, view, stream)

    async def stop(self, request: Request, thread_id: str, run_id: str) -> JSONResponse:
        """Stop a run; its stream ends with `done` and `stopped`."""
        self._gate.signed(request)
        view = await view_of(self._gate.core, request, DIALECT, run_id)
        _within(view, thread_id)
        if view.run:
            view.run.stop("requested")
        return JSONResponse({"runId": run_id, "stopped": view.run is not None}, 202)

    async def all_workflows(self, request: Request) -> JSONResponse:
        """The workflows that a thread may have."""
        self._gate.signed(request)
        return JSONResponse({"workflows": [_to_json(one) for one in self._workflows.values()]})

    async def _start(self, request: Request, thread_id: str) -> StartedRun:
        core = self._gate.core
        signed = self._gate.signed(request)
        body = await self._gate.body(request)
        message = checked(payloads.MessageText, body, content=core.settings.max_message_chars)
        stage = Stage(self._gate.store, self._workflows, self._gate.retrieval, signed.identity)
        return await core.turns.start(
            TurnRequest(
                dialect=DIALECT,
                caller=signed.caller,
                content=message.content,
                conversation_id=thread_id,
                stage=stage,
            )
        )

    async def _own_message(self, signed: SignedIn, thread_id: str, message_id: str) -> Message:
        message_place = await self._gate.core.turns.store.message_place(message_id)
        if message_place:
            place, message = message_place
            mine = place.dialect == DIALECT and place.owner == signed.identity.sub
            if mine and place.id == thread_id and message.role == "user":
                return message
        raise CallerFault("NOT_FOUND", "There is no such message.")

    def _view(
        self, kind: type[RunStream], view: View, after: int, started: StartedRun | None = None
    ) -> RunStream:
        core = self._gate.core
        allowance = started.allowance if started else None
        return kind(
            core.frames.of(view.tape, SSE),
            view,
            after,
            heartbeat_s=core.settings.sse_heartbeat_s,
            metrics=core.metrics,
            headers=allowance.headers() if allowance else {},
        )


def _within(view: View, thread_id: str) -> None:
    if view.tape.label.conversation_id != thread_id:
        raise CallerFault("NOT_FOUND", "There is no such run.")


def _to_json(workflow: Workflow) -> dict[str, Any]:
    return {
        "name": workflow.name,
        "title": workflow.title,
        "description": workflow.description,
        "steps": [
            {
                "name": step.name,
                "kind": step.kind,
                "collect": step.collect,
                "maxTokens": step.max_tokens,
                "maxSentences": step.max_sentences,
                "next": step.next,
            }
            for step in workflow.steps
        ],
    }
