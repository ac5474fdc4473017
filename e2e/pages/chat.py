"""The chat tab as a person meets it: found by roles and names."""

import re
import time

from playwright.async_api import Locator, Page, expect

ANSWER_S = 30


class ChatPage:
    def __init__(self, page: Page) -> None:
        self.page = page
        self.conversation = page.get_by_role("log", name="Conversation")
        self.answers = self.conversation.get_by_role("article", name="Assistant")
        self.questions = self.conversation.get_by_role("article", name="You")
        self.problem = self.conversation.get_by_role("alert")
        self.message = page.get_by_role("textbox", name="Message")
        self.protocol = page.get_by_label("Protocol")
        self.faults = page.get_by_label("Faults")
        self.verdict = page.get_by_role("status", name="Verdict")
        self.connection = page.get_by_role("status", name="Connection")
        self.frame = page.get_by_role("region", name="Frame")
        self.hops = page.locator(".tt-hops")
        self.plan = page.locator(".tt-plan")
        self.count = page.locator(".tt-count")
        self.rows = page.get_by_role("table", name="Event timeline").locator("tbody tr")

    async def open(self, url: str) -> None:
        await self.page.goto(url)
        await expect(self.button("Send")).to_be_enabled()

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    @property
    def answer(self) -> Locator:
        """The newest answer."""
        return self.answers.last

    async def choose_protocol(self, name: str) -> None:
        await self.protocol.click()
        await self.page.get_by_role("option", name=name, exact=True).click()

    async def ask(self, message: str, directive: str = "") -> int:
        """Write and send, and wait until the answer has its place on the page.

        The time just before the click, on the monotonic clock in nanoseconds. `directive` goes
        where a person writes what the mock shall do.
        """
        count = await self.answers.count()
        await self.faults.fill(directive)
        await self.message.fill(message)
        asked_ns = time.monotonic_ns()
        await self.button("Send").click()
        await expect(self.answers).to_have_count(count + 1)
        return asked_ns

    async def ended(self, within_s: float = ANSWER_S) -> None:
        """Wait until the newest answer is over and the next may be asked."""
        within_ms = within_s * 1_000
        await expect(self.answer).to_have_attribute("aria-busy", "false", timeout=within_ms)
        await expect(self.button("Send")).to_be_enabled(timeout=within_ms)

    async def said(self) -> str:
        """The newest answer as it came, before it was laid out."""
        text = await self.answer.locator(".tt-body").evaluate("body => body.answer")
        assert isinstance(text, str)
        return text

    async def shown(self) -> str:
        """The newest answer as it can be read."""
        return await self.answer.locator(".tt-body").inner_text()

    async def run(self) -> str:
        """The server's id of the newest answer, once it was told."""
        await expect(self.answer).to_have_attribute("data-run", re.compile(".+"))
        return await self.answer.get_attribute("data-run") or ""

    async def wait_for_text(self) -> None:
        """Wait until the first text of the newest answer is on the page."""
        await expect(self.answer.locator(".tt-body")).not_to_be_empty()
