"""Which pages may call: CORS_ORIGINS, alike for HTTP, Socket.IO and plain WebSockets. Pure."""

import re

from app.settings import Settings

LOCALHOST = re.compile(r"https?://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?")


def may_call(origin: str | None, host: str | None, settings: Settings) -> bool:
    """`origin` is None for callers that are no browser; `host` is the address that was called."""
    if origin is None or "*" in settings.origins or origin in settings.origins:
        return True
    own = origin.partition("://")[2] == host
    return own or (not settings.origins and LOCALHOST.fullmatch(origin) is not None)
