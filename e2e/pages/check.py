"""The check tab as a person meets it: found by roles and names."""

from playwright.async_api import Locator, Page

from e2e.pages.tabs import open_tab


class CheckPage:
    def __init__(self, page: Page) -> None:
        self.page = page
        self.form = page.get_by_role("form", name="What to check")
        self.address = self.form.get_by_role("textbox", name="Address")
        self.dialect = self.form.get_by_role("combobox", name="Dialect")
        self.answers = self.form.get_by_role("spinbutton", name="Answers")
        self.unfit = self.form.get_by_role("alert")
        self.progress = page.get_by_role("status", name="Progress")
        self.verdict = page.get_by_role("status", name="Verdict of the check")
        self.report = page.get_by_role("region", name="Report", exact=True)

    async def open(self, url: str) -> None:
        await open_tab(self.page, url, "Check")
        await self.form.get_by_role("option", name="ai-gateway").wait_for(state="attached")

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    async def ask(self, question: str) -> None:
        """What the server is asked for, under its fold."""
        fold = self.page.get_by_text("What is asked, and how long to wait")
        question_field = self.form.get_by_role("textbox", name="Question")
        if not await question_field.is_visible():
            await fold.click()
        await question_field.fill(question)
