"""`useChat` of the AI SDK, in a real browser against the app: both majors of it that people use."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from e2e.journal import Journal
from e2e.messages import key_of, unique
from e2e.pages.use_chat import MAJORS, UseChatPage, built
from e2e.servers import Stack
from e2e.watch import LOST, Watch

HELD = "tokens=40 first=20ms gap=4ms hold=10"
"""Waits before its tenth piece, however long it takes."""


@pytest_asyncio.fixture(scope="module", loop_scope="session", params=MAJORS, ids="ai {}".format)
async def script(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Path]:
    yield await built(request.param, tmp_path_factory.mktemp("use-chat"))


@pytest_asyncio.fixture(loop_scope="session")
async def chat(page: Page, stack: Stack, script: Path) -> AsyncIterator[UseChatPage]:
    chat = UseChatPage(page, stack.app.root, script)
    await chat.open(new_chat())
    yield chat


def new_chat() -> str:
    return uuid4().hex[:16]


async def test_answers_are_whole_and_in_order_and_the_second_knows_the_first(
    chat: UseChatPage, journal: Journal
) -> None:
    for number in (1, 2):
        question = unique("Tell me of the sea", "tokens=80 first=20ms gap=4ms")
        await chat.ask(question)
        answer = await chat.ended(number)
        script = (await journal.ended(key_of(question))).text
        assert await answer.text_content() == script
    run = await answer.get_attribute("data-run") or ""
    await chat.button("Again").click()
    await expect(answer).not_to_have_attribute("data-run", run)
    assert await (await chat.ended(2)).text_content()


async def test_reasoning_and_tool_calls_are_shown(chat: UseChatPage, journal: Journal) -> None:
    await chat.ask(unique("Think", "scenario=reasoning"))
    await chat.ended(1)
    await expect(chat.reasoning).to_have_count(1)
    assert len((await chat.reasoning.text_content() or "").split()) > 10
    await expect(chat.text).to_have_count(1)
    await chat.ask(unique("What is the weather?", "scenario=parallel-tools"))
    calls = chat.calls("get_weather")
    await chat.ended(2)
    await expect(calls).to_have_text(['{"city":"Oslo"}', '{"city":"Bergen"}'])
    for call in await calls.all():
        await expect(call).to_have_attribute("data-state", "input-available")


async def test_stop_closes_the_upstream_and_keeps_what_came(
    chat: UseChatPage, journal: Journal
) -> None:
    question = unique("Go on and on", HELD)
    await chat.ask(question)
    await expect(chat.text).to_contain_text(" ")
    await chat.button("Stop").click()
    await expect(chat.status).to_have_text("ready")
    entry = await journal.ended(key_of(question))
    assert entry.state == "client_closed"
    assert entry.text.startswith(await chat.text.text_content() or "nothing")
    await expect(chat.error).to_have_count(0)
    # The chat is free for the next question at once.
    await chat.ask(unique("And now?", "tokens=5 first=20ms gap=4ms"))
    await chat.ended(2)


async def test_page_that_is_loaded_anew_goes_on_with_the_answer(
    chat: UseChatPage, journal: Journal, watch: Watch
) -> None:
    watch.expected += LOST  # the page is left in mid-answer
    mine, question = new_chat(), unique("Tell me a story", HELD)
    await chat.open(mine, "resume")
    await expect(chat.status).to_have_text("ready")
    await chat.ask(question)
    await expect(chat.text).to_contain_text(" ")
    await chat.page.reload()
    await expect(chat.status).to_have_text("streaming")
    await expect(chat.text).to_contain_text(" ")
    await journal.release(key_of(question))
    await expect(chat.status).to_have_text("ready")
    entry = await journal.ended(key_of(question))
    assert entry.state == "finished"
    assert await chat.text.text_content() == entry.text
    # It has ended: the next page has nothing to go on with.
    await chat.page.reload()
    await expect(chat.status).to_have_text("ready")
    await expect(chat.answers).to_have_count(0)
    await expect(chat.error).to_have_count(0)


async def test_answer_that_the_upstream_cuts_is_shown_as_an_error(chat: UseChatPage) -> None:
    await chat.ask(unique("Break off", "tokens=30 first=20ms gap=5ms fault=cut@7"))
    await expect(chat.error).to_contain_text("ended")
    await expect(chat.status).to_have_text("error")
    assert await chat.text.text_content()


async def test_text_stream_is_shown_and_its_cut_is_an_error(
    chat: UseChatPage, journal: Journal, watch: Watch
) -> None:
    watch.expected += LOST  # a body that breaks off
    await chat.open(new_chat(), "text")
    question = unique("Tell me of the sea", "tokens=40 first=20ms gap=4ms")
    await chat.ask(question)
    await chat.ended(1)
    assert await chat.text.text_content() == (await journal.ended(key_of(question))).text
    await chat.ask(unique("Break off", "tokens=30 first=20ms gap=5ms fault=cut@7"))
    await expect(chat.status).to_have_text("error")
