"""Which web pages may call `/v1` from a browser (CORS). The admin routes are for none of them.

https://fetch.spec.whatwg.org/#http-cors-protocol
"""

import re
from collections.abc import Sequence

from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

_HERE = re.compile(r"https?://(localhost|[\w-]+\.localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?")
ALL = "*"


def may_call(origin: str, allowed: Sequence[str]) -> bool:
    """Pages of this machine may always; else a page could read what was recorded for others."""
    return ALL in allowed or origin in allowed or _HERE.fullmatch(origin) is not None


def cors_header(origin: str, allowed: Sequence[str]) -> bytes:
    """The header lines of a played answer; none for a page that must not call."""
    if not may_call(origin, allowed):
        return b""
    return (
        f"access-control-allow-origin: {origin}\r\naccess-control-expose-headers: *\r\n"
        "vary: Origin\r\n"
    ).encode("latin-1")


class CorsMiddleware(CORSMiddleware):
    """For what is not played, and for the browser's question beforehand."""

    def __init__(self, app: ASGIApp, allowed: Sequence[str]) -> None:
        super().__init__(app, allow_methods=["*"], allow_headers=["*"], expose_headers=["*"])
        self._allowed = allowed

    def is_allowed_origin(self, origin: str) -> bool:
        return may_call(origin, self._allowed)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and scope["path"].startswith("/v1/"):
            await super().__call__(scope, receive, send)
        else:
            await self.app(scope, receive, send)
