"""How long a connection may take nothing of what is written to it: then it is cut.

Around the whole app, for HTTP and WebSocket alike: a reader that has stopped holds its buffers no
longer than this, and nobody else waits for it.
"""

import asyncio
from collections.abc import Callable
from typing import Any

from starlette.types import ASGIApp, Message, Receive, Scope, Send

ABORT = "tokentape.abort"
"""The ASGI extension by which `server.run` lets a connection be cut with what it buffers."""

CLOSE = "tokentape.close"
"""The one by which an answer over HTTP is broken off behind what was written of it."""

OnSlow = Callable[[Scope], None]
"""Is told the scope that was cut."""


class SendTimeout:
    """ASGI; `timeout_s` is SEND_TIMEOUT_S."""

    def __init__(self, app: ASGIApp, timeout_s: float, on_slow: OnSlow) -> None:
        self._app = app
        self._timeout_s = timeout_s
        self._on_slow = on_slow

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._app(scope, receive, send)
            return
        watch = _Watch(scope, send, self._timeout_s, self._on_slow)
        try:
            await self._app(scope, receive, watch.send)
        finally:
            watch.close()


class _Watch:
    """One timer a connection, not one a send: a send costs two assignments."""

    def __init__(self, scope: Scope, send: Send, timeout_s: float, on_slow: OnSlow) -> None:
        self._scope = scope
        self._extensions: dict[str, Any] = scope.get("extensions") or {}
        self._send = send
        self._timeout_s = timeout_s
        self._on_slow = on_slow
        self._task = asyncio.current_task()
        self._loop = asyncio.get_running_loop()
        self._since: float | None = None
        self._timer = self._loop.call_later(timeout_s / 2, self._check)

    async def send(self, message: Message) -> None:
        self._since = self._loop.time()
        try:
            await self._send(message)
        finally:
            self._since = None

    def close(self) -> None:
        self._timer.cancel()

    def _check(self) -> None:
        if self._since is not None and self._loop.time() - self._since >= self._timeout_s:
            self._on_slow(self._scope)
            abort = self._extensions.get(ABORT)
            if abort:
                abort()
            elif self._task:
                self._task.cancel()
            return
        self._timer = self._loop.call_later(self._timeout_s / 2, self._check)
