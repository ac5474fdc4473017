"""The rooms tab in a real browser: several members on one page, and on several.

Each test has people of its own: somebody is who they are for five seconds after their page is gone.
"""

from collections.abc import AsyncIterator
from uuid import uuid4

import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from e2e.axe import barriers
from e2e.journal import Journal
from e2e.messages import key_of, unique
from e2e.pages.rooms import RoomsPage, Seat
from e2e.servers import Stack


@pytest_asyncio.fixture(loop_scope="session")
async def rooms(page: Page, stack: Stack) -> AsyncIterator[RoomsPage]:
    found = RoomsPage(page)
    await found.open(stack.app.url)
    yield found


async def test_two_on_one_page_see_each_other_and_one_answer(
    rooms: RoomsPage, journal: Journal
) -> None:
    await expect(rooms.page.get_by_role("heading", name="Nobody is here yet")).to_be_visible()
    await rooms.page.get_by_role("button", name="Join as Ann and Bob").click()
    ann, bob = Seat(rooms.page, "Ann"), Seat(rooms.page, "Bob")
    await expect(rooms.there).to_have_text("2 people in the room")
    await expect(bob.people).to_have_text(["Ann", "Bob"])

    await ann.text.press_sequentially("He")
    await expect(bob.typing).to_have_text("Ann is typing…")
    await expect(ann.typing).to_have_text("")
    await ann.text.fill("Hello, Bob")
    await ann.text.press("Enter")
    await expect(bob.messages).to_have_text(["AnnHello, Bob"])
    await expect(bob.typing).to_have_text("")
    await ann.presence.select_option("busy")
    await expect(bob.people).to_have_text(["Ann, busy", "Bob"])

    question = unique("Tell us of the sea", "tokens=80 first=20ms gap=5ms hold=30")
    await bob.ask(question)
    for seat in (ann, bob):
        await expect(seat.answer).to_have_attribute("aria-busy", "true")
        await expect(seat.answer.locator("p")).not_to_be_empty()
    late = await rooms.join("Cleo")
    await journal.release(key_of(question))
    text = (await journal.ended(key_of(question))).text
    for seat in (ann, bob, late):
        await expect(seat.answer.locator("p")).to_have_text(text)
        await expect(seat.answer).not_to_have_attribute("aria-busy", "true")

    await bob.button("Leave").click()
    await expect(ann.people).to_have_text(["Ann, busy", "Cleo"])


async def test_lost_connection_comes_back_without_a_gap_and_without_a_flicker(
    rooms: RoomsPage, journal: Journal
) -> None:
    dan = await rooms.join("Dan")
    eve = await rooms.join("Eve")
    question = unique("Go on for a while", "tokens=120 first=20ms gap=5ms hold=30")
    await dan.ask(question)
    await expect(eve.answer).to_have_attribute("aria-busy", "true")
    await eve.button("Lose connection").click()
    await expect(eve.state).to_have_text("connection lost, coming back")
    await expect(dan.people).to_have_text(["Dan", "Eve"])
    await expect(eve.state).to_have_text("connected")
    await journal.release(key_of(question))
    text = (await journal.ended(key_of(question))).text
    for seat in (dan, eve):
        await expect(seat.answer).not_to_have_attribute("aria-busy", "true")
        await expect(seat.answer.locator("p")).to_have_text(text)
    await expect(dan.people).to_have_text(["Dan", "Eve"])


async def test_two_browsers_share_a_room_and_whoever_is_there_may_stop(
    rooms: RoomsPage, browser: Browser, stack: Stack, journal: Journal
) -> None:
    room = f"room-{uuid4()}"
    finn = await rooms.join("Finn", room)
    context = await browser.new_context(viewport={"width": 360, "height": 760})
    other = RoomsPage(await context.new_page())
    await other.open(stack.app.url)
    gil = await other.join("Gil", room)
    await expect(finn.people).to_have_text(["Finn", "Gil"])
    question = unique("Go on and on", "tokens=2000 first=20ms gap=10ms")
    await finn.ask(question)
    await expect(gil.answer.locator("p")).not_to_be_empty()
    await gil.button("Stop").click()
    await expect(finn.answer).to_contain_text("Stopped")
    entry = await journal.ended(key_of(question))
    assert entry.state == "client_closed"
    # A narrow page has no sideways scroll.
    wide = await other.page.evaluate("document.documentElement.scrollWidth - innerWidth")
    assert wide <= 0
    await context.close()
    await expect(finn.people).to_have_text(["Finn"])  # after the five seconds


async def test_what_went_wrong_is_told_where_it_happened(rooms: RoomsPage) -> None:
    hal = await rooms.join("Hal")
    await hal.button("Ask the model").click()
    await expect(hal.told).to_contain_text("nothing was said in this room yet (BAD_REQUEST)")
    await hal.ask(unique("Break off", "tokens=30 first=20ms gap=5ms fault=cut@7"))
    await expect(hal.answer.get_by_role("alert")).to_contain_text("UPSTREAM_TRUNCATED")
    assert await barriers(rooms.page) == []
    await rooms.name.fill("Hal")
    await rooms.page.get_by_role("button", name="Join", exact=True).click()
    await expect(rooms.told).to_have_text("Hal is here already: a second tab is no second person.")
