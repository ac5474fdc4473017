"""The routes of `ai-sdk-ui`: a chat as `useChat` has it, and its runs as in all dialects."""

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
from tokentape.dialects.ai_sdk_ui import wire
from tokentape.dialects.ai_sdk_ui.request import ChatRequest, UiChatBody, request_of
from tokentape.dialects.ai_sdk_ui.text_stream import TextStream
from tokentape.dialects.ai_sdk_ui.ui_messages import ui_message
from tokentape.dialects.ai_sdk_ui.visitor import PATH, Visitor, known_visitor, visitor_of
from tokentape.dialects.chat_labels import conversation_of
from tokentape.dialects.idempotency import IDEMPOTENCY_KEY, Repeats
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
    resumed_stream,
    stream,
)
from tokentape.dialects.resuming import resumed, stopped, view_of
from tokentape.dialects.stopping import stopped_at, stopping_answer
from tokentape.errors import CallerFault
from tokentape.store.conversations import Begun, replacing_from
from tokentape.turns import Staged, TurnRequest, View
from tokentape.viewers.sse import RunStream

DIALECT = "ai-sdk-ui"
PROTOCOL = {
    "name": "protocol",
    "in": "query",
    "required": False,
    "description": "`text`: the answer's text alone, for `TextStreamChatTransport`.",
    "schema": {"type": "string", "enum": ["data", "text"]},
}
NOTHING_RUNS: Responses = {204: {"description": "Nothing runs in this chat"}}


@dataclass(frozen=True, slots=True)
class Posted:
    """A turn that was started, for whoever sent its request; `visitor` gives them their cookie."""

    run_id: str
    allowance: Allowance | None
    visitor: Visitor | None


def mount(core: Core, api: FastAPI) -> None:
    """Add the routes."""
    handlers = AiSdkUi(core)
    chat, run = f"{PATH}/{{chat_id:id}}", f"{PATH}/runs/{{run_id}}"
    posting = body_of(UiChatBody) | {"parameters": [IDEMPOTENCY_KEY, PROTOCOL]}
    resuming = {"parameters": [LAST_EVENT_ID]}
    started = with_text(counted_stream())
    stopping = answer(202, "It is stopping") | LOOKS
    messages = answer(200, "The messages") | LOOKS
    add_routes(
        api,
        DIALECT,
        (
            Route("POST", PATH, handlers.post, started | STARTS, posting),
            # Before the runs: a chat may be called `runs`, and no run `stream`.
            Route(
                "GET",
                f"{chat}/stream",
                handlers.stream,
                with_text(stream()) | NOTHING_RUNS | LOOKS,
                {"parameters": [PROTOCOL]},
            ),
            Route("GET", f"{chat}/messages", handlers.messages, messages),
            Route("POST", f"{chat}/stop", handlers.stop, stopping),
            Route("GET", run, handlers.resume, resumed_stream() | LOOKS, resuming),
            Route("DELETE", run, handlers.delete, stopping),
        ),
    )


class AiSdkUi:
    """The routes of a chat, and those of a run."""

    def __init__(self, core: Core) -> None:
        self._core = core
        self._repeats: Repeats[Posted] = Repeats()

    async def post(self, request: Request) -> RunStream:
        """Start a turn and stream its answer as UI message chunks, or as text alone."""
        core, settings = self._core, self._core.settings
        caller = caller_of(request, settings, core.tokens)
        kind = _kind_of(request)
        body = await json_of(request, settings.max_body_bytes)
        chat = request_of(body, settings)
        content = orjson.dumps(body, option=orjson.OPT_SORT_KEYS)
        key = request.headers.get("idempotency-key")
        # Many visitors may have one address: each has keys of its own.
        visitor = None if caller.owner is not None else known_visitor(request)
        posted = await self._repeats.once(
            (caller.account, visitor),
            key,
            content,
            partial(self._start, request, caller, chat),
        )
        if visitor is None and posted.visitor is not None:
            known = caller.account, posted.visitor.secret
            self._repeats.share((caller.account, None), known, key)
        view = await view_of(core, request, DIALECT, posted.run_id)
        allowance = posted.allowance.headers() if posted.allowance else {}
        cookie = posted.visitor.headers if posted.visitor else {}
        return self._stream(kind, view, -1, {**allowance, **cookie})

    async def stream(self, request: Request, chat_id: str) -> Response:
        """What runs in a chat, from its beginning; 204 when nothing does."""
        kind = _kind_of(request)
        caller, place = self._place_of(request, chat_id)
        run = self._core.runs.at(place) if place else None
        if run is None:
            return Response(status_code=204)
        self._core.metrics.resumes.labels(DIALECT).inc()
        return self._stream(kind, View(run.tape, run, caller), -1)

    async def stop(self, request: Request, chat_id: str) -> JSONResponse:
        """Stop what runs in a chat or is about to; its stream ends with `abort`."""
        caller, place = self._place_of(request, chat_id)
        return stopped_at(self._core, caller, place) if place else stopping_answer(None)

    async def messages(self, request: Request, chat_id: str) -> JSONResponse:
        """The chat's messages as UI messages, the oldest first; not the answer that is under way,
        which `stream` brings."""
        caller, place = self._place_of(request, chat_id)
        if place is None:
            raise CallerFault("NOT_FOUND")
        found = await self._core.turns.history(DIALECT, place[1], caller)
        rows = [ui_message(message) for message in found if message.status != "running"]
        return JSONResponse({"id": chat_id, "messages": rows})

    async def resume(self, request: Request, run_id: str) -> Response:
        """The chunks of a run after `Last-Event-ID`, then live ones."""
        view = await view_of(self._core, request, DIALECT, run_id)
        return await resumed(self._core, request, DIALECT, view, partial(self._stream, RunStream))

    async def delete(self, request: Request, run_id: str) -> JSONResponse:
        """Stop a run; its stream ends with `abort`."""
        return await stopped(self._core, request, DIALECT, run_id)

    async def _start(self, request: Request, caller: Caller, chat: ChatRequest) -> Posted:
        visitor = None
        if caller.owner is None and chat.label is not None:
            visitor = visitor_of(request)
        conversation_id = None
        if chat.label is not None:
            secret = visitor.secret if visitor else None
            conversation_id = conversation_of(DIALECT, caller, secret, chat.label)

        async def stage(begun: Begun) -> Staged:
            first = chat.replaces_from
            return Staged(
                opening=wire.opening(begun),
                closing=wire.closing,
                begin=None if first is None else replacing_from(begun, first),
            )

        started = await self._core.turns.start(
            TurnRequest(
                dialect=DIALECT,
                caller=caller,
                content=chat.question,
                conversation_id=conversation_id,
                creates=True,
                model=chat.model,
                messages=chat.messages,
                stage=stage,
                tells_parts=True,
                wraps_reasoning=False,
            )
        )
        return Posted(started.run.label.run_id, started.allowance, visitor)

    def _place_of(self, request: Request, chat_id: str) -> tuple[Caller, tuple[str, str] | None]:
        """Who asks, and where that chat of theirs is; None: nowhere."""
        caller = caller_of(request, self._core.settings, self._core.tokens)
        found = conversation_of(DIALECT, caller, known_visitor(request), chat_id)
        return caller, (DIALECT, found) if found else None

    def _stream(
        self,
        kind: type[RunStream],
        view: View,
        after: int,
        headers: Mapping[str, str] | None = None,
    ) -> RunStream:
        core = self._core
        return kind(
            core.frames.of(view.tape, wire.sse),
            view,
            after,
            heartbeat_s=core.settings.sse_heartbeat_s,
            metrics=core.metrics,
            headers={**(headers or {}), **kind_headers(kind)},
        )


def with_text(streams: Responses) -> Responses:
    """The description of a stream that may be text alone."""
    plain = {"text/plain": {"schema": {"type": "string"}}}
    return {200: streams[200] | {"content": streams[200]["content"] | plain}}


def _kind_of(request: Request) -> type[RunStream]:
    """As `?protocol=` says, else as the `Accept` header does. Raises BAD_REQUEST."""
    protocol = request.query_params.get("protocol")
    if protocol not in (None, "data", "text"):
        raise CallerFault(
            "BAD_REQUEST", "`protocol`: must be `data` or `text`", status=422, field="protocol"
        )
    accepted = request.headers.get("accept", "")
    plain = "text/plain" in accepted and "text/event-stream" not in accepted
    text = protocol == "text" or (protocol is None and plain)
    return TextStream if text else RunStream


def kind_headers(kind: type[RunStream]) -> Mapping[str, str]:
    """What the head says beside what all streams do."""
    return {} if kind is TextStream else wire.HEADERS
