"""The check tab in a real browser: a server is asked and judged, its report taken along."""

import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from xml.etree import ElementTree

import pytest_asyncio
from playwright.async_api import Page, expect

from e2e.pages.check import CheckPage
from e2e.servers import MOCK_TOKEN, Stack
from tokentape.check.contract_file import dump_contract
from tokentape.dialects.contracts import CONTRACTS


@pytest_asyncio.fixture(loop_scope="session")
async def check(page: Page, tools: Stack) -> AsyncIterator[CheckPage]:
    found = CheckPage(page)
    await found.open(tools.app.url)
    yield found


async def test_a_right_server_is_found_right_and_its_reports_are_downloaded(
    check: CheckPage, tmp_path: Path
) -> None:
    token = "sk-only-for-the-server-checked"
    await check.ask("Tell me [[mock: tokens=12 first=20ms gap=5ms]]")
    await check.answers.fill("3")
    await check.form.get_by_label("Token or key").fill(token)
    await expect(check.form.get_by_label("Command line")).to_contain_text('--token "$TOKEN"')
    await check.form.get_by_label("Token or key").fill("")
    await check.button("Check").click()
    await expect(check.verdict).to_have_text("right: 3 answers kept the contract")
    await expect(check.progress).to_contain_text("3 answers")
    await expect(check.report).to_contain_text("every one with what was due")
    assert MOCK_TOKEN not in await check.page.content()
    for name, button in (
        ("report.json", "Download JSON"),
        ("report.xml", "Download JUnit"),
        ("report.sarif", "Download SARIF"),
    ):
        async with check.page.expect_download() as coming:
            await check.button(button).click()
        await (await coming.value).save_as(tmp_path / name)
    told = json.loads((tmp_path / "report.json").read_text())
    assert (told["verdict"], told["answers"]) == ("right", 3)
    suite = ElementTree.parse(tmp_path / "report.xml").getroot()  # noqa: S314  # our own file
    assert (suite.get("tests"), suite.get("failures")) == ("3", "0")
    (ran,) = json.loads((tmp_path / "report.sarif").read_text())["runs"]
    assert (ran["results"], ran["invocations"][0]["exitCode"]) == ([], 0)


async def test_what_breaks_is_shown_with_its_frames_and_what_to_mend(check: CheckPage) -> None:
    await check.ask("Tell me [[mock: tokens=20 first=20ms gap=5ms fault=lose@7]]")
    await check.answers.fill("2")
    await check.button("Check").click()
    await expect(check.verdict).to_have_text("wrong: 2 of 2 answers broke the contract")
    first = check.report.get_by_role("region", name="Answer 1, viewer 1")
    await expect(first).to_contain_text("text_lost at event 7")
    await expect(first.get_by_role("table").locator("tr")).to_have_count(5)
    await expect(first).to_contain_text("Mend:")


async def test_a_check_is_cancelled_and_says_how_far_it_came(check: CheckPage) -> None:
    await check.ask("Tell me [[mock: tokens=10 first=10ms gap=20ms]]")
    await check.answers.fill("500")
    await check.button("Check").click()
    await expect(check.progress).to_have_text(re.compile(r"^answer ([2-9]|\d\d+) of 500"))
    await expect(check.button("Check")).to_be_disabled()
    await check.button("Cancel").click()
    await expect(check.verdict).to_have_text("no verdict")
    await expect(check.report).to_contain_text("Cancelled after")
    await expect(check.button("Check")).to_be_enabled()


async def test_an_openai_server_and_a_protocol_of_ones_own_are_checked(
    check: CheckPage, tools: Stack, tmp_path: Path
) -> None:
    await check.ask("Tell me [[mock: tokens=12 first=20ms gap=5ms]]")
    await check.answers.fill("1")
    await check.dialect.select_option("openai")
    await check.address.fill(tools.mock.url)
    await check.button("Check").click()
    await expect(check.verdict).to_have_text("right: 1 answer kept the contract")

    own = tmp_path / "mine.yaml"
    await check.dialect.select_option("file")
    own.write_text("dialect: mine\ntransport: pigeon\n")
    await check.form.get_by_label("Contract file (YAML)").set_input_files(own)
    await check.address.fill(tools.app.root)
    await check.button("Check").click()
    await expect(check.unfit).to_contain_text("mine.yaml:")
    own.write_text(dump_contract(CONTRACTS["ai-gateway/socketio"]))
    await check.form.get_by_label("Contract file (YAML)").set_input_files([])
    await check.form.get_by_label("Contract file (YAML)").set_input_files(own)
    await check.button("Check").click()
    await expect(check.unfit).to_have_text("")
    await expect(check.report).to_contain_text("ai-gateway/socketio at")
    await expect(check.verdict).to_have_text("right: 1 answer kept the contract")


async def test_a_server_that_is_not_there_and_a_wrong_address_are_told(check: CheckPage) -> None:
    await check.address.fill("localhost:8000")
    await check.button("Check").click()
    await expect(check.unfit).to_contain_text("write it as http://")
    await check.address.fill("http://127.0.0.1:1")
    await check.button("Check").click()
    await expect(check.report).to_contain_text("Is the server running")
    await expect(check.verdict).to_have_text("no verdict")
