"""Fixtures: one stack and one window a session, a page of its own a test.

All pages are tabs of one window, which costs half of what a window for each does; what they kept is
taken away with them. Of a test that fails, each page is kept under results/e2e/, as picture and as
HTML, with what it said on its console. TRACE=1 keeps a trace as well: it costs as much as the test.
"""

import os
import re
from collections.abc import AsyncIterator, Generator, Iterator, Sequence
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import (
    Browser,
    BrowserContext,
    Page,
    ViewportSize,
    async_playwright,
    expect,
)

from e2e.artifacts import RESULTS
from e2e.browser import ONLY_HERE, NoBrowser, find, launch_arguments
from e2e.journal import Journal
from e2e.pages.chat import ChatPage
from e2e.pages.painting import RECORDER
from e2e.servers import MOCK_TOKEN, Stack, running
from e2e.watch import Watch

PATIENCE_MS = 40_000
"""Costs nothing where a test is green; a machine that is busy with others takes its time."""
TEST_S = 300
expect.set_options(timeout=PATIENCE_MS)
VIEWPORT: ViewportSize = {"width": 1280, "height": 860}
TRACED = os.environ.get("TRACE", "0") not in ("", "0")
KEPT = "cookies,indexeddb,local_storage,service_workers"

_failed = pytest.StashKey[bool]()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent not in item.path.parents:
            continue
        item.add_marker(pytest.mark.timeout(TEST_S))
        if pytest_asyncio.is_async_test(item):
            # One loop for all of e2e: the browser belongs to the loop that started it.
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
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    # The Load tab puts this very server under load.
    with running(tmp_path_factory.mktemp("stack"), app={"UI_TARGETS": "loopback"}) as stack:
        yield stack


@pytest.fixture(scope="session")
def tools(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack whose admin tabs are open to all, whose mock keeps scenarios in a folder and wants a
    token, and whose server gives a silent upstream up soon."""
    folder = tmp_path_factory.mktemp("tools")
    (folder / "scenarios").mkdir()
    app = {
        "UI_OPEN": "true",
        "UPSTREAM_STALL_TIMEOUT_S": "6",
        "MOCK_ADMIN_TOKEN": MOCK_TOKEN,
        "UI_TARGETS": "loopback",
    }
    mock = ["--scenarios", str(folder / "scenarios"), "--admin-token", MOCK_TOKEN]
    with running(folder, app=app, mock=mock) as stack:
        yield stack


@pytest.fixture
def journal(stack: Stack) -> Journal:
    return Journal(stack.mock.root)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser(chromium: str) -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=chromium,
            # Whatever a page may try: no name is looked up, so no request leaves the machine.
            args=[*launch_arguments(), f"--host-resolver-rules={ONLY_HERE}"],
        )
        yield browser
        await browser.close()


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def window(browser: Browser) -> AsyncIterator[Page]:
    """The page that keeps the window open: what others loaded need not be fetched again."""
    context = await browser.new_context(viewport=VIEWPORT)
    context.set_default_timeout(PATIENCE_MS)
    await context.add_init_script(RECORDER)
    if TRACED:
        await context.tracing.start(snapshots=True)
        await context.tracing.stop_chunk()
    yield await context.new_page()
    await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def context(
    window: Page, watch: Watch, request: pytest.FixtureRequest
) -> AsyncIterator[BrowserContext]:
    """The window's, as new: without what an earlier test's pages left there."""
    context = window.context
    if TRACED:
        await context.tracing.start_chunk()
    with watch.following(context):
        yield context
        kept: Path | None = None
        if request.node.stash.get(_failed, False):
            kept = RESULTS / re.sub(r"\W+", "-", request.node.name).strip("-")
            kept.mkdir(parents=True, exist_ok=True)
        pages = [page for page in context.pages if page is not window]
        try:
            if kept:
                await keep(kept, pages, watch)
        finally:
            if TRACED:
                await context.tracing.stop_chunk(path=kept and kept / "trace.zip")
            for page in pages:
                await page.close()
    await context.set_offline(False)
    await forget(window, watch)


async def keep(folder: Path, pages: Sequence[Page], watch: Watch) -> None:
    """What is needed to see why a test failed."""
    (folder / "console.txt").write_text("\n".join(watch.errors))
    for number, page in enumerate(pages):
        (folder / f"page-{number}.html").write_text(await page.content())
        await page.screenshot(path=folder / f"page-{number}.png")


async def forget(window: Page, watch: Watch) -> None:
    """Take away what pages kept in the browser; the files that they loaded stay."""
    cdp = await window.context.new_cdp_session(window)
    for origin in watch.origins:
        await cdp.send("Storage.clearDataForOrigin", {"origin": origin, "storageTypes": KEPT})
    await cdp.detach()


@pytest_asyncio.fixture(loop_scope="session")
async def page(context: BrowserContext, watch: Watch) -> AsyncIterator[Page]:
    yield await context.new_page()
    assert watch.foreign == []
    assert watch.unexpected == []


@pytest_asyncio.fixture(loop_scope="session")
async def chat(page: Page, stack: Stack) -> ChatPage:
    """The chat tab, open and ready."""
    chat = ChatPage(page)
    await chat.open(stack.app.url)
    return chat
