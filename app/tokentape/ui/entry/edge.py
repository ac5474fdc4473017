"""Edge: the ASGI app in front of Gradio's. Nothing reaches Gradio that `routes` and `inputs` do not
know, that another page in the browser sent, or that uses somebody else's page."""

import json
from collections.abc import Awaitable, Callable, Mapping
from contextlib import nullcontext
from dataclasses import dataclass

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tokentape.ui.entry import inputs, origin
from tokentape.ui.entry.inputs import InputShape, RefusedInput
from tokentape.ui.entry.origin import MayCall
from tokentape.ui.entry.page_owner import Rights, cookie_of
from tokentape.ui.entry.queue_limit import GONE, Unread
from tokentape.ui.entry.routes import SESSION, Answers, Body, PageRoute, query_of, route_of
from tokentape.ui.page_state import Pages

BODY_MAX = 2_000_000
"""Bytes of an event: the longest scenario that the page takes, with its escapes."""
NO_PAGE = "This is for a page that is open: load the page first."
NOT_YOURS = "This is another visitor's page."
UNREAD = "This page has not read what it asked for before: read that first."
FOREIGN = "A page of another origin may not use this one."
_TYPES: Mapping[Body, str] = {
    "join": "application/json",
    "call": "application/json",
    "upload": "multipart/form-data",
}
_KEPT_BACK = (b"origin", b"cookie", b"authorization", b"content-length", b"transfer-encoding")
"""Headers that Gradio is not given: it would open itself to the first, and needs none of them."""

PlaceOf = Callable[[Request], str]
"""From a request to whose pages it counts among, such as the client's address."""


class Refusal(Exception):
    """What is not let in, as HTTP says it."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code


@dataclass(frozen=True, slots=True)
class Let:
    """A request that may go on: as it is handed on, and who asks."""

    route: PageRoute
    scope: Scope
    receive: Receive
    session: str | None
    cookie: str | None
    """What the answer gives to who had no right yet."""


class Edge:
    """In front of the page's apps, by which of them answers."""

    def __init__(
        self,
        apps: Mapping[Answers, ASGIApp],
        shape: InputShape,
        pages: Pages,
        rights: Rights,
        unread: Unread,
        *,
        may_call: MayCall,
        place_of: PlaceOf,
    ) -> None:
        self._apps = apps
        self._shape = shape
        self._pages = pages
        self._rights = rights
        self._unread = unread
        self._may_call = may_call
        self._place_of = place_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        try:
            let = await self._let(Request(scope, receive))
        except ClientDisconnect:
            return
        except Refusal as refusal:
            error = {"error": {"code": refusal.code, "message": str(refusal)}}
            refused = Response(json.dumps(error), refusal.status, media_type="application/json")
            await refused(scope, receive, send)
            return
        route = let.route
        if route.streams and not self._unread.has(let.session or ""):
            await Response(GONE, media_type="text/event-stream")(scope, receive, send)
            return
        open_ = self._pages.staying(let.session or "", streams=route.streams)
        with open_ if route.stays else nullcontext():
            await self._apps[route.answers](let.scope, let.receive, _answering(send, let))

    async def _let(self, request: Request) -> Let:
        found = route_of(request.method, _sent_path(request.scope))
        if found is None:
            raise Refusal(404, "NOT_FOUND", "The page has no such route.")
        route, session = found
        if origin.is_foreign(request.headers, self._may_call, followed=route.followed):
            raise Refusal(403, "FORBIDDEN", FOREIGN)
        owner = self._owner(request)
        cookie: str | None = None
        if route.opens and owner is None:
            secure = request.url.scheme == "https"
            cookie = cookie_of(self._rights.grant(), request.headers.get("host"), secure=secure)
        if not route.opens and not route.open and owner is None:
            raise Refusal(403, "FORBIDDEN", NO_PAGE)
        query, asked = self._query(request, route)
        session = session or asked
        if not _is_of(request.headers, route.body):
            raise Refusal(415, "BAD_REQUEST", f"The body has to be {_TYPES[route.body]}.")
        receive, written = request.receive, None
        if route.body in ("join", "call"):
            written, session = await self._body(request, route.body)
            receive = _given(written, receive)
        if not route.opens and not route.open:
            self._claim(request, session, owner or "", upload=route.body == "upload")
        if route.body == "join" and self._unread.full(session or ""):
            raise Refusal(429, "RATE_LIMIT", UNREAD)
        scope = {**request.scope, "query_string": query, "headers": _handed_on(request, written)}
        return Let(route, scope, receive, session, cookie)

    def _owner(self, request: Request) -> str | None:
        headers = request.headers
        return self._rights.owner_in(headers.get("cookie"), headers.get("host"))

    def _query(self, request: Request, route: PageRoute) -> tuple[bytes, str | None]:
        try:
            query = query_of(route, request.scope["query_string"].decode("ascii"))
        except ValueError as error:
            raise Refusal(400, "BAD_REQUEST", "The query is not one of the page's.") from error
        if "session_hash" not in route.query:
            return query.encode(), None
        session = query.partition("=")[2]
        if not SESSION.fullmatch(session):
            raise Refusal(400, "BAD_REQUEST", "session_hash: the page's own is needed.")
        return query.encode(), session

    async def _body(self, request: Request, kind: Body) -> tuple[bytes, str]:
        body = bytearray()
        async for part in request.stream():
            body += part
            if len(body) > BODY_MAX:
                raise Refusal(413, "BAD_REQUEST", f"The body is over {BODY_MAX} bytes.")
        try:
            given = inputs.read(bytes(body))
            session = inputs.session_in(given)
            write = inputs.joined if kind == "join" else inputs.called
            return write(given, self._shape), session
        except RefusedInput as fault:
            raise Refusal(400, "BAD_REQUEST", str(fault)) from fault

    def _claim(self, request: Request, session: str | None, owner: str, *, upload: bool) -> None:
        if session is None or not self._pages.claim(session, owner, self._place_of(request)):
            raise Refusal(403, "FORBIDDEN", NOT_YOURS)
        if upload and not self._pages.is_open(session):
            raise Refusal(403, "FORBIDDEN", NO_PAGE)


def _sent_path(scope: Scope) -> str:
    """The path below the page's own, as it was sent: escapes are no characters of ours."""
    raw = scope.get("raw_path")
    if raw is not None and raw.partition(b"?")[0] != scope["path"].encode("utf-8", "replace"):
        return ""
    path: str = scope["path"]
    return path.removeprefix(scope.get("root_path", ""))


def _is_of(headers: Headers, body: Body) -> bool:
    needed = _TYPES.get(body)
    written = headers.get("content-type", "").partition(";")[0].strip().lower()
    return needed is None or written == needed


def _handed_on(request: Request, written: bytes | None) -> list[tuple[bytes, bytes]]:
    if written is None and request.method == "POST":
        back = tuple(name for name in _KEPT_BACK if name != b"content-length")
    else:
        back = _KEPT_BACK
    headers = [
        (name, value)
        for name, value in request.scope["headers"]
        if name not in back and not name.startswith(b"x-gradio")
    ]
    if written is not None:
        headers.append((b"content-length", str(len(written)).encode()))
    return headers


def _given(body: bytes, receive: Receive) -> Receive:
    """The body as it was written anew, and after it what else the client does."""
    messages: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def next_message() -> Message:
        return messages.pop() if messages else await receive()

    return next_message


def _answering(send: Send, let: Let) -> Callable[[Message], Awaitable[None]]:
    """The answer, which no other page may frame, and which gives the right to a page."""
    if not let.route.followed:
        return send

    async def answered(message: Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["Content-Security-Policy"] = "frame-ancestors 'self'"
            headers["X-Content-Type-Options"] = "nosniff"
            if let.route.opens:
                headers["Cache-Control"] = "private, no-cache"
            if let.cookie is not None:
                headers.append("Set-Cookie", let.cookie)
        await send(message)

    return answered
