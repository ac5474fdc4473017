"""Watch: what a page asks of the network and says on its console, so that nothing goes unseen."""

import re
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from playwright.async_api import BrowserContext, ConsoleMessage, Request

HERE = {"127.0.0.1", "localhost", "::1"}


@dataclass  # without slots: Playwright keeps its marks on whose methods it calls
class Watch:
    """What a page asked of the network and said on its console."""

    asked: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    expected: list[str] = field(default_factory=list)
    """Patterns of errors that the test itself brings about."""

    def follow(self, context: BrowserContext) -> None:
        context.on("request", self._on_request)
        context.on("console", self._on_console)
        context.on("weberror", lambda error: self.errors.append(str(error.error)))
        context.on("page", lambda page: page.on("websocket", lambda ws: self.asked.append(ws.url)))

    def _on_request(self, request: Request) -> None:
        self.asked.append(request.url)

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type in ("error", "warning"):
            self.errors.append(f"{message.type}: {message.text} ({message.location['url']})")

    @property
    def foreign(self) -> list[str]:
        """Requests to anywhere but this machine."""
        parts = [(url, urlsplit(url)) for url in self.asked]
        return [url for url, part in parts if part.netloc and part.hostname not in HERE]

    @property
    def unexpected(self) -> list[str]:
        """Errors that no test asked for."""
        return [e for e in self.errors if not any(re.search(p, e) for p in self.expected)]
