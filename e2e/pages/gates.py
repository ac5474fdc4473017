"""The gates tab as a person meets it: found by roles and names."""

from playwright.async_api import Locator, Page

from e2e.pages.tabs import open_tab


class GatesPage:
    def __init__(self, page: Page) -> None:
        self.page = page
        self.streams = page.get_by_role("list", name="Streams of the mock")
        self.state = page.get_by_role("status", name="State of the stream")
        self.chosen = page.get_by_role("region", name="The chosen stream")
        self.rows = page.get_by_role("table", name="What the mock wrote").locator("tbody tr")
        self.answer = page.get_by_role("status", name="Gate’s answer")
        self.own = page.get_by_role("group", name="This page’s client")

    async def open(self, url: str) -> None:
        await open_tab(self.page, url, "Gates")

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    async def start(self, hold: int, tokens: int = 12) -> None:
        await self.page.get_by_label("Held before chunk").fill(str(hold))
        await self.page.get_by_label("Tokens").fill(str(tokens))
        await self.page.get_by_label("Gap, ms").fill("5")
        await self.button("Start").click()
