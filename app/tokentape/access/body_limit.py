"""How much of a request's body is read, whoever reads it, and what becomes of one that breaks
off."""

from collections.abc import Callable
from contextlib import suppress

from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from tokentape.access.requests import error_response, too_long
from tokentape.errors import CallerFault

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
        most, read = self._max_of(scope["path"]), 0

        async def counted() -> Message:
            nonlocal read
            message = await receive()
            read += len(message.get("body", b""))
            if read > most:
                raise too_long(most)
            return message

        try:
            length = Headers(scope=scope).get("content-length", "0")
            if length.isdigit() and int(length) > most:
                raise too_long(most)
            await self._asgi(scope, counted, send)
        except ClientDisconnect:
            pass
        except CallerFault as fault:
            with suppress(RuntimeError):  # it had begun to answer
                refused = error_response(fault.status, fault.code, fault.message)
                await refused(scope, receive, send)
