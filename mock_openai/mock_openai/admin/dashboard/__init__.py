"""The page at `/__mock__/`: streams as they play, the journal and the scenarios, in a browser.

Its files are static and hold nothing of the mock's; what it shows it fetches from the admin routes,
and writes it as text, never as HTML.
"""

from collections.abc import Iterator
from importlib.resources import files

from starlette.requests import Request
from starlette.responses import Response

from mock_openai.http.request_params import Handler

_TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript"}
_FILES = ("page.html", "page.css", "page.js", "admin_api.js", "nodes.js", "views.js")
_HEADERS = {
    # The page loads its own files and calls its own server; a browser also refuses any text that
    # a mistake of ours would parse as HTML.
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "connect-src 'self'; img-src data:; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
    "cache-control": "no-cache",
}


def pages() -> Iterator[tuple[str, Handler]]:
    """Each file with its path below `/__mock__`; the page itself is at `/`."""
    for name in _FILES:
        yield "/" if name == "page.html" else f"/page/{name}", _page(name)


def _page(name: str) -> Handler:
    body = (files(__package__) / name).read_bytes()
    kind = f"{_TYPES[name.rpartition('.')[2]]}; charset=utf-8"

    async def page(request: Request) -> Response:
        return Response(body, headers={**_HEADERS, "content-type": kind})

    return page
