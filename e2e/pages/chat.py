"""The chat tab as a person meets it: found by roles and names, never by the markup."""

from playwright.async_api import Page


class ChatPage:
    def __init__(self, page: Page) -> None:
        self.page = page

    async def open(self, url: str) -> None:
        await self.page.goto(url)
