"""The Monitor tab as a person meets it: found by roles and names."""

from playwright.async_api import Locator, Page


class MonitorPage:
    def __init__(self, page: Page) -> None:
        self.page = page
        self.region = page.get_by_role("region", name="Monitor", exact=True)
        self.state = self.region.get_by_role("status", name="State")
        self.problem = self.region.get_by_role("alert")
        self.dialects = self.region.get_by_role("table", name="By dialect")
        self.codes = self.region.get_by_role("table", name="Failed answers by code")

    def tile(self, name: str) -> Locator:
        """The figure under this name."""
        term = self.page.get_by_role("term").filter(has_text=name)
        return self.region.locator("dl > div").filter(has=term).get_by_role("definition")

    def chart(self, title: str) -> Locator:
        return self.region.get_by_role("img", name=title)
