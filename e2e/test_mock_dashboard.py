"""The mock's own page at `/__mock__/`: streams as they play, the journal, the scenarios; hostile
texts stay texts, nothing but the mock is asked, and keyboard, phone and dark rooms are served."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import pytest
from playwright.async_api import Page, ViewportSize, expect

from e2e.axe import barriers
from e2e.servers import MOCK_TOKEN, start_mock, stop
from e2e.watch import Watch

HOSTILE = "<img src=x onerror=\"document.title='gone'\"><script>document.title='gone'</script>"
NARROW: ViewportSize = {"width": 390, "height": 844}
WIDE: ViewportSize = {"width": 1_200, "height": 800}
OUTSIDE = """([left, right]) => [...document.querySelectorAll(".rows, .row, .detail")]
  .filter((one) => one.checkVisibility())
  .map((one) => one.getBoundingClientRect())
  .filter((box) => box.left < left || box.right > right).length"""
OVERLAP = """(view) => document.querySelector(`#${view} .row`).getBoundingClientRect().right
  > document.querySelector(`#${view} .detail`).getBoundingClientRect().left"""


@dataclass(frozen=True, slots=True)
class Mock:
    root: str

    def ask(self, text: str, **more: Any) -> httpx2.Response:
        body = {"model": "gpt-4o", "messages": [{"role": "user", "content": text}], **more}
        return httpx2.post(f"{self.root}/v1/chat/completions", json=body)

    def admin(self, method: str, path: str, **more: Any) -> httpx2.Response:
        return httpx2.request(method, f"{self.root}/__mock__{path}", **more)

    def put(self, name: str, text: str) -> None:
        self.admin("PUT", f"/scenarios/{name}", content=text).raise_for_status()


@pytest.fixture(scope="module")
def mock(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mock]:
    server = start_mock(tmp_path_factory.mktemp("mock"))
    yield Mock(server.root)
    stop(server)


@pytest.fixture(autouse=True)
def fresh(mock: Mock) -> None:
    mock.admin("POST", "/reset")


async def opened(page: Page, mock: Mock, view: str = "streams") -> None:
    await page.goto(f"{mock.root}/__mock__/#{view}")


async def test_a_stream_is_seen_as_it_plays_and_let_through_its_gate(
    page: Page, mock: Mock
) -> None:
    await opened(page, mock)
    await expect(page.get_by_text("No stream yet.")).to_be_visible()
    mock.put("gated", "{steps: [{say: one two three four}], hold_at: 2}")
    body = {"model": "m", "stream": True, "messages": [{"role": "user", "content": "Count!"}]}
    url = f"{mock.root}/v1/chat/completions"
    with httpx2.stream("POST", url, json=body, headers={"x-mock-scenario": "gated"}) as answer:
        detail = page.locator("#streams .detail")
        await expect(detail.locator("pre")).to_have_text("one two")
        await expect(detail.locator(".state")).to_have_text("held · chunk 2 of 4")
        await detail.get_by_role("button", name="One frame").click()
        await expect(detail.locator("pre")).to_have_text("one two three")
        await detail.get_by_role("button", name="Release").click()
        answer.read()
    await expect(detail.locator(".state")).to_have_text("finished · chunk 4 of 4")
    await expect(detail.locator("pre")).to_have_text("one two three four")
    await expect(detail.get_by_role("button", name="Hold")).to_be_disabled()


async def test_why_a_button_did_nothing_stays_until_something_else_is_done(
    page: Page, mock: Mock, watch: Watch
) -> None:
    watch.expected.append("409")
    body = {"model": "m", "stream": True, "messages": [{"role": "user", "content": "Stall!"}]}
    mock.put("stalled", "{steps: [{say: one two three}], faults: [{at: chunk 2, stall: forever}]}")
    url = f"{mock.root}/v1/chat/completions"
    with httpx2.stream("POST", url, json=body, headers={"x-mock-scenario": "stalled"}):
        await opened(page, mock)
        detail, status = page.locator("#streams .detail"), page.get_by_role("status")
        await expect(detail.locator("pre")).to_have_text("one two")
        await detail.get_by_role("button", name="Hold").click()
        await expect(status).to_contain_text("past that place")
        for _ in range(2):  # the second look begins when the first is over
            async with page.expect_response("**/streams?limit=50"):
                pass
        assert "past that place" in (await status.text_content() or "")
        await page.get_by_role("tab", name="Journal").click()
        await expect(status).to_have_text("")


async def test_the_journals_detail_is_of_a_row_that_is_there_and_has_its_latest_marks(
    page: Page, mock: Mock, watch: Watch
) -> None:
    watch.expected.append("404")
    mock.ask("First")
    await opened(page, mock, "journal")
    heading = page.locator("#journal .detail").get_by_role("heading", level=2)
    await expect(heading).to_have_text("First")
    [row] = mock.admin("GET", "/streams").json()["streams"]
    mock.admin("POST", f"/streams/{row['id']}/mark?name=later").raise_for_status()
    await expect(page.locator("#journal .detail")).to_contain_text("later, ")
    mock.admin("POST", "/reset").raise_for_status()
    mock.ask("Second")
    await expect(page.locator("#journal .row")).to_contain_text("Second")
    await expect(heading).to_have_text("Second")
    await expect(page.locator("#journal .row")).to_have_attribute("aria-current", "true")
    mock.admin("POST", "/reset").raise_for_status()
    await expect(page.locator("#journal .detail")).to_be_hidden()


async def test_what_a_model_or_a_request_says_stays_text(page: Page, mock: Mock) -> None:
    mock.put("hostile", json.dumps({"description": HOSTILE, "steps": [{"say": HOSTILE}]}))
    answer = mock.ask(HOSTILE, model=HOSTILE, extra=HOSTILE)
    assert answer.status_code == 400, "an unknown parameter"
    mock.ask(HOSTILE, model=HOSTILE)
    await opened(page, mock, "journal")
    detail = page.locator("#journal .detail")
    await expect(detail.get_by_role("heading", level=2)).to_have_text(HOSTILE)
    await expect(detail).to_contain_text("Scripted text")
    await expect(page.locator("#journal .row")).to_have_count(2)
    await page.locator("#journal .row").last.click()
    await expect(detail).to_contain_text("Unknown parameter: 'extra'")
    await page.get_by_role("tab", name="Scenarios").click()
    await page.get_by_role("button", name="hostile").click()
    await expect(page.locator("#scenarios .detail pre")).to_contain_text("onerror")
    assert await page.locator("img, script:not([type=module])").count() == 0
    assert await page.title() == "mock-openai"


async def test_it_is_served_by_keyboard_on_a_phone_and_in_the_dark(page: Page, mock: Mock) -> None:
    mock.ask("Long " + "and-never-broken" * 200)
    mock.ask("Short")
    await page.set_viewport_size(NARROW)
    await opened(page, mock)
    for view in ("Streams", "Journal", "Scenarios"):
        await page.get_by_role("tab", name=view).click()
        panel = page.get_by_role("tabpanel", name=view)
        await expect(panel.locator(".row").first).to_be_visible()
        await expect(panel.locator(".detail")).to_be_visible()
        await page.set_viewport_size(WIDE)
        assert not await page.evaluate(OVERLAP, view.lower()), view
        await page.set_viewport_size(NARROW)
        assert await page.evaluate(OUTSIDE, [0, NARROW["width"]]) == 0, view
        await page.emulate_media(color_scheme="light")
        assert await barriers(page) == [], view
        await page.emulate_media(color_scheme="dark")
        assert await barriers(page, ["color-contrast"]) == [], view
    await page.get_by_role("tab", name="Scenarios").focus()
    await page.keyboard.press("ArrowRight")
    await expect(page.get_by_role("tab", name="Streams")).to_be_focused()
    await expect(page.locator("#streams .row[aria-current=true]")).to_contain_text("Short")
    await page.locator("#streams .row").last.focus()
    await page.keyboard.press("Enter")
    await expect(page.locator("#streams .row[aria-current=true]")).to_contain_text("Long")
    await expect(page.locator("#streams .row").last).to_be_focused()


async def test_a_token_is_asked_for_and_nothing_shown_without(
    page: Page, watch: Watch, tmp_path: Path
) -> None:
    watch.expected.append("403")
    server = start_mock(tmp_path, "--admin-token", MOCK_TOKEN)
    try:
        mock = Mock(server.root)
        mock.ask("A secret of the journal")
        await opened(page, mock)
        await page.get_by_label("Admin token").fill(MOCK_TOKEN[:-1])
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("status")).to_contain_text("--admin-token")
        assert "A secret" not in await page.content()
        await page.get_by_label("Admin token").fill(MOCK_TOKEN)
        await page.keyboard.press("Enter")
        await expect(page.locator("#streams .row")).to_contain_text("A secret of the journal")
        await expect(page.get_by_label("Admin token")).to_be_hidden()
        assert MOCK_TOKEN not in await page.content()
    finally:
        stop(server)
