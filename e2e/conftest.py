"""Fixtures: one stack and one browser a session, one context and page a test.

A test's trace and screenshot are kept under results/e2e/ when it fails.
"""

import re
from collections.abc import AsyncIterator, Generator, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    async_playwright,
)

from e2e.browser import NoBrowser, find, launch_arguments
from e2e.journal import Journal
from e2e.pages.chat import ChatPage
from e2e.servers import Stack, running

RESULTS = Path("results/e2e")
HERE = {"127.0.0.1", "localhost", "[::1]"}
PATIENCE_MS = 15_000

_failed = pytest.StashKey[bool]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # One loop for all of e2e: the browser belongs to the loop that started it.
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.asyncio(loop_scope="session"), append=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    report = yield
    if report.failed:
        item.stash[_failed] = True
    return report


@pytest.fixture(scope="session")
def chromium() -> str:
    try:
        return find()
    except NoBrowser as error:
        pytest.fail(str(error))


@pytest.fixture(scope="session")
def stack() -> Iterator[Stack]:
    with running() as stack:
        yield stack


@pytest.fixture
def journal(stack: Stack) -> Journal:
    return Journal(stack.mock.root)


@pytest.fixture(scope="session")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium,
            # Whatever a page may try: no name is looked up, so no request leaves the machine.
            args=[*launch_arguments(), "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost"],
        )
        yield browser
        await browser.close()


@dataclass(slots=True)
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


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
async def context(
    browser: Browser, watch: Watch, request: pytest.FixtureRequest
) -> AsyncIterator[BrowserContext]:
    context = await browser.new_context(viewport={"width": 1280, "height": 860})
    context.set_default_timeout(PATIENCE_MS)
    watch.follow(context)
    await context.tracing.start(screenshots=True, snapshots=True)
    yield context
    if request.node.stash.get(_failed, False):
        folder = RESULTS / re.sub(r"\W+", "-", request.node.name).strip("-")
        folder.mkdir(parents=True, exist_ok=True)
        for number, page in enumerate(context.pages):
            await page.screenshot(path=folder / f"page-{number}.png")
        await context.tracing.stop(path=folder / "trace.zip")
    await context.close()


@pytest.fixture
async def page(context: BrowserContext, watch: Watch) -> AsyncIterator[Page]:
    yield await context.new_page()
    assert watch.foreign == []
    assert watch.unexpected == []


@pytest.fixture
async def chat(page: Page, stack: Stack) -> ChatPage:
    """The chat tab, open and ready."""
    chat = ChatPage(page)
    await chat.open(stack.app.url)
    return chat
