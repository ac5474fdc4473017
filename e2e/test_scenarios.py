"""The scenarios tab in a real browser: what is written on it is what the mock plays."""

import json
import re
from collections.abc import AsyncIterator

import httpx2
import pytest_asyncio
from playwright.async_api import Page, expect

from e2e.pages.scenarios import ScenariosPage
from e2e.pages.tabs import open_tab
from e2e.servers import Stack
from e2e.watch import Watch


@pytest_asyncio.fixture(loop_scope="session")
async def scenarios(page: Page, tools: Stack) -> AsyncIterator[ScenariosPage]:
    found = ScenariosPage(page)
    await found.open(tools.app.url)
    yield found


def said(stack: Stack, name: str) -> str:
    """What the mock answers by this scenario."""
    asked = {
        "model": "gpt-4o",
        "messages": [{"role": "user", "content": f"Hi [[mock: scenario={name} speed=100]]"}],
    }
    answer = httpx2.post(f"{stack.mock.url}/chat/completions", json=asked)
    answer.raise_for_status()
    return str(answer.json()["choices"][0]["message"]["content"])


async def test_a_scenario_is_found_changed_saved_played_and_removed(
    scenarios: ScenariosPage, tools: Stack
) -> None:
    await scenarios.search.fill("friendly greeting")
    await expect(scenarios.library.get_by_role("button")).to_have_count(1)
    await scenarios.choose("hello")
    text = await scenarios.text.input_value()
    await scenarios.text.fill(
        text.replace("name: hello", "name: greeting").replace("Hello!", "Ahoy!")
    )
    await expect(scenarios.check).to_contain_text("Right")
    await expect(scenarios.listed("hello")).to_contain_text("changed")
    await scenarios.button("Save").click()
    await expect(scenarios.saved).to_contain_text("greeting.yaml")
    await scenarios.search.fill("")
    await expect(scenarios.listed("greeting")).to_contain_text("yours")
    assert said(tools, "greeting").startswith("Ahoy! I am a scripted model")
    await scenarios.button("Remove").click()
    await expect(scenarios.saved).to_contain_text("removed")
    await expect(scenarios.listed("greeting")).to_have_count(0)


async def test_a_library_that_does_not_come_says_why_and_is_asked_for_again(
    page: Page, tools: Stack, watch: Watch
) -> None:
    watch.expected += ["ERR_FAILED", "Failed to fetch"]
    asked = "**/component_server/"
    await page.route(asked, lambda route: route.abort())
    await open_tab(page, tools.app.url, "Scenarios")
    library = ScenariosPage(page).library
    await expect(library.get_by_role("alert")).to_contain_text("The server does not answer")
    await page.unroute(asked)
    await library.get_by_role("button", name="Try again").click()
    await expect(library).to_contain_text("hello")


async def test_a_mistake_is_named_by_line_and_field_while_it_is_typed(
    scenarios: ScenariosPage,
) -> None:
    await scenarios.choose("hello")
    text = await scenarios.text.input_value()
    await scenarios.text.fill(text.replace("- say:", "- sey:"))
    await expect(scenarios.check).to_contain_text("Line 6, steps[0].sey: unknown key 'sey'")
    await expect(scenarios.check).to_contain_text("did you mean 'say'")
    await expect(scenarios.text).to_have_attribute("aria-invalid", "true")
    await expect(scenarios.button("Save")).to_be_disabled()
    await scenarios.button("Go to the line").click()
    await expect(scenarios.text).to_be_focused()
    chosen = "area => area.value.slice(area.selectionStart, area.selectionEnd)"
    assert "sey:" in await scenarios.text.evaluate(chosen)
    await scenarios.text.fill(text)
    await expect(scenarios.check).to_contain_text("Right")
    await scenarios.text.fill("steps: [{say: to all}]")
    await expect(scenarios.page.get_by_text("it answers every request")).to_be_visible()


async def test_a_fault_is_inserted_where_the_chart_is_clicked_and_the_plan_shows_it(
    scenarios: ScenariosPage,
) -> None:
    await scenarios.button("New").click()
    await expect(scenarios.check).to_contain_text("Right")
    await scenarios.text.fill("name: ten\nby_name_only: true\nsteps: [{generate: {tokens: 40}}]\n")
    await expect(scenarios.page.get_by_text("40 chunks in")).to_be_visible()
    await scenarios.click_chart(0.6, 0.5)
    await expect(scenarios.fault).to_be_focused()
    chunk = int(await scenarios.number.input_value())
    assert 5 < chunk < 35, "a place in the middle is a chunk in the middle"
    await scenarios.fault.select_option("stall")
    await scenarios.value.fill("2s")
    await expect(scenarios.page.get_by_text("silence for a time")).to_be_visible()
    await scenarios.button("Insert").click()
    await expect(scenarios.struck).to_contain_text(f"stall at chunk {chunk}: a checker must see")
    assert f"- stall@{chunk}:2s" in await scenarios.text.input_value()
    name = await scenarios.chart.get_attribute("aria-label")
    assert name is not None
    assert "the longest gap 2,0" in name
    await scenarios.insert("lose", 999)
    await expect(scenarios.struck).to_contain_text("strikes nowhere")
    await scenarios.insert("stall", 3, "soon")
    await expect(scenarios.check).to_contain_text("faults[2]")


async def test_a_real_answer_is_recorded_and_its_key_is_seen_nowhere(
    scenarios: ScenariosPage, tools: Stack
) -> None:
    key = "sk-only-for-the-upstream"
    page = scenarios.page
    await page.get_by_text("Record from a real server").click()
    await expect(page.get_by_text("upstream is the mock itself")).to_be_visible()
    await page.get_by_label("Base URL").fill(f"{tools.mock.root}/nothing")
    await page.get_by_label("Key").fill(key)
    await page.get_by_label("Question").fill(f"Is {key} yours? [[mock: tokens=9 gap=5ms]]")
    await scenarios.button("Record").click()
    await expect(scenarios.recording).to_contain_text("404")
    await page.get_by_label("Base URL").fill(tools.mock.url)
    await page.get_by_label("Key").fill(key)
    await scenarios.button("Record").click()
    await expect(scenarios.recording).to_contain_text("Recorded: ")
    await expect(scenarios.recording).to_contain_text("Nothing is saved yet")
    text = await scenarios.text.input_value()
    assert text.startswith("name: recorded-")
    assert key not in text
    await expect(page.get_by_label("Key")).to_have_value("")
    await expect(scenarios.check).to_contain_text("Right")


async def test_a_recording_that_takes_long_tells_how_far_it_is_and_is_stopped(
    scenarios: ScenariosPage, tools: Stack
) -> None:
    page = scenarios.page
    await page.get_by_text("Record from a real server").click()
    await page.get_by_label("Base URL").fill(tools.mock.url)
    await page.get_by_label("Question").fill("Wait [[mock: first=20ms fault=stall@3:200s]]")
    await scenarios.button("Record").click()
    await expect(scenarios.recording).to_contain_text(
        re.compile(r"Recording: \d writes, [\d,]+ bytes")
    )
    await scenarios.button("Stop").last.click()
    await expect(scenarios.recording).to_contain_text("Stopped: nothing was recorded")


async def test_a_saved_scenario_is_tried_in_chat(scenarios: ScenariosPage) -> None:
    await scenarios.choose("echo")
    link = scenarios.page.get_by_role("link", name="Try it in Chat")
    async with scenarios.page.expect_popup() as opening:
        await link.click()
    chat = await opening.value
    await expect(chat.get_by_label("Scenario", exact=True)).to_have_value(re.compile("^echo"))
    await chat.close()
    await scenarios.text.press("End")
    await scenarios.text.press_sequentially(" ")
    await expect(link).to_be_disabled()


async def test_hostile_words_are_shown_as_words(scenarios: ScenariosPage, watch: Watch) -> None:
    evil = "<img src=x onerror=hurt()><b>bold</b> \u202eright-to-left\u202c " + "w" * 3_000
    await scenarios.text.fill(
        f"name: evil\ndescription: {json.dumps(evil)}\nby_name_only: true\n"
        f"steps: [{{say: {json.dumps(evil)}}}]\n"
    )
    await expect(scenarios.check).to_contain_text("Right")
    await scenarios.button("Save").click()
    await expect(scenarios.saved).to_contain_text("Saved as")
    await expect(scenarios.listed("evil")).to_contain_text("<img src=x onerror=hurt()><b>bold</b>")
    await expect(scenarios.library.locator("img, b")).to_have_count(0)
    wide = "() => document.documentElement.scrollWidth - innerWidth"
    assert await scenarios.page.evaluate(wide) <= 0, "a huge word stays within its place"
    await scenarios.button("Remove").click()
    await expect(scenarios.saved).to_contain_text("removed")
    assert watch.errors == []
