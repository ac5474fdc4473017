"""Tabs for whoever runs the server: closed to others, on the page and behind it."""

import json
from typing import Any
from urllib.parse import urlsplit

import httpx2
from playwright.async_api import BrowserContext, Page, expect

from e2e.browser import REBOUND
from e2e.pages.tabs import choose_tab, open_tab
from e2e.servers import ADMIN_TOKEN, Stack

LOCKED = ("Scenarios", "Gates", "Check", "Monitor")


async def test_one_token_opens_every_door_of_its_page_and_a_wrong_one_none(
    page: Page, stack: Stack
) -> None:
    await open_tab(page, stack.app.url, "Check")
    asks = page.get_by_label("Admin token").locator("visible=true")
    await expect(asks).to_be_visible()
    await expect(page.get_by_role("form", name="What to check")).to_be_hidden()
    await asks.fill("not the token")
    await asks.press("Enter")
    await expect(page.get_by_text("That is not the server’s ADMIN_TOKEN")).to_be_visible()
    await expect(asks).to_have_value("")
    await expect(page.get_by_role("form", name="What to check")).to_be_hidden()
    await asks.fill(ADMIN_TOKEN)
    await page.get_by_role("button", name="Open", exact=True).locator("visible=true").click()
    await expect(page.get_by_role("form", name="What to check")).to_be_visible()
    for title in LOCKED:
        await choose_tab(page, title)
        await expect(asks).to_have_count(0)
    await page.reload()
    await choose_tab(page, "Check")
    await expect(asks).to_be_visible()


async def test_a_page_whose_name_was_bound_to_this_machine_gets_nothing(
    context: BrowserContext, tools: Stack
) -> None:
    """The tabs of this server are open to who reaches it, and to nobody who makes them do it."""
    port = urlsplit(tools.app.url).port
    page = await context.new_page()
    answer = await page.goto(f"http://{REBOUND}:{port}/ui")
    assert answer is not None
    assert answer.status == 421
    asked = "fetch('/ui/config').then(async (told) => [told.status, await told.text()])"
    status, text = await page.evaluate(asked)
    assert status == 421
    assert f"not called {REBOUND}; ALLOWED_HOSTS" in text


async def functions(http: httpx2.AsyncClient) -> list[dict[str, Any]]:
    """What the fronts of these tabs may call, as the page itself is told."""
    config = (await http.get("/config")).json()
    assert ADMIN_TOKEN not in str(config)
    found = [
        {"component_id": part["id"], "fn_name": name}
        for part in config["components"]
        if part["props"].get("elem_id") in ("scenarios", "gates", "check")
        for name in part["props"]["server_fns"]
    ]
    assert len(found) > 15
    return found


async def call(
    http: httpx2.AsyncClient, function: dict[str, Any], data: object, session: str
) -> Any:
    asked = {**function, "data": data, "session_hash": session}
    answer = await http.post(
        "/gradio_api/component_server",
        content=json.dumps(asked).encode(),
        headers={"Content-Type": "application/json"},
    )
    assert answer.status_code == 200, (function, data, answer.text)
    return answer.json()


async def test_what_is_behind_a_door_answers_nobody_who_was_not_let_in(stack: Stack) -> None:
    data = {"url": "http://127.0.0.1:1", "dialect": "ai-chat", "id": "s1"}
    async with httpx2.AsyncClient(base_url=stack.app.url, timeout=20) as http:
        for function in await functions(http):
            told = await call(http, function, data, "somebody")
            assert told == {"problem": "This needs ADMIN_TOKEN: enter it on the tab."}


HOSTILE: tuple[Any, ...] = (
    None,
    [1],
    {"id": "s1/../../verify", "name": "../../etc/passwd", "text": "steps: [{say: hi}]"},
    {"text": "a: &a [*a]", "fault": "cut", "place": "3", "since": -1, "kind": 9},
    {"text": "\x00 \ud800", "message": 7, "name": "a/b"},
    {"url": "http://[", "dialect": "openai", "Base URL": "http://[", "Model": "m", "Message": "x"},
    {"dialect": "file", "file_text": "a: !!python/object:os.system", "url": "http://x"},
    {"Base URL": "http://127.0.0.1:1/v1", "Model": "m", "Message": "x", "Key": "k\r\nX-Other: 1"},
)


async def test_hostile_values_get_a_fair_answer_and_trip_nothing(tools: Stack) -> None:
    async with httpx2.AsyncClient(base_url=tools.app.url, timeout=20) as http:
        for function in await functions(http):
            for number, data in enumerate(HOSTILE):
                told = await call(http, function, data, f"hostile-{number}")
                assert isinstance(told, dict), (function, data)
    assert "Traceback" not in tools.app.logged()
    assert "Traceback" not in tools.mock.logged()
