"""The scenarios tab as a person meets it: found by roles and names."""

from playwright.async_api import Locator, Page, expect

from e2e.pages.tabs import open_tab


class ScenariosPage:
    def __init__(self, page: Page) -> None:
        self.page = page
        self.search = page.get_by_role("searchbox", name="Search scenarios")
        self.library = page.get_by_role("list", name="Scenarios")
        self.text = page.get_by_role("textbox", name="Scenario in YAML")
        self.check = page.get_by_role("status", name="Check")
        self.saved = page.get_by_role("status", name="Saved")
        self.inserted = page.get_by_role("status", name="Inserted")
        self.recording = page.get_by_role("status", name="Recording")
        self.chart = page.get_by_role("img", name="Chart of the plan")
        self.struck = page.get_by_role("list", name="Faults of this scenario")
        self.fault = page.get_by_role("combobox", name="Fault", exact=True)
        self.number = page.get_by_role("spinbutton", name="Number")
        self.value = page.get_by_role("textbox", name="Value")

    async def open(self, url: str) -> None:
        await open_tab(self.page, url, "Scenarios")
        await expect(self.check).to_contain_text("Right")

    def button(self, name: str) -> Locator:
        return self.page.get_by_role("button", name=name, exact=True)

    def listed(self, name: str) -> Locator:
        """The scenario's row in the library."""
        return self.library.get_by_role("button").filter(
            has=self.page.get_by_text(name, exact=True)
        )

    async def choose(self, name: str) -> None:
        await self.search.fill(name)
        await self.listed(name).click()
        await expect(self.page.get_by_role("heading", name=name, exact=True)).to_be_visible()
        await expect(self.check).to_contain_text("Right")

    async def insert(self, fault: str, chunk: int, value: str = "") -> None:
        await self.fault.select_option(fault)
        await self.number.fill(str(chunk))
        await self.value.fill(value)
        await self.button("Insert").click()
        await expect(self.inserted).to_contain_text("Line")

    async def click_chart(self, across: float, up: float) -> None:
        """At parts of its width and height, from the left and from below."""
        box = await self.chart.bounding_box()
        assert box is not None
        await self.chart.click(position={"x": across * box["width"], "y": (1 - up) * box["height"]})
