"""`stream-chat` over HTTP: a whole answer, and sessions whose answer is fetched as SSE and
shown live in the Socket.IO room of the same name."""

from functools import partial
from uuid import uuid4

import orjson
from fastapi import FastAPI, Request
from fastapi.responses import JSONResponse
from starlette.responses import Response

from tokentape.access.limits import Caller
from tokentape.access.requests import caller_of, json_of
from tokentape.core import Core
from tokentape.dialects.fields import checked
from tokentape.dialects.idempotency import IDEMPOTENCY_KEY, Repeats
from tokentape.dialects.inference.answers import WholeCompletion
from tokentape.dialects.messages import context_of, text_of
from tokentape.dialects.openapi import (
    LAST_EVENT_ID,
    LOOKS,
    RATE_HEADERS,
    STARTS,
    Route,
    add_routes,
    answer,
    body_of,
    errors,
    resumed_stream,
)
from tokentape.dialects.resuming import resumed
from tokentape.dialects.stream_chat import payloads, rooms, wire
from tokentape.dialects.stream_chat.livekit import LiveKit
from tokentape.errors import CallerFault
from tokentape.rooms.room_service import RoomService, bounds_of
from tokentape.rooms.rooms import Rooms
from tokentape.runs.events import Opened
from tokentape.turns import NoRun, StartedRun, TurnRequest, View, may
from tokentape.viewers.rendering import encoded
from tokentape.viewers.sse import RunStream, encode_frame

DIALECT = rooms.DIALECT
PATH = "/openai/chatCompletion"
SSE = encoded(wire.run, encode_frame)


def mount(core: Core, api: FastAPI) -> None:
    """Add the routes, the rooms and LiveKit."""
    livekit = LiveKit(core.settings, core.metrics, core.tokens.users)
    room_service = RoomService(
        core.sockets,
        rooms.NAMESPACE,
        Rooms(bounds_of(core.settings), "roomName"),
        wire.room,
        per_s=core.settings.room_events_per_s,
        metrics=core.metrics,
        also=livekit.publish,
    )
    rooms.mount(core, room_service)
    handlers = StreamChat(core, room_service, livekit)
    one = f"{PATH}/stream/{{session_id:id}}"
    whole = answer(200, "OpenAI's `chat.completion`")
    started = answer(202, "It has started")
    for responses in (whole[200], started[202]):
        responses["headers"] = RATE_HEADERS
    starting = body_of(payloads.StartSession) | {"parameters": [IDEMPOTENCY_KEY]}
    add_routes(
        api,
        DIALECT,
        (
            Route("POST", PATH, handlers.complete, whole | STARTS, body_of(payloads.Completion)),
            Route("POST", f"{PATH}/stream/start", handlers.start, started | STARTS, starting),
            Route(
                "GET", one, handlers.view, resumed_stream() | LOOKS, {"parameters": [LAST_EVENT_ID]}
            ),
            Route("DELETE", one, handlers.delete, answer(202, "It is stopping") | LOOKS),
            Route(
                "POST",
                "/livekit/token",
                handlers.token,
                answer(200, "A token to join the room, and where") | LOOKS | errors(413, 501),
                body_of(payloads.Token),
            ),
        ),
    )


class StreamChat:
    """The routes under `/openai`, and LiveKit's tokens."""

    def __init__(self, core: Core, room_service: RoomService, livekit: LiveKit) -> None:
        self._core = core
        self._room_service = room_service
        self._livekit = livekit
        self._repeats: Repeats[JSONResponse] = Repeats()

    async def complete(self, request: Request) -> Response:
        """Start a turn and answer with all of it at once, as OpenAI does."""
        caller, body = await self._read(request)
        completion = payloads.request_of(payloads.Completion, body, self._core.settings)
        started = await self._start(caller, completion)
        view = started.view
        headers = started.allowance.headers() if started.allowance else {}
        return WholeCompletion(
            self._core.frames.of(view.tape, SSE),
            view,
            -1,
            heartbeat_s=self._core.settings.sse_heartbeat_s,
            metrics=self._core.metrics,
            headers=headers,
        )

    async def start(self, request: Request) -> Response:
        """Start a session's run, to be seen at `stream/{sessionId}` and in the room of that
        name."""
        caller, body = await self._read(request)
        start = payloads.request_of(payloads.StartSession, body, self._core.settings)
        content = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
        key = request.headers.get("idempotency-key")
        return await self._repeats.once(
            caller.account, key, content, lambda: self._begin(caller, start)
        )

    async def view(self, request: Request, session_id: str) -> Response:
        """The latest run of a session, or the run of this id: all of it, or what comes after
        `Last-Event-ID`."""
        view = await self._view(request, session_id)
        return await resumed(self._core, request, DIALECT, view, self._stream)

    async def delete(self, request: Request, session_id: str) -> Response:
        """Stop what runs in a session or is about to, or the run of this id."""
        caller = caller_of(request, self._core.settings, self._core.tokens)
        early = self._core.runs.stop_starting(
            (DIALECT, session_id), "requested", partial(may, caller)
        )
        if early is not None:
            return JSONResponse({"runId": early, "stopped": True}, 202)
        view = await self._view(request, session_id)
        if view.run:
            view.run.stop("requested")
        payload = {"runId": view.tape.label.run_id, "stopped": view.run is not None}
        return JSONResponse(payload, 202)

    async def token(self, request: Request) -> Response:
        """A LiveKit access token that lets its bearer join that room."""
        caller, body = await self._read(request)
        token = checked(payloads.Token, body)
        return JSONResponse(self._livekit.token(caller, token.roomName, token.participantName))

    def _stream(self, view: View, after: int) -> RunStream:
        return RunStream(
            self._core.frames.of(view.tape, SSE),
            view,
            after,
            heartbeat_s=self._core.settings.sse_heartbeat_s,
            metrics=self._core.metrics,
        )

    async def _read(self, request: Request) -> tuple[Caller, object]:
        settings = self._core.settings
        caller = caller_of(request, settings, self._core.tokens)
        return caller, await json_of(request, settings.max_body_bytes)

    async def _begin(self, caller: Caller, start: payloads.StartSession) -> JSONResponse:
        session_id = start.sessionId or str(uuid4())
        started = await self._start(caller, start, session_id, start.fullResponse is not False)
        self._room_service.carry(session_id, started.view)
        payload = {
            "sessionId": session_id,
            "runId": started.run.label.run_id,
            "status": "started",
        }
        headers = started.allowance.headers() if started.allowance else {}
        return JSONResponse(payload, 202, headers)

    async def _start(
        self,
        caller: Caller,
        completion: payloads.Completion,
        session_id: str | None = None,
        accumulates: bool = True,
    ) -> StartedRun:
        return await self._core.turns.start(
            TurnRequest(
                dialect=DIALECT,
                caller=caller,
                content=text_of(completion.messages[-1].content),
                conversation_id=session_id,
                creates=session_id is None or self._room_service.may_open(session_id, caller),
                model=completion.model,
                messages=context_of(completion.messages),
                opening=lambda _begun: (Opened(accumulates),),
            )
        )

    async def _view(self, request: Request, session_id: str) -> View:
        """Raises NOT_FOUND, whatever the reason."""
        core = self._core
        caller = caller_of(request, core.settings, core.tokens)
        conversation = await core.turns.store.conversation(DIALECT, session_id)
        if conversation is None or not may(caller, conversation.owner):
            return await self._run_view(session_id, caller)
        # Who comes back may have been at a run before the latest.
        named = request.headers.get("last-event-id", "").partition(":")[0]
        if named:
            view = await self._run_view(named, caller)
            if view.tape.label.conversation_id == session_id:
                return view
        latest = await core.turns.store.messages(DIALECT, session_id, 1)
        return await self._run_view(latest[-1].run_id, caller)

    async def _run_view(self, run_id: str | None, caller: Caller) -> View:
        try:
            view = await self._core.turns.view(run_id or "", caller)
        except NoRun:
            raise CallerFault("NOT_FOUND", "There is no such run.") from None
        if view.tape.label.dialect != DIALECT:
            raise CallerFault("NOT_FOUND", "There is no such run.")
        return view
