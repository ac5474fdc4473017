"""The Load tab in a real browser: a real load run from the page, watched, stopped and reported."""

import pytest_asyncio
from playwright.async_api import Page, expect

from e2e.pages.door import open_tab
from e2e.pages.load import LoadPage
from e2e.servers import Stack

STARTED_MS = 120_000
"""Locust and its users have to come up first."""


@pytest_asyncio.fixture(loop_scope="session")
async def load(page: Page, stack: Stack) -> LoadPage:
    await open_tab(page, stack.app.url, "Load")
    return LoadPage(page)


async def test_a_run_with_a_planted_fault_fails_and_its_report_says_why(load: LoadPage) -> None:
    await load.wish(
        Users_at_once="6", Duration="4", Fault_to_plant="duplicate@3", in_one_answer_of="1"
    )
    await load.start.click()
    await expect(load.start).to_be_disabled()
    await expect(load.state).to_contain_text("Failed", timeout=STARTED_MS)
    await expect(load.reasons).to_contain_text("text_repeated")
    await expect(load.violations.get_by_role("row", name="text_repeated")).to_be_visible()
    async with load.page.context.expect_page() as opened:
        await load.report.click()
    report = await opened.value
    await expect(report.get_by_role("heading", name="Failed")).to_be_visible()
    await expect(report.get_by_role("img", name="TTFT")).to_be_visible()
    async with load.page.expect_download() as saved:
        await load.region.get_by_role("button", name="Download JSON").click()
    assert (await saved.value).suggested_filename == "tokentape-load.json"


async def test_a_run_is_watched_and_stopped_by_keyboard(load: LoadPage) -> None:
    await load.wish(Users_at_once="6", Duration="300")
    await load.start.focus()
    await load.page.keyboard.press("Enter")
    await expect(load.state).to_contain_text("Running", timeout=STARTED_MS)
    await expect(load.bar).to_have_attribute("aria-valuemax", "300")
    await expect(load.chart("Gaps between texts")).to_be_visible()
    await load.page.set_viewport_size({"width": 360, "height": 760})
    assert not await load.page.evaluate("document.documentElement.scrollWidth > innerWidth")
    await load.stop.focus()
    await load.page.keyboard.press("Enter")
    await expect(load.report).to_be_visible(timeout=STARTED_MS)
    await expect(load.start).to_be_enabled()


async def test_what_is_out_of_bounds_is_refused_by_the_server_too(load: LoadPage) -> None:
    await load.form.evaluate("form => { form.noValidate = true; }")
    await load.wish(Users_at_once="100000")
    await load.start.click()
    await expect(load.problem).to_contain_text("Users at once: a whole number from 1 to 500")
    for _ in range(2):  # later looks at the run leave it there to be read
        await load.page.wait_for_event("response", lambda seen: "component_server" in seen.url)
    await expect(load.problem).to_contain_text("Users at once: a whole number from 1 to 500")
    await expect(load.start).to_be_enabled()
