"""What a foreign web page can make a visitor's browser send: refused before anything is done.

A browser asks first (CORS) whenever a page wants to send JSON elsewhere, but not for text and
forms, and it sends a request's `Origin` along in any case:
https://fetch.spec.whatwg.org/#cors-safelisted-request-header and #origin-header.
"""

import re
from collections.abc import Callable

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tokentape.access.origins import is_page, may_call
from tokentape.access.requests import error_response
from tokentape.settings import Settings

READING = ("GET", "HEAD", "OPTIONS")
"""Methods that change and start nothing."""
SOCKETS = "/socket.io"
"""Here the first GET opens a connection; text is what its bodies are."""
JSON = re.compile(r"application/json|[\w.+-]+/[\w.+-]+\+json")
FORM = re.compile(r"multipart/form-data")
FOREIGN = "Pages of this origin may not call this server; CORS_ORIGINS names those that may."


class Origins:
    """ASGI: what changes or starts something is refused (403) to pages of a foreign origin."""

    def __init__(self, asgi: ASGIApp, settings: Settings) -> None:
        self._asgi = asgi
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not _acts(scope) or _may_call(scope, self._settings):
            await self._asgi(scope, receive, send)
        elif scope["type"] == "websocket":
            await receive()
            await send({"type": "websocket.close"})  # before it is accepted: 403
        else:
            await error_response(403, "FORBIDDEN", FOREIGN)(scope, receive, send)


class MediaTypes:
    """ASGI: a body that is not JSON by its own word is refused (415), but for the forms at the
    paths that take them. Who sends no body need not say what it is."""

    def __init__(self, app: ASGIApp, takes_form: Callable[[str], bool]) -> None:
        self._app = app
        self._takes_form = takes_form

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or self._right(scope):
            await self._app(scope, receive, send)
            return
        first = await _first_of(scope, receive)
        if first.get("body"):
            form = self._takes_form(scope["path"])
            kind = "multipart/form-data" if form else "application/json"
            message = f"The body must be {kind}, and its Content-Type say so."
            await error_response(415, "BAD_REQUEST", message)(scope, receive, send)
            return
        replayed = False

        async def again() -> Message:
            nonlocal replayed
            if replayed:
                return await receive()
            replayed = True
            return first

        await self._app(scope, again, send)

    def _right(self, scope: Scope) -> bool:
        header = Headers(scope=scope).get("content-type", "")
        media_type = header.partition(";")[0].strip().lower()
        due = FORM if self._takes_form(scope["path"]) else JSON
        return due.fullmatch(media_type) is not None


async def _first_of(scope: Scope, receive: Receive) -> Message:
    """The first part of a body that is not empty, or its end."""
    headers = Headers(scope=scope)
    if "transfer-encoding" not in headers and headers.get("content-length", "0") == "0":
        return {"type": "http.request", "body": b"", "more_body": False}
    while True:
        message = await receive()
        if message["type"] != "http.request" or message.get("body"):
            return message
        if not message.get("more_body"):
            return message


def _acts(scope: Scope) -> bool:
    if scope["type"] == "http":
        return scope["method"] not in READING or _opens_socket(scope["path"])
    return bool(scope["type"] == "websocket")


def _opens_socket(path: str) -> bool:
    return path == SOCKETS or path.startswith(f"{SOCKETS}/")


def _may_call(scope: Scope, settings: Settings) -> bool:
    headers = Headers(scope=scope)
    origins: list[str | None] = [*headers.getlist("origin")] or [None]
    host = headers.get("host")
    page = is_page(scope["path"])
    return all(may_call(origin, host, settings, page=page) for origin in origins)
