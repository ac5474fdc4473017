"""Watch: what a page asks of the network and says on its console, so that nothing goes unseen."""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, ConsoleMessage, Page, Request, WebError

LOST = (
    r"ERR_INTERNET_DISCONNECTED|ERR_CONNECTION|ERR_INCOMPLETE|ERR_EMPTY_RESPONSE|Failed to fetch",
    r"AbortError|Connection errored out|network error|Failed to load resource|Method not impl",
    r"Unexpected error Not Found",  # a page that is left asks for a stream that is gone by then
)
"""What a browser and Gradio write of a connection that a test takes away."""

HERE = {"127.0.0.1", "localhost", "::1"}


@dataclass  # without slots: Playwright keeps its marks on whose methods it calls
class Watch:
    """What a page asked of the network and said on its console."""

    asked: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)
    """Patterns of errors that the test itself brings about."""

    @contextmanager
    def following(self, context: BrowserContext) -> Iterator[None]:
        """See what the context's pages do while the block runs."""
        seen: Mapping[Any, Callable[..., None]] = {
            "request": self._on_request,
            "console": self._on_console,
            "weberror": self._on_error,
            "page": self._on_page,
        }
        for event, listener in seen.items():
            context.on(event, listener)
        try:
            yield
        finally:
            for event, listener in seen.items():
                context.remove_listener(event, listener)

    def _on_error(self, error: WebError) -> None:
        self.errors.append(str(error.error))

    def _on_page(self, page: Page) -> None:
        page.on("websocket", lambda socket: self.asked.append(socket.url))

    def _on_request(self, request: Request) -> None:
        self.asked.append(request.url)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.errors.append(f"{message.type}: {message.text} ({message.location['url']})")

    @property
    def origins(self) -> set[str]:
        """Scheme, host and port of all that was asked over HTTP."""
        parts = map(urlsplit, self.asked)
        return {f"{part.scheme}://{part.netloc}" for part in parts if part.scheme == "http"}

    @property
    def foreign(self) -> list[str]:
        """Requests to anywhere but this machine."""
        parts = [(url, urlsplit(url)) for url in self.asked]
        return [url for url, part in parts if part.netloc and part.hostname not in HERE]

    @property
    def unexpected(self) -> list[str]:
        """Errors that no test asked for."""
        return [e for e in self.errors if not any(re.search(p, e) for p in self.expected)]
