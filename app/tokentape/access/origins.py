"""Which pages may call: CORS_ORIGINS, alike for HTTP, Socket.IO and plain WebSockets. Pure."""

import re

from tokentape.settings import Settings

LOCALHOST = re.compile(r"https?://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?")
PAGE = "/ui"
"""Where the interface is. `*` is for the API, whose callers bring their own token: nobody means
every page of the web to press the interface's buttons."""


def may_call(
    origin: str | None, host: str | None, settings: Settings, *, page: bool = False
) -> bool:
    """`origin` is None for callers that are no browser; `host` is the address that was called;
    `page`: what is called is the interface's (see `is_page`), which pages of other ports of this
    machine may not use either."""
    if origin is None or (origin in settings.origins and origin != "*"):
        return True
    own = origin.partition("://")[2] == host
    if page or "*" in settings.origins:
        return own or not page
    by_default = not any(one != "*" for one in settings.origins)
    return own or (by_default and LOCALHOST.fullmatch(origin) is not None)


def is_page(path: str) -> bool:
    """Whether a path is one of the interface's."""
    return path == PAGE or path.startswith(f"{PAGE}/")
