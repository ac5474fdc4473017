"""The door before the tabs for whoever runs the server."""

from playwright.async_api import Page, expect

from e2e.servers import ADMIN_TOKEN


async def open_tab(page: Page, url: str, name: str) -> None:
    """Open the page on this tab and, where it asks for ADMIN_TOKEN, show it."""
    await page.goto(url)
    await page.get_by_role("tab", name=name, exact=True).click()
    token = page.get_by_label("Admin token").locator("visible=true")
    await token.fill(ADMIN_TOKEN)
    await token.press("Enter")
    await expect(token).to_have_count(0)
