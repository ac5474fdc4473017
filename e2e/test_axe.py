"""Every tab for everybody: nothing serious by axe, light and dark; all reached by keyboard."""

import asyncio
import re
from pathlib import Path

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from e2e.axe import barriers
from e2e.pages.check import CheckPage
from e2e.pages.gates import GatesPage
from e2e.pages.scenarios import ScenariosPage
from e2e.pages.tabs import choose_tab
from e2e.servers import Stack
from tokentape.ui.tabs import TABS

PRESSES_MAX = 160
PRESSES_TOLD = 16
"""Presses at once, between two looks at whether all were passed."""
TAB = {"key": "Tab", "code": "Tab", "windowsVirtualKeyCode": 9}
WIDTHS = WIDE, NARROW = (1_600, 360)

KEYBOARD = (Path(__file__).with_name("pages") / "keyboard.js").read_text(encoding="utf-8")


@pytest_asyncio.fixture(loop_scope="session")
async def wide(page: Page, tools: Stack, request: pytest.FixtureRequest) -> Page:
    """A page that is wide enough for all tabs to stand side by side, in the scheme asked for."""
    await page.emulate_media(color_scheme=request.param, reduced_motion="reduce")
    await page.set_viewport_size({"width": WIDE, "height": 1_000})
    await page.goto(tools.app.url)
    await expect(page.get_by_role("tab").first).to_be_visible()
    return page


light_and_dark = pytest.mark.parametrize("wide", ["light", "dark"], indirect=True)


async def resized(page: Page, width: int) -> None:
    await page.set_viewport_size({"width": width, "height": 1_000})
    folded = page.get_by_role("button", name="More tabs")
    await expect(folded).to_be_visible(visible=width == NARROW)  # the page has laid its tabs out


async def settled(page: Page) -> None:
    """What a tab asks for when it is opened has come."""
    await expect(page.get_by_text("Loading…")).to_have_count(0)


@light_and_dark
async def test_axe_finds_nothing_serious_on_any_tab_also_on_a_phone(wide: Page) -> None:
    found: dict[str, list[str]] = {}
    dark = await wide.evaluate("matchMedia('(prefers-color-scheme: dark)').matches")
    rules = ["color-contrast"] if dark else []  # nothing else is another in the dark
    for width in WIDTHS:
        await resized(wide, width)
        for tab in TABS:
            await choose_tab(wide, tab.title)
            await settled(wide)
            if wrong := await barriers(wide, rules):
                found[f"{tab.title}, {width} px"] = wrong
            if await wide.evaluate("document.documentElement.scrollWidth > innerWidth"):
                found[f"{tab.title}, {width} px, sideways"] = ["it scrolls"]
    assert found == {}


@light_and_dark
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
@pytest.mark.parametrize("width", WIDTHS, ids=str)
async def test_everything_is_reached_by_keyboard_and_seen_where_one_is(
    wide: Page, width: int
) -> None:
    await resized(wide, width)
    faults: dict[str, list[str]] = {}
    for tab in TABS:
        await choose_tab(wide, tab.title)
        await settled(wide)
        if wrong := await unreachable(wide):
            faults[tab.title] = wrong
    assert faults == {}


async def unreachable(page: Page) -> list[str]:
    """What pressing Tab does not lead to, from the chosen tab on, or leads to without a sign."""
    await page.evaluate(KEYBOARD)
    await page.get_by_role("tab", selected=True).focus()
    await page.evaluate("() => keyboard.start()")
    keys = await page.context.new_cdp_session(page)
    for _ in range(PRESSES_MAX // PRESSES_TOLD):
        presses = [
            keys.send("Input.dispatchKeyEvent", {"type": event, **TAB})
            for _ in range(PRESSES_TOLD)
            for event in ("rawKeyDown", "keyUp")
        ]
        await asyncio.gather(*presses)
        if await page.evaluate("() => keyboard.over"):
            break
    await keys.detach()
    wrong: list[str] = await page.evaluate("() => keyboard.wrong()")
    return wrong


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
