"""How much of a request's body is read, whoever reads it, and what becomes of one that breaks
off."""

from collections.abc import Callable
from contextlib import suppress

from starlette.middleware.body_limit import RequestBodyLimitMiddleware
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Receive, Scope, Send

MaxOf = Callable[[str], int]
"""Most bytes at a path."""


class BodyLimit:
    """ASGI: a body over the bound of its path is refused (413), before it is in memory. Nothing is
    logged of a client that left while it spoke."""

    def __init__(self, asgi: ASGIApp, max_of: MaxOf) -> None:
        self._asgi = asgi
        self._max_of = max_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._asgi(scope, receive, send)
            return
        limited = RequestBodyLimitMiddleware(self._asgi, self._max_of(scope["path"]))
        with suppress(ClientDisconnect):
            await limited(scope, receive, send)
