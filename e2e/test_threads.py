"""The threads tab in a real browser: a workflow step by step, documents and who may read them."""

from collections.abc import AsyncIterator
from pathlib import Path
from uuid import uuid4

import pytest_asyncio
from playwright.async_api import Page, expect

from e2e.pages.threads import ThreadsPage
from e2e.servers import Stack
from e2e.watch import LOST, Watch

CLIENT = (Path(__file__).with_name("js") / "threads_client.js").read_text(encoding="utf-8")
ASKED = """async ([claims, content]) => {
  const told = { pieces: [], complete: null, errors: [], ends: 0 };
  const post = async (path, body) => (await fetch(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: "Bearer " + token },
    body: JSON.stringify(body),
  })).json();
  const appendToMessage = (content) => told.pieces.push(content);
  const completeMessage = (whole) => { told.complete = whole; };
  const showError = (error) => told.errors.push(error);
  const finishStream = () => { told.ends += 1; };
  const token = claims;
  CLIENT
  const { thread } = await post("/chat/threads", { title: "Chat Title" });
  await sendStreamingMessage(thread.id, content);
  return told;
}""".replace("CLIENT", CLIENT)
QUICK = "[[mock: tokens=30 first=20ms gap=4ms]]"


@pytest_asyncio.fixture(loop_scope="session")
async def threads(page: Page, tools: Stack) -> AsyncIterator[ThreadsPage]:
    found = ThreadsPage(page)
    await found.open(tools.app.url)
    yield found


async def test_a_workflow_is_gone_through_to_its_end_and_found_again(
    threads: ThreadsPage, watch: Watch
) -> None:
    watch.expected += LOST  # the page is left while Gradio's stream to it is open
    user = f"ann-{uuid4().hex[:8]}"
    await threads.sign_in(User=user)
    await threads.make("Getting to know", "onboarding")
    steps = threads.steps.get_by_role("listitem")
    await expect(steps).to_have_text(["welcome", "name", "goal", "plan"])
    for number, said in enumerate(("Hello", "Anna", "to learn Norwegian", "20 minutes")):
        await threads.say(f"{said} {QUICK}")
        await expect(threads.answers).to_have_count(number + 1)
        await expect(threads.ending).not_to_be_empty()
        await expect(threads.steps.locator('[data-state="completed"]')).to_have_count(number + 1)
        if number == 1:
            await threads.open(threads.page.url)
            await threads.sign_in(User=user)
            await threads.threads.get_by_role("button", name="Getting to know").click()
            await expect(threads.answers).to_have_count(2)
            await expect(threads.steps.locator('[aria-current="step"]')).to_have_text("goal")
    await expect(threads.closing).to_contain_text("That is your plan")
    await expect(threads.threads).to_contain_text("completed")


async def test_a_passage_joins_the_prompt_of_who_may_read_it(threads: ThreadsPage) -> None:
    org = f"org-{uuid4().hex[:8]}"
    await threads.sign_in(User=f"ann-{org}", Organisation=org, Clearance="internal")
    await threads.bring("House rules", "The back door is locked at nine.", "internal")
    await expect(threads.brought).to_have_text("Kept as 1 passage.")
    await expect(threads.documents).to_contain_text("House rules")
    await threads.make("Doors")
    await threads.say(f"When is the back door locked? {QUICK}")
    await expect(threads.sources).to_contain_text("House rules passage 1 of 1, internal")
    await threads.sign_in(User=f"bob-{org}", Organisation=org, Clearance="public")
    await expect(threads.documents).to_have_text("None that this user may read.")
    await threads.make("Doors too")
    await threads.say(f"When is the back door locked? {QUICK}")
    await expect(threads.ending).to_contain_text("finished")
    await expect(threads.sources).to_have_text("No passage joined the latest prompt.")


async def test_an_answer_is_stopped_an_error_is_told_and_threads_are_renamed_and_deleted(
    threads: ThreadsPage,
) -> None:
    await threads.sign_in(User=f"ann-{uuid4().hex[:8]}")
    await threads.make("A long talk")
    await threads.say("Go on [[mock: tokens=400 first=20ms gap=50ms]]")
    await expect(threads.answers.first).to_contain_text(" ")
    await threads.button("Stop").click()
    await expect(threads.ending).to_have_text("stopped")
    await threads.say("And now? [[mock: tokens=20 first=10ms gap=5ms fault=cut@8]]")
    await expect(threads.problem).to_contain_text("UPSTREAM_TRUNCATED")
    await expect(threads.button("Send")).to_be_enabled()
    threads.page.once("dialog", lambda dialog: dialog.accept("A short talk"))
    await threads.button("Rename").click()
    await expect(threads.page.get_by_role("heading", name="A short talk")).to_be_visible()
    threads.page.once("dialog", lambda dialog: dialog.accept())
    await threads.button("Delete").click()
    await expect(threads.threads).to_have_text("No threads yet.")


async def test_the_client_of_the_dialects_own_document_runs_unchanged(
    threads: ThreadsPage,
) -> None:
    await threads.sign_in(User=f"ann-{uuid4().hex[:8]}")
    async with threads.page.expect_request("**/chat/threads") as asked:
        await threads.make("For its token")
    token = (await (await asked.value).all_headers())["authorization"].removeprefix("Bearer ")
    told = await threads.page.evaluate(ASKED, [token, f"Hello {QUICK}"])
    assert (told["errors"], told["ends"]) == ([], 1)
    assert len(told["pieces"]) > 10
    assert "".join(told["pieces"]) == told["complete"]
    told = await threads.page.evaluate(ASKED, [token, f"Hello {QUICK} [[mock: fault=cut@9]]"])
    assert (len(told["errors"]), told["ends"], told["complete"]) == (1, 1, None)
