"""The timeline in a real browser: frames, plan, hops, saving, replaying, comparing."""

import json
from pathlib import Path

from playwright.async_api import expect

from e2e.journal import Journal
from e2e.messages import unique
from e2e.pages.chat import ChatPage


async def test_broken_rule_leads_to_its_frame_and_the_way_is_told_by_hops(chat: ChatPage) -> None:
    await chat.ask(unique("Describe the harbour"), "tokens=300 first=20ms gap=2ms fault=lose@60")
    await chat.ended()
    await expect(chat.verdict).to_contain_text("text_lost")
    await chat.verdict.get_by_role("button", name="text_lost").first.click()
    await expect(chat.frame).to_contain_text("content")
    await expect(chat.frame).to_contain_text("runId")
    await chat.ask(unique("And once more"), "tokens=40 first=20ms gap=10ms")
    await chat.ended()
    for hop in ("mock → app", "app → page", "mock → page"):
        await expect(chat.hops).to_contain_text(hop)
    await expect(chat.plan).to_have_count(1)


async def replay(chat: ChatPage, file: Path) -> None:
    async with chat.page.expect_file_chooser() as choosing:
        await chat.button("Replay").click()
    await (await choosing.value).set_files(file)


async def test_saved_timeline_is_replayed_as_it_came(
    chat: ChatPage, journal: Journal, tmp_path: Path
) -> None:
    message = unique("Keep this one")
    await chat.ask(message, "tokens=30 first=20ms gap=5ms fault=stall@10:300ms")
    await chat.ended()
    script = (await journal.ended(message)).text
    async with chat.page.expect_download() as downloading:
        await chat.page.get_by_role("link", name="Save").click()
    saved = tmp_path / "kept.jsonl"
    await (await downloading.value).save_as(saved)
    head, *events = map(json.loads, saved.read_text().splitlines())
    assert head["script"] == script
    assert len(events) == 31
    await expect(chat.button("Clear")).to_be_enabled()
    places = [await chat.button(name).bounding_box() for name in ("Retry", "Clear", "Replay")]
    sizes = {(place["y"], place["width"], place["height"]) for place in places if place}
    assert len(sizes) == 1, "buttons of one row are alike"
    await replay(chat, saved)
    await expect(chat.answers).to_have_count(2)
    await chat.ended()
    assert await chat.said() == script
    await expect(chat.answer).to_contain_text("replay of")
    await expect(chat.verdict).to_contain_text("Whole, in order and as scripted")
    # A replay is looked at; it is no part of the conversation.
    await chat.page.reload()
    await expect(chat.answers).to_have_count(1)
    wrong = tmp_path / "wrong.jsonl"
    wrong.write_text('{"tokentape": "timeline", "version": 1}\n')
    await replay(chat, wrong)
    await expect(chat.problem).to_contain_text("contract is None")


async def test_conversations_are_kept_opened_and_forgotten(chat: ChatPage) -> None:
    first, second = unique("The first talk"), unique("The second talk")
    for message in (first, second):
        await chat.ask(message, "tokens=5 first=10ms gap=1ms")
        await chat.ended()
        await chat.button("New").click()
        await expect(chat.answers).to_have_count(0)
    history = chat.page.get_by_role("list", name="Conversations")
    await chat.page.get_by_text("Conversations", exact=True).click()
    await history.get_by_role("button", name=first, exact=True).click()
    await expect(chat.questions).to_have_count(1)
    await expect(chat.questions).to_contain_text(first)
    # Its timeline is there as well.
    await chat.answer.get_by_role("button", name="Show its timeline").click()
    await expect(chat.count).to_have_text("6 events")
    await expect(chat.verdict).to_contain_text("Whole, in order and as scripted")
    await expect(chat.button("Clear")).to_be_enabled()
    await chat.button("Clear").click()
    await expect(chat.questions).to_have_count(0)
    await chat.page.get_by_text("Conversations", exact=True).click()
    await expect(history.get_by_role("listitem")).to_have_count(1)
    await history.get_by_role("button", name=f"Forget {second}").click()
    await expect(history).to_contain_text("Nothing was said yet")


async def test_question_is_edited_and_asked_again(chat: ChatPage, journal: Journal) -> None:
    first = unique("Tell me of tides")
    await chat.ask(first, "tokens=5 first=10ms gap=1ms")
    await chat.ended()
    await chat.questions.first.get_by_role("button", name="Edit and ask again").click()
    await expect(chat.message).to_have_value(first)
    await expect(chat.message).to_be_focused()
    changed = unique("Tell me of storms")
    await chat.message.fill(changed)
    await chat.page.keyboard.press("Enter")
    await expect(chat.questions).to_have_count(2)
    await chat.ended()
    assert await chat.said() == (await journal.ended(changed)).text
    await chat.button("Retry").click()
    await expect(chat.questions).to_have_count(3)
    await expect(chat.questions.last).to_contain_text(changed)
    await chat.ended()


async def test_token_acts_for_its_user_and_is_kept_nowhere(chat: ChatPage) -> None:
    secret = "not.a.token-of-ours"
    await chat.page.get_by_label("Token").fill(secret)
    await expect(chat.page.get_by_label("Token")).to_have_attribute("type", "password")
    await chat.ask(unique("As somebody"), "tokens=5 first=10ms gap=1ms")
    await chat.ended()
    await expect(chat.problem).to_contain_text("UNAUTHORIZED")
    kept = "JSON.stringify([Object.entries(localStorage), Object.entries(sessionStorage)])"
    assert secret not in await chat.page.evaluate(kept)
    assert secret not in await chat.conversation.inner_html()


async def test_two_protocols_are_compared_side_by_side(chat: ChatPage) -> None:
    page = chat.page
    await page.get_by_role("tab", name="Compare").click()
    await page.get_by_label("Protocol, right").click()
    await page.get_by_role("option", name="ai-gateway over Socket.IO", exact=True).click()
    await page.get_by_label("Message for both").fill(unique("Tell us both"))
    await page.get_by_label("Directives for the mock").fill("tokens=20 first=20ms gap=5ms")
    await chat.button("Compare").click()
    verdicts = page.get_by_role("status", name="Verdict")
    await expect(verdicts).to_have_count(2)
    for number in range(2):
        await expect(verdicts.nth(number)).to_contain_text("Whole, in order and as scripted")
    counts = page.locator(".tt-compare .tt-count")
    assert await counts.all_inner_texts() == ["21 events", "23 events"]
    await page.get_by_label("Server, left").fill("nowhere")
    await chat.button("Compare").click()
    await expect(verdicts.first).to_contain_text("No stream began")
    await expect(chat.button("Compare")).to_be_enabled()
