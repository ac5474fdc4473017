"""Address: where the page's own server listens, as the server itself can reach it."""

from typing import Any

import gradio as gr
from starlette.requests import Request


def own_url(request: Request | None) -> str:
    """The root URL of the socket that took this request.

    The socket's own address is right behind any proxy, which the Host header is not. The header
    serves where there is no address, as on a Unix socket.
    """
    if request is None:
        raise ValueError("a page is only ever reached by a request")
    host, port = request.scope.get("server") or (None, None)
    if host is None or port is None:
        return str(request.base_url).rstrip("/")
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def raw(request: gr.Request) -> Request:
    """The request behind a call of a component's server function: Gradio hands it on as it is."""
    address: Any = getattr(request, "request", None) or request
    assert isinstance(address, Request)  # noqa: S101  # for the type checker: Gradio is Starlette
    return address
