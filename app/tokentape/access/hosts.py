"""Which names this server answers to. A page whose own name was bound to this address (DNS
rebinding) could drive an open server as if it were its own; but it still sends that name.

Addresses and localhost are always answered to: nobody can bind those.
"""

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from tokentape.access.client_address import is_address, is_loopback
from tokentape.access.requests import error_response
from tokentape.settings import Settings

MISDIRECTED = 421


class Hosts:
    """ASGI: refuses requests and WebSockets that call the server by a name that is not its own."""

    def __init__(self, asgi: ASGIApp, settings: Settings) -> None:
        self._asgi = asgi
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._asgi(scope, receive, send)
            return
        hosts = Headers(scope=scope).getlist("host")
        # Which of several is meant, each on the way may see otherwise; HTTP/1.0 has none.
        # https://www.rfc-editor.org/rfc/rfc9112#section-3.2
        if len(hosts) > 1 or (not hosts and scope.get("http_version") == "1.1"):
            message = "A request has one Host header."
            await error_response(400, "BAD_REQUEST", message)(scope, receive, send)
            return
        host = hosts[0] if hosts else None
        if answers_to(host, self._settings):
            await self._asgi(scope, receive, send)
            return
        message = f"This server is not called {name_in(host)}; ALLOWED_HOSTS names what it is."
        await error_response(MISDIRECTED, "BAD_REQUEST", message)(scope, receive, send)


def answers_to(host: str | None, settings: Settings) -> bool:
    """Whether a `Host` header, `None` where there is none, calls this server.

    Without ALLOWED_HOSTS a server on loopback has no other name, and any other has any.
    """
    name = name_in(host)
    if not name or name == "localhost" or name.endswith(".localhost") or is_address(name):
        return True
    if settings.hosts:
        return any(_fits(name, pattern) for pattern in settings.hosts)
    return not is_loopback(settings.host)


def name_in(host: str | None) -> str:
    """The name in a `Host` header: without its port, in lower case."""
    host_name = (host or "").strip().lower()
    is_ipv6 = host_name.startswith("[")
    name = host_name[1:].partition("]")[0] if is_ipv6 else host_name.partition(":")[0]
    return name.removesuffix(".")


def _fits(name: str, pattern: str) -> bool:
    if pattern.startswith("*."):
        return name.endswith(pattern[1:])
    return pattern in ("*", name)
