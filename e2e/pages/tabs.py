"""Tabs of the page: opened by name, also where a narrow page folds them away."""

from playwright.async_api import Page, expect


async def open_tab(page: Page, url: str, title: str) -> None:
    """Load the page and choose the tab."""
    await page.goto(url)
    await expect(page.get_by_role("tab").first).to_be_visible()
    await choose_tab(page, title)


async def choose_tab(page: Page, title: str) -> None:
    """Choose a tab of the page that is open."""
    tab = page.get_by_role("tab", name=title, exact=True)
    more = page.get_by_role("button", name="More tabs")
    await expect(tab.or_(more).first).to_be_visible()
    if not await tab.is_visible():
        await more.click()
        tab = page.get_by_role("button", name=title, exact=True)
    await tab.click()
