"""Routes: what of the page can be asked at all. Pure.

Gradio mounts some eighty routes: files of the disk, a proxy, uploads, editors of its own source.
The page needs a dozen. Whatever has no row here is not there, also what a new Gradio brings.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qsl, urlencode

SESSION = re.compile(r"[A-Za-z0-9_-]{1,64}")
"""What a page may call itself: Gradio's front draws it by chance."""

_PLAIN = re.compile(r"/[A-Za-z0-9._~/-]*")
_NAME = r"[A-Za-z0-9_~-][A-Za-z0-9._~-]*"
_SHOWN = ("tab", "scenario", "__theme")
"""What an address may say to the page."""

Body = Literal["none", "join", "call", "upload"]
Answers = Literal["gradio", "uploads", "timelines"]


@dataclass(frozen=True, slots=True)
class PageRoute:
    """One thing that may be asked."""

    method: str
    path: re.Pattern[str]
    """Below the page's own path; a group `session` is a page's session."""
    query: Sequence[str] = ()
    """The names that are handed on; others are dropped."""
    body: Body = "none"
    answers: Answers = "gradio"
    opens: bool = False
    """Whether it is for who has no page yet, and gives them the right to one."""
    open: bool = False
    """Whether it is for who has no page, and gives nothing."""
    followed: bool = False
    """Whether a link on another page may lead here."""
    stays: bool = False
    """Whether the answer lasts for as long as the page is open."""
    streams: bool = False
    """Whether it brings what the page's listeners answer."""


def _route(method: str, path: str, **more: object) -> PageRoute:
    return PageRoute(method, re.compile(path), **more)  # type: ignore[arg-type]  # the rows below


_PAGE = f"/gradio_api/heartbeat/(?P<session>{SESSION.pattern})"
ROUTES: tuple[PageRoute, ...] = (
    _route("GET", "/", query=_SHOWN, opens=True, followed=True),
    _route("GET", "/config/?", opens=True, followed=True),
    _route("GET", "/theme.css", open=True),
    _route("GET", f"/(?:assets|static)(?:/{_NAME})+", open=True),
    _route("GET", "/gradio_api/app_id", open=True),
    _route("GET", _PAGE, stays=True),
    _route("GET", "/gradio_api/queue/data", query=("session_hash",), stays=True, streams=True),
    _route("POST", "/gradio_api/queue/join", query=_SHOWN, body="join"),
    _route("POST", "/gradio_api/component_server/?", body="call"),
    _route("POST", "/uploads", query=("session_hash",), body="upload", answers="uploads"),
    _route("GET", rf"/timelines/{_NAME}\.jsonl", open=True, followed=True, answers="timelines"),
)


def route_of(method: str, path: str) -> tuple[PageRoute, str | None] | None:
    """The row for a path below the page's own, and the session that it names; `None`: there is
    none. `path` must be as it was sent: what is escaped in it is no path of ours."""
    if not _PLAIN.fullmatch(path) or "//" in path or "/." in path:
        return None
    asked = "GET" if method == "HEAD" else method
    for route in ROUTES:
        found = route.path.fullmatch(path) if route.method == asked else None
        if found and (method != "HEAD" or route.open or route.opens):
            return route, found.groupdict().get("session")
    return None


def query_of(route: PageRoute, written: str) -> str:
    """What of a query is handed on: known names, each once."""
    pairs = parse_qsl(written, keep_blank_values=True, max_num_fields=100)
    return urlencode({name: value for name, value in pairs if name in route.query})
