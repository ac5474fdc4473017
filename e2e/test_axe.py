"""Every tab for everybody: nothing serious by axe, light and dark; all reached by keyboard."""

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from e2e.axe import barriers
from e2e.pages.check import CheckPage
from e2e.pages.gates import GatesPage
from e2e.pages.scenarios import ScenariosPage
from e2e.pages.tabs import choose_tab
from e2e.servers import Stack

PRESSES_MAX = 160

KEYBOARD = (Path(__file__).with_name("pages") / "keyboard.js").read_text(encoding="utf-8")


async def opened(browser: Browser, url: str, scheme: Literal["light", "dark"]) -> Page:
    context = await browser.new_context(
        viewport={"width": 1600, "height": 1000}, color_scheme=scheme, reduced_motion="reduce"
    )
    page = await context.new_page()
    await page.goto(url)
    await expect(page.get_by_role("tab").first).to_be_visible()
    return page


@pytest_asyncio.fixture(loop_scope="session", params=["light", "dark"])
async def wide(
    browser: Browser, tools: Stack, request: pytest.FixtureRequest
) -> AsyncIterator[Page]:
    """A page that is wide enough for all tabs to stand side by side."""
    page = await opened(browser, tools.app.url, request.param)
    yield page
    await page.context.close()


async def titles(page: Page) -> list[str]:
    """All tabs: none is folded away."""
    await expect(page.get_by_role("button", name="More tabs")).to_be_hidden()
    return [title.strip() for title in await page.get_by_role("tab").all_inner_texts()]


async def settled(page: Page) -> None:
    """What a tab asks for when it is opened has come."""
    await expect(page.get_by_text("Loading…")).to_have_count(0)


async def test_axe_finds_nothing_serious_on_any_tab(wide: Page) -> None:
    found: dict[str, list[str]] = {}
    for title in await titles(wide):
        await choose_tab(wide, title)
        await settled(wide)
        if wrong := await barriers(wide):
            found[title] = wrong
    assert found == {}


async def test_axe_finds_nothing_serious_where_something_is_wrong(wide: Page) -> None:
    """A mistake, a held stream and a broken contract have colours and roles of their own."""
    scenarios, gates, check = ScenariosPage(wide), GatesPage(wide), CheckPage(wide)
    await choose_tab(wide, "Scenarios")
    await expect(scenarios.check).to_contain_text("Right")
    await scenarios.insert("lose", 3)
    await scenarios.insert("cut", 99)
    await expect(scenarios.struck).to_contain_text("strikes nowhere")
    await scenarios.text.fill("steps: [{sey: hi}]")
    await expect(scenarios.check).to_contain_text("Line 1")
    assert await barriers(wide) == []
    await choose_tab(wide, "Gates")
    await gates.start(hold=2)
    await expect(gates.state).to_have_text("held")
    assert await barriers(wide) == []
    await gates.button("Release").click()
    await choose_tab(wide, "Check")
    await check.ask("Tell me [[mock: tokens=9 first=10ms gap=5ms fault=lose@4]]")
    await check.answers.fill("1")
    await check.button("Check").click()
    await expect(check.verdict).to_have_text(re.compile("wrong"))
    assert await barriers(wide) == []


@pytest.mark.parametrize("wide", ["light"], indirect=True)
async def test_everything_is_reached_by_keyboard_and_seen_where_one_is(wide: Page) -> None:
    faults: dict[str, list[str]] = {}
    for title in await titles(wide):
        await choose_tab(wide, title)
        await settled(wide)
        if wrong := await unreachable(wide):
            faults[title] = wrong
    assert faults == {}


async def unreachable(page: Page) -> list[str]:
    """What pressing Tab does not lead to, from the chosen tab on, or leads to without a sign."""
    await page.evaluate(KEYBOARD)
    await page.get_by_role("tab", selected=True).focus()
    await page.evaluate("() => keyboard.start()")
    unseen: list[str] = []
    for _ in range(PRESSES_MAX):
        await page.keyboard.press("Tab")
        at = await page.evaluate("() => keyboard.at()")
        if at["over"]:
            break
        if not at["seen"]:
            unseen.append(f"no sign of focus: {at['name']}")
    missed: list[str] = await page.evaluate("() => keyboard.missed()")
    return [*unseen, *(f"not reached: {name}" for name in missed)]


async def test_barriers_are_found_where_there_are_some(browser: Browser) -> None:
    page = await browser.new_page()
    await page.set_content(
        "<html lang=en><title>x</title><main><div role=tablist><button role=tab aria-selected=true>"
        "A</button></div><p style='color: #bbb; background: #fff'>faint</p><input>"
        "<button style='outline: none'>unseen</button><div role=button tabindex=0>seen</div>"
        "<button tabindex=-1 data-must-reach>no way there</button></main>"
        "<style>button:focus { border-color: buttonborder; }</style>"
    )
    found = " ".join(await barriers(page))
    assert "color-contrast" in found
    assert "label (critical): input" in found
    told = await unreachable(page)
    assert any("unseen" in one for one in told)
    assert not any("'seen'" in one for one in told)
    await page.close()
