"""The Monitor tab in a real browser: closed to strangers, live for whoever runs the server."""

import asyncio

import httpx2
import pytest_asyncio
from playwright.async_api import Page, expect

from e2e.journal import Journal
from e2e.pages.door import open_tab
from e2e.pages.monitor import MonitorPage
from e2e.servers import Stack
from e2e.watch import LOST, Watch

ASK = "/api/v2/ai/chat/stream"


async def answered(stack: Stack, directive: str) -> None:
    async with httpx2.AsyncClient(base_url=stack.app.root, trust_env=False) as http:
        message = {"message": f"Hello [[mock: {directive}]]"}
        await http.post(ASK, json=message)


@pytest_asyncio.fixture(loop_scope="session")
async def monitor(page: Page, stack: Stack) -> MonitorPage:
    await open_tab(page, stack.app.url, "Monitor")
    return MonitorPage(page)


async def test_a_stranger_sees_no_statistics(page: Page, stack: Stack) -> None:
    await page.goto(stack.app.url)
    await page.get_by_role("tab", name="Monitor", exact=True).click()
    await expect(page.get_by_label("Admin token").locator("visible=true")).to_be_visible()
    await expect(MonitorPage(page).region).to_be_hidden()
    token = page.get_by_label("Admin token").locator("visible=true")
    await token.fill("a guess")
    await token.press("Enter")
    await expect(page.get_by_text("not the server’s ADMIN_TOKEN")).to_be_visible()
    await expect(MonitorPage(page).region).to_be_hidden()


async def test_answers_show_while_they_run_and_when_they_ended_also_on_a_phone(
    monitor: MonitorPage, stack: Stack, journal: Journal
) -> None:
    running = asyncio.create_task(answered(stack, "tokens=60 first=100ms gap=5ms hold=30"))
    await expect(monitor.dialects.get_by_role("row", name="ai-chat")).to_be_visible()
    await expect(monitor.tile("Answers under way")).not_to_have_text("0")
    await journal.release("Hello")
    await running
    await answered(stack, "tokens=20 first=20ms gap=5ms fault=cut@5")
    await expect(monitor.codes.get_by_role("row", name="UPSTREAM_TRUNCATED")).to_be_visible()
    await expect(monitor.state).to_contain_text("The upstream failed")
    await expect(monitor.chart("Answers each second")).to_be_visible()
    await expect(monitor.chart("Time to first token")).to_be_visible()
    await monitor.page.set_viewport_size({"width": 360, "height": 760})
    assert not await monitor.page.evaluate("document.documentElement.scrollWidth > innerWidth")


async def test_a_server_that_does_not_answer_is_said_and_forgotten_again(
    monitor: MonitorPage, watch: Watch
) -> None:
    await expect(monitor.problem).to_be_hidden()
    watch.expected += LOST
    await monitor.page.context.set_offline(True)
    await expect(monitor.problem).to_contain_text("No connection to the server")
    await monitor.page.context.set_offline(False)
    await expect(monitor.problem).to_be_hidden()
