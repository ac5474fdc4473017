"""The gates tab in a real browser: a stream is held, stepped and let go, and its client watched."""

import asyncio
from collections.abc import AsyncIterator

import httpx2
import pytest_asyncio
from playwright.async_api import Page, expect

from e2e.pages.gates import GatesPage
from e2e.servers import Stack


@pytest_asyncio.fixture(loop_scope="session")
async def gates(page: Page, tools: Stack) -> AsyncIterator[GatesPage]:
    found = GatesPage(page)
    await found.open(tools.app.url)
    yield found


async def test_an_empty_tab_says_how_a_stream_is_held_and_starts_one_itself(
    gates: GatesPage,
) -> None:
    await expect(gates.page.get_by_role("heading", name="No stream is chosen")).to_be_visible()
    await gates.start(hold=3)
    await expect(gates.state).to_have_text("held")
    await expect(gates.chosen).to_contain_text("3 of 12 chunks out, held before chunk 3")
    await expect(gates.chosen).to_contain_text("connected, listening")
    await expect(gates.rows).to_have_count(4)
    hops = [await row.get_by_role("cell").last.inner_text() for row in await gates.rows.all()]
    assert hops[0] == "–", "the frame that gives the role has no text"
    assert all(float(hop) >= 0 for hop in hops[1:]), (
        "the client has each chunk after it was written"
    )

    await gates.button("Step").click()
    await expect(gates.chosen).to_contain_text("4 of 12 chunks out")
    await gates.page.get_by_label("Frames to let through").fill("3")
    await gates.button("Step so many").click()
    await expect(gates.chosen).to_contain_text("7 of 12 chunks out, held before chunk 7")
    await gates.button("Release").click()
    await expect(gates.state).to_have_text("finished")
    await expect(gates.chosen).to_contain_text("got the whole answer")
    await expect(gates.button("Step")).to_be_disabled()


async def test_a_held_client_that_waits_too_long_is_told_so_by_the_server(
    gates: GatesPage,
) -> None:
    await gates.start(hold=2)
    await expect(gates.state).to_have_text("held")
    await expect(gates.chosen).to_contain_text("this server gives up after 6 s")
    await expect(gates.chosen).to_contain_text("was told that the answer failed")
    await expect(gates.state).to_have_text("client gone")


async def test_a_client_that_stops_closes_the_stream_behind_it(gates: GatesPage) -> None:
    await gates.start(hold=4)
    await expect(gates.state).to_have_text("held")
    await gates.button("Client stops the answer").click()
    await expect(gates.state).to_have_text("client gone")
    await expect(gates.chosen).to_contain_text("got the end of a stopped answer")
    await expect(gates.own).to_be_hidden()


async def test_a_stream_of_somebody_else_is_held_while_it_runs(
    gates: GatesPage, tools: Stack
) -> None:
    asked = {
        "model": "gpt-4o",
        "stream": True,
        "messages": [{"role": "user", "content": "Elsewhere [[mock: tokens=4000 gap=20ms]]"}],
    }
    url = f"{tools.mock.url}/chat/completions"
    async with (
        httpx2.AsyncClient(timeout=30) as http,
        http.stream("POST", url, json=asked) as other,
    ):
        reading = asyncio.create_task(other.aread())
        await gates.streams.get_by_role("button", name="Elsewhere").click()
        await expect(gates.state).to_have_text("running")
        await gates.button("Hold").click()
        await expect(gates.state).to_have_text("held")
        await expect(gates.chosen).to_contain_text("Whose client this is, is not known here")
        await gates.page.get_by_label("Chunk to hold before").fill("0")
        await gates.button("Hold").click()
        await expect(gates.answer).to_contain_text("past that place")
        assert not reading.done()
        await gates.button("Release").click()
        await expect(gates.state).to_have_text("running")
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)
    await expect(gates.state).to_have_text("client gone")
