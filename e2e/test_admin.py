"""Tabs for whoever runs the server: closed to others, on the page and behind it."""

from collections.abc import Iterator

import httpx2
import pytest
from playwright.async_api import Page, expect

from e2e.pages.tabs import choose_tab, open_tab
from e2e.servers import Stack, running

TOKEN = "the-token-of-whoever-runs-it"
LOCKED = ("Scenarios", "Gates", "Check", "Monitor")


@pytest.fixture(scope="module")
def locked(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with running(tmp_path_factory.mktemp("locked"), app={"ADMIN_TOKEN": TOKEN}) as stack:
        yield stack


async def test_one_token_opens_every_door_of_its_page_and_a_wrong_one_none(
    page: Page, locked: Stack
) -> None:
    await open_tab(page, locked.app.url, "Check")
    asks = page.get_by_label("Admin token").locator("visible=true")
    await expect(asks).to_be_visible()
    await expect(page.get_by_role("form", name="What to check")).to_be_hidden()
    await asks.fill("not the token")
    await asks.press("Enter")
    await expect(page.get_by_text("That is not the server’s ADMIN_TOKEN")).to_be_visible()
    await expect(asks).to_have_value("")
    await expect(page.get_by_role("form", name="What to check")).to_be_hidden()
    await asks.fill(TOKEN)
    await page.get_by_role("button", name="Open", exact=True).locator("visible=true").click()
    await expect(page.get_by_role("form", name="What to check")).to_be_visible()
    for title in LOCKED:
        await choose_tab(page, title)
        await expect(asks).to_have_count(0)
    await page.reload()
    await choose_tab(page, "Check")
    await expect(asks).to_be_visible()


async def test_what_is_behind_a_door_answers_nobody_who_was_not_let_in(locked: Stack) -> None:
    async with httpx2.AsyncClient(base_url=locked.app.url, timeout=20) as http:
        config = (await http.get("/config")).json()
        parts = {
            part["props"]["elem_id"]: part
            for part in config["components"]
            if part["props"].get("elem_id") in ("scenarios", "gates", "check")
        }
        assert len(parts) == 3
        for part in parts.values():
            assert part["props"]["server_fns"]
            for name in part["props"]["server_fns"]:
                asked = {
                    "component_id": part["id"],
                    "fn_name": name,
                    "data": {"url": "http://127.0.0.1:1", "dialect": "ai-chat", "id": "s1"},
                    "session_hash": "somebody",
                }
                answer = await http.post("/gradio_api/component_server", json=asked)
                assert answer.json() == {"problem": "This needs ADMIN_TOKEN: enter it on the tab."}
    assert TOKEN not in str(config)
