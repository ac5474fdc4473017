"""The server of `ai-chat`: four routes and two Socket.IO events."""

from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from tokentape.access.limits import Caller
from tokentape.access.requests import caller_of, json_of
from tokentape.core import Core
from tokentape.dialects.ai_chat import wire
from tokentape.dialects.fields import Id, IdInPath, Payload, Said, checked
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
from tokentape.dialects.stopping import start_here, stop_runs
from tokentape.timestamps import rfc3339
from tokentape.turns import TurnRequest, View
from tokentape.viewers.connection import Connection
from tokentape.viewers.event_table import Answer
from tokentape.viewers.rendering import encoded
from tokentape.viewers.sse import RunStream, encode_frame

DIALECT = "ai-chat"
NAMESPACE = "/"
PATH = "/api/v2/ai/chat"
SESSION_OF_STREAM = f"{PATH}/stream%2f".encode()
"""How the address of a session begins that is called `stream/…`, and is no stream."""
SSE = encoded(wire.sse, encode_frame)


class ChatBody(Payload):
    """The body of a turn over HTTP."""

    message: Said
    sessionId: IdInPath | None = None  # noqa: N815  # the wire's name


class SocketChat(ChatBody):
    """A turn over Socket.IO; `token` says who is asking from now on."""

    token: str | None = None


class StopChat(Payload):
    """None: all that this connection has asked."""

    runId: Id | None = None  # noqa: N815  # the wire's name


def mount(core: Core, api: FastAPI) -> None:
    """Add the routes, and the events on namespace `/`."""
    handlers = AiChat(core)
    one = f"{PATH}/stream/{{run_id}}"
    messages = answer(200, "The messages") | LOOKS
    resuming = {"parameters": [LAST_EVENT_ID]}
    add_routes(
        api,
        DIALECT,
        (
            Route(
                "POST",
                f"{PATH}/stream",
                handlers.post,
                counted_stream() | STARTS,
                body_of(ChatBody),
            ),
            Route("GET", one, handlers.resume, resumed_stream() | LOOKS, resuming),
            Route("DELETE", one, handlers.delete, answer(202, "It is stopping") | LOOKS),
            Route("GET", f"{PATH}/{{session_id:id}}", handlers.history, messages),
        ),
    )
    sockets = core.sockets
    table = sockets.table
    table.open(NAMESPACE, require_token=False, complain=wire.complaint)
    table.show_runs(NAMESPACE, DIALECT, wire.socketio)
    table.on(NAMESPACE, "ai:chat", handlers.on_chat, wire.complaint, starts=True, bears_token=True)
    table.on(NAMESPACE, "ai:stop", handlers.on_stop, wire.complaint)


class AiChat:
    """The four routes and the two events."""

    def __init__(self, core: Core) -> None:
        self._core = core

    async def post(self, request: Request) -> RunStream:
        """Start a turn and stream its answer."""
        settings = self._core.settings
        caller = caller_of(request, settings, self._core.tokens)
        body = await json_of(request, settings.max_body_bytes)
        chat = checked(ChatBody, body, message=settings.max_message_chars)
        started = await self._core.turns.start(_turn_of(caller, chat))
        headers = started.allowance.headers() if started.allowance else {}
        return self._stream(started.view, -1, headers)

    async def resume(self, request: Request, run_id: str) -> Response:
        """The events after `Last-Event-ID`, then live ones."""
        if request.scope["raw_path"].lower().startswith(SESSION_OF_STREAM):
            return await self.history(request, f"stream/{run_id}")
        view = await view_of(self._core, request, DIALECT, run_id)
        return await resumed(self._core, request, DIALECT, view, self._stream)

    async def delete(self, request: Request, run_id: str) -> JSONResponse:
        """Stop a run; its stream ends with `done` and `stopped`."""
        return await stopped(self._core, request, DIALECT, run_id)

    async def history(self, request: Request, session_id: str) -> JSONResponse:
        """The session's messages, oldest first."""
        caller = caller_of(request, self._core.settings, self._core.tokens)
        messages = await self._core.turns.history(DIALECT, session_id, caller)
        messages_json = [
            {
                "id": message.id,
                "role": message.role,
                "content": message.content,
                "status": message.status,
                "createdAt": rfc3339(message.created_at),
            }
            for message in messages
        ]
        return JSONResponse({"sessionId": session_id, "messages": messages_json})

    async def on_chat(self, connection: Connection, payload: dict[str, Any]) -> Answer:
        """`ai:chat`: a turn, told to this connection."""
        core = self._core
        # Who the client says it is holds for what it does on this connection from now on.
        connection.caller = core.sockets.connections.bearer(connection, payload)
        chat = checked(SocketChat, payload, message=core.settings.max_message_chars)
        started = await start_here(core, connection, _turn_of(connection.caller, chat))
        label = started.run.label
        core.sockets.pumps.watch(connection, started.view, -1)
        return {"ok": True, "runId": label.run_id, "sessionId": label.conversation_id}

    async def on_stop(self, connection: Connection, payload: dict[str, Any]) -> Answer:
        """`ai:stop`: one run, or all that this connection has asked for."""
        stop = checked(StopChat, payload)
        await stop_runs(self._core, connection, DIALECT, stop.runId)
        return {"ok": True}

    def _stream(
        self, view: View, after: int, headers: Mapping[str, str] | None = None
    ) -> RunStream:
        core = self._core
        return RunStream(
            core.frames.of(view.tape, SSE),
            view,
            after,
            heartbeat_s=core.settings.sse_heartbeat_s,
            metrics=core.metrics,
            headers=headers,
        )


def _turn_of(caller: Caller, chat: ChatBody) -> TurnRequest:
    return TurnRequest(
        dialect=DIALECT,
        caller=caller,
        content=chat.message,
        conversation_id=chat.sessionId,
        creates=True,
    )
