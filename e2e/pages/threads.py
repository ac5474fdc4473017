"""The threads tab as a person meets it: found by roles and names."""

from playwright.async_api import Locator, Page, expect

from e2e.pages.tabs import open_tab


class ThreadsPage:
    def __init__(self, page: Page) -> None:
        self.page = page
        self.who = page.get_by_role("form", name="The token’s claims")
        self.signed = page.get_by_role("status", name="Signed in as")
        self.new = page.get_by_role("form", name="A new thread")
        self.threads = page.get_by_role("list", name="Threads of this user")
        self.steps = page.get_by_role("list", name="Steps of the workflow")
        self.talk = page.get_by_role("log", name="Messages of the thread")
        self.answers = self.talk.get_by_role("article", name="Assistant")
        self.message = page.get_by_role("textbox", name="Message")
        self.ending = page.get_by_role("status", name="The answer’s end")
        self.closing = page.get_by_role("status", name="Workflow")
        self.problem = page.get_by_role("region", name="Messages").get_by_role("alert")
        self.sources = page.get_by_role("list", name="Passages that joined the prompt")
        self.documents = page.get_by_role("list", name="Documents that this user may read")
        self.brought = page.get_by_role("status", name="Document", exact=True)

    async def open(self, url: str) -> None:
        await open_tab(self.page, url, "Threads")
        await expect(self.button("Sign in")).to_be_visible()

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    async def sign_in(self, **claims: str) -> None:
        for label, value in claims.items():
            if label == "Clearance":
                await self.who.get_by_label(label).select_option(value)
            else:
                await self.who.get_by_label(label, exact=True).fill(value)
        await self.button("Sign in").click()
        await expect(self.signed).to_contain_text("signed in")

    async def make(self, title: str, workflow: str = "") -> None:
        await self.new.get_by_label("Title").fill(title)
        await self.new.get_by_label("Workflow").select_option(workflow)
        await self.button("New thread").click()
        await expect(self.page.get_by_role("heading", name=title)).to_be_visible()

    async def say(self, content: str) -> None:
        await self.message.fill(content)
        await self.message.press("Enter")

    async def bring(self, title: str, text: str, level: str) -> None:
        form = self.page.get_by_role("form", name="A new document")
        if not await form.is_visible():
            await self.page.get_by_text("Bring a document").click()
        await form.get_by_label("Title").fill(title)
        await form.get_by_label("Text").fill(text)
        await form.get_by_label("Level").select_option(level)
        await self.button("Bring it").click()
