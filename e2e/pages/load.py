"""The Load tab as a person meets it: found by roles and names."""

from playwright.async_api import Locator, Page


class LoadPage:
    def __init__(self, page: Page) -> None:
        self.page = page
        self.region = page.get_by_role("region", name="Load", exact=True)
        self.form = self.region.get_by_role("form", name="What the run shall be")
        self.start = self.form.get_by_role("button", name="Start")
        self.stop = self.form.get_by_role("button", name="Stop")
        self.state = self.region.get_by_role("status", name="State")
        self.bar = self.region.get_by_role("progressbar", name="Progress")
        self.problem = self.region.get_by_role("alert")
        self.reasons = self.region.get_by_role("list", name="Reasons")
        self.violations = self.region.get_by_role("table", name="Violations")
        self.report = self.region.get_by_role("button", name="Open the report")

    async def wish(self, **fields: str) -> None:
        """A run of ai-chat against this server, without calibration, with these fields by their
        labels."""
        await self.form.get_by_label("Server").select_option("this server")
        await self.form.get_by_label("Calibrate first").uncheck()
        await self.form.get_by_label("ai-chat", exact=True).check()
        for label, value in fields.items():
            await self.form.get_by_label(label.replace("_", " ")).fill(value)

    def chart(self, title: str) -> Locator:
        return self.region.get_by_role("img", name=title)
