"""The rooms tab as a person meets it: found by roles and names."""

from playwright.async_api import Locator, Page, expect

from e2e.pages.tabs import open_tab


class Seat:
    """One member's pane."""

    def __init__(self, page: Page, name: str) -> None:
        self.pane = page.get_by_role("region", name=name, exact=True)
        self.state = self.pane.get_by_role("status", name="Connection")
        self.people = self.pane.get_by_role("list", name="People").get_by_role("listitem")
        self.log = self.pane.get_by_role("log", name="Messages")
        self.messages = self.log.get_by_role("article")
        self.answer = self.log.get_by_role("article", name="assistant").last
        self.typing = self.pane.get_by_role("status", name="Typing")
        self.told = self.pane.get_by_role("status", name="Answer")
        self.text = self.pane.get_by_role("textbox", name="Message")
        self.presence = self.pane.get_by_role("combobox", name="Presence")

    def button(self, name: str) -> Locator:
        return self.pane.get_by_role("button", name=name, exact=True)

    async def ask(self, question: str) -> None:
        await self.text.fill(question)
        await self.button("Ask the model").click()


class RoomsPage:
    def __init__(self, page: Page) -> None:
        self.page = page
        self.there = page.get_by_role("status", name="Who is there")
        self.told = page.get_by_role("status", name="Room’s answer")
        self.room = page.get_by_role("textbox", name="Room", exact=True)
        self.name = page.get_by_role("textbox", name="Name", exact=True)

    async def open(self, url: str) -> None:
        await open_tab(self.page, url, "Rooms")

    async def join(self, name: str, room: str | None = None) -> Seat:
        if room is not None:
            await self.room.fill(room)
        await self.name.fill(name)
        await self.page.get_by_role("button", name="Join", exact=True).click()
        seat = Seat(self.page, name)
        await expect(seat.state).to_have_text("connected")
        return seat
