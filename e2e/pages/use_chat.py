"""A page with `useChat` of the AI SDK, built from npm packages and served as if by the app itself:
its script is ours, all else that it asks for is the app's."""

import asyncio
import os
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.async_api import Locator, Page, Route, expect

FOLDER = Path(__file__).parents[1] / "js"
MODULES = FOLDER / "node_modules"
PATH = "/use-chat"
MAJORS = (6, 7)
"""Of `ai`, whose hooks are in `@ai-sdk/react`; the lock has each under a name of its own."""
HTML = """<!doctype html><html lang="en"><meta charset="utf-8"><title>useChat</title>
<link rel="icon" href="data:,"><div id="root"></div><script src="/use-chat.js"></script></html>"""


async def built(major: int, folder: Path) -> Path:
    """The page's script, bundled as an app's build would. Skips where the packages are missing,
    and in CI fails."""
    react = f"ai-sdk-react-{major}"
    bundler = MODULES / ".bin" / "esbuild"
    if not bundler.exists() or not (MODULES / react).exists():
        lacking = "`make clients` was not run"
        pytest.fail(lacking) if os.environ.get("CI") else pytest.skip(lacking)
    own = f"{react}/node_modules/ai"
    core = own if (MODULES / own).exists() else "ai"
    script = folder / f"use-chat-{major}.js"
    process = await asyncio.create_subprocess_exec(
        str(bundler),
        "ai_sdk_ui/page.jsx",
        "--bundle",
        "--jsx=automatic",
        '--define:process.env.NODE_ENV="production"',
        f"--alias:@ai-sdk/react={react}",
        f"--alias:ai=./node_modules/{core}",
        "--log-level=warning",
        f"--outfile={script}",
        cwd=FOLDER,
    )
    assert await process.wait() == 0
    return script


class UseChatPage:
    """The page at `root`, found by roles and names."""

    def __init__(self, page: Page, root: str, script: Path) -> None:
        self.page = page
        self.answers = page.get_by_role("article", name="assistant")
        self.text = self.answers.locator("[data-part=text]")
        self.reasoning = self.answers.locator("[data-part=reasoning]")
        self.status = page.get_by_role("status")
        self.error = page.get_by_role("alert")
        self._root = root
        self._script = script

    async def open(self, chat: str, *flags: str) -> None:
        """With `resume`, to come back to the answer; with `text`, over the text stream."""
        await self.page.route(f"{self._root}{PATH}?*", self._serve)
        await self.page.route(f"{self._root}{PATH}.js", self._serve)
        asked = urlencode({"chat": chat, **dict.fromkeys(flags, "")})
        await self.page.goto(f"{self._root}{PATH}?{asked}")

    async def _serve(self, route: Route) -> None:
        if route.request.url.endswith(".js"):
            await route.fulfill(path=self._script, content_type="text/javascript")
        else:
            await route.fulfill(body=HTML, content_type="text/html")

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def calls(self, tool: str) -> Locator:
        return self.answers.locator(f"[data-part=tool-{tool}]")

    async def ask(self, question: str) -> None:
        await self.page.get_by_label("Question").fill(question)
        await self.button("Ask").click()

    async def ended(self, number: int) -> Locator:
        """So many answers are there and the last one has ended: that one."""
        await expect(self.answers).to_have_count(number)
        await expect(self.status).to_have_text("ready")
        await expect(self.error).to_have_count(0)
        return self.answers.nth(number - 1)
