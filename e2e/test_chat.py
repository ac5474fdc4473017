"""The chat tab in a real browser, through the whole stack, against what the mock had to say."""

from playwright.async_api import BrowserContext, Page, expect

from e2e.journal import Journal
from e2e.messages import unique
from e2e.pages.chat import ChatPage
from e2e.pages.painting import painted_ns, paintings_of
from e2e.servers import Stack
from e2e.watch import LOST, Watch
from tokentape.ui.tabs import TABS

PROTOCOLS = [
    "ai-chat over SSE",
    "ai-chat over Socket.IO",
    "ai-gateway over Socket.IO",
    "ai-sdk-ui over SSE",
    "ag-ui over SSE",
]


async def test_answer_is_painted_in_order_and_is_the_scripted_text(
    chat: ChatPage, journal: Journal
) -> None:
    for protocol in PROTOCOLS:
        message = unique("Tell me of the sea")
        await chat.choose_protocol(protocol)
        await chat.ask(message, "tokens=60 first=100ms gap=10ms")
        await chat.ended()
        entry = await journal.ended(message)
        assert await chat.said() == entry.text, protocol
        assert (await chat.shown()).split() == entry.text.split()
        paintings = await paintings_of(chat.page)
        assert all(painting.forward for painting in paintings)
        assert len(paintings) > 5, "the answer came at once instead of piece by piece"
        assert paintings[-1].length == len("".join(entry.text.split()))
        painted = painted_ns(paintings, entry.chunks)
        # The ledger's stamp is taken behind the write: on a busy machine a page may be quicker.
        due = [frame.due_ns for frame in entry.texts]
        assert len(painted) == len(due)
        sure = paintings[-1].error_ns
        assert all(p and p + sure > d for p, d in zip(painted, due, strict=True)), protocol
        await expect(chat.verdict).to_contain_text("Whole, in order and as scripted")
        await expect(chat.rows).not_to_have_count(0)


async def test_stop_stops_and_the_upstream_is_closed(chat: ChatPage, journal: Journal) -> None:
    message = unique("Go on and on")
    await chat.ask(message, "tokens=2000 first=50ms gap=20ms")
    await chat.wait_for_text()
    await chat.button("Stop").click()
    await chat.ended()
    entry = await journal.ended(message)
    assert entry.state == "client_closed"
    said = await chat.said()
    assert said
    assert entry.text.startswith(said)
    assert len(said) < len(entry.text)
    await expect(chat.answer).to_contain_text("Stopped")
    await expect(chat.verdict).to_contain_text("Stopped, in order and as scripted so far")


async def test_what_goes_wrong_with_an_answer_is_told_and_the_next_turn_works(
    chat: ChatPage, journal: Journal
) -> None:
    cut = unique("List what to pack")
    await chat.ask(cut, "tokens=40 first=50ms gap=10ms fault=cut@12")
    await chat.ended()
    script = (await journal.ended(cut)).text
    await expect(chat.problem).to_contain_text("UPSTREAM_TRUNCATED")
    await expect(chat.problem).to_contain_text("before the answer was finished")
    assert await chat.said()
    assert script.startswith(await chat.said())
    following = unique("And what else?")
    await chat.ask(following, "tokens=20 first=50ms gap=10ms")
    await chat.ended()
    assert await chat.said() == (await journal.ended(following)).text
    await expect(chat.answer.get_by_role("alert")).to_have_count(0)
    await expect(chat.answers).to_have_count(2)
    await chat.ask(unique("Describe the harbour"), "tokens=40 first=50ms gap=10ms fault=lose@12")
    await chat.ended()
    await expect(chat.verdict).to_contain_text("text_lost")
    await expect(chat.verdict).to_contain_text("never came")
    await chat.ask(unique("Not today"), "fault=refuse@request:429")
    await chat.ended()
    await expect(chat.problem.last).to_contain_text("UPSTREAM_RATE_LIMIT")


async def test_message_is_written_and_sent_by_keyboard_alone_and_an_empty_one_is_not(
    chat: ChatPage, journal: Journal
) -> None:
    message = unique("Two lines")
    await chat.message.focus()
    await chat.page.keyboard.press("Enter")
    await chat.message.fill("   ")
    await chat.page.keyboard.press("Enter")
    await chat.message.fill("")
    await chat.page.keyboard.type("First line")
    await chat.page.keyboard.press("Shift+Enter")
    await chat.page.keyboard.type(message)
    await chat.page.keyboard.press("Enter")
    await expect(chat.questions).to_have_count(1)
    await expect(chat.questions).to_contain_text(message)
    await expect(chat.message).to_have_value("")
    await expect(chat.message).to_be_focused()
    await chat.ended()
    assert await chat.said() == (await journal.ended(message)).text


async def test_no_request_leaves_the_machine_from_any_tab(
    chat: ChatPage, stack: Stack, watch: Watch
) -> None:
    await chat.ask(unique("Stay here"), "tokens=10 first=20ms gap=5ms")
    await chat.ended()
    for tab in TABS:
        named = chat.page.get_by_role("tab", name=tab.title, exact=True)
        await named.click()
        await expect(named).to_have_attribute("aria-selected", "true")
    assert any(url.startswith(stack.app.root) for url in watch.asked)
    assert watch.foreign == []
    assert watch.errors == []


async def test_nothing_could_leave_the_machine_even_if_the_page_tried(
    chat: ChatPage, watch: Watch
) -> None:
    watch.expected.append("Content Security Policy")
    tried = """async () => {
      const image = new Image();
      const loaded = new Promise((done) => { image.onload = image.onerror = (e) => done(e.type); });
      image.src = "http://127.0.0.2:9/pixel.png";
      const style = document.createElement("style");
      style.textContent = "@import url(http://127.0.0.2:9/a.css);";
      document.head.append(style);
      const fetched = await fetch("http://127.0.0.2:9/").then(() => "load", () => "error");
      return [await loaded, fetched];
    }"""
    refused: dict[str, str | None] = {}
    chat.page.on("requestfailed", lambda asked: refused.update({asked.url: asked.failure}))
    assert await chat.page.evaluate(tried) == ["error", "error"]
    assert watch.foreign, "it tried"
    assert {refused.get(url) for url in watch.foreign} == {"csp"}
    watch.asked.clear()


async def test_watch_notices_foreign_requests_and_errors(
    context: BrowserContext, stack: Stack, watch: Watch
) -> None:
    page = await context.new_page()
    await page.goto(f"{stack.app.root}/healthz")
    await page.evaluate("fetch('http://fonts.example/inter.css').catch(() => {})")
    await page.evaluate("console.error('something broke')")
    await page.evaluate("setTimeout(() => { throw new Error('and this') })")
    await page.wait_for_function("true")
    assert watch.foreign == ["http://fonts.example/inter.css"]
    assert any("something broke" in error for error in watch.errors)
    assert any("and this" in error for error in watch.errors)


HOSTILE = (
    "<img src=x onerror=hurt()></script><script>hurt()</script> \u202eright to left\u202c a\u200bb "
    "![p](http://evil.example/p.png) [d](data:text/html,<script>hurt()</script>) \u2066 {{7*7}} "
    "[j](javascript:hurt()) <link rel=stylesheet href=//evil.example/a.css> <svg onload=hurt()> "
    + "x"
    * 5_000
)


async def test_hostile_words_of_person_and_model_are_shown_as_text(
    chat: ChatPage,
) -> None:
    await chat.page.evaluate("() => { window.hurts = 0; window.hurt = () => (hurts += 1); }")
    message = unique(HOSTILE)
    await chat.ask(message, "scenario=echo speed=50")  # which says what it was asked
    await chat.ended()
    await expect(chat.questions.last).to_contain_text("<script>hurt()</script>")
    assert HOSTILE in await chat.said()
    assert await chat.page.evaluate("window.hurts") == 0
    assert await chat.conversation.locator("img, script, link, svg, [onerror]").count() == 0
    links = await chat.conversation.get_by_role("link").evaluate_all(
        "all => all.map((a) => a.href)"
    )
    assert links == ["http://evil.example/p.png"], "an image is a link, and is not loaded"
    assert await chat.page.evaluate("document.documentElement.scrollWidth <= innerWidth")


UNREADY = """
  // The page's first moments, held for as long as the test wants: it gets ready when it is told to,
  // and nothing comes of what is asked.
  const later = window.setTimeout;
  window.setTimeout = (call, ...rest) => {
    if (call?.name !== "ready") return later(call, ...rest);
    window.getReady = call;
  };
  document.addEventListener("tokentape:feed:chat", (event) => event.stopImmediatePropagation());
"""


async def test_what_was_sent_before_the_page_was_ready_is_not_offered_again(
    page: Page, stack: Stack, watch: Watch
) -> None:
    watch.expected += LOST
    await page.add_init_script(UNREADY)
    chat = ChatPage(page)
    await chat.open(stack.app.url)
    await chat.message.fill(unique("Sent at once"))
    await chat.button("Send").click()
    await expect(chat.message).to_have_value("")
    await page.evaluate("getReady()")
    await expect(chat.message).to_have_value("")
    # What is written and not sent is offered to whoever reloads.
    await chat.message.fill("Not sent")
    await page.reload()
    await expect(chat.button("Send")).to_be_enabled()
    await page.evaluate("getReady()")
    await expect(chat.message).to_have_value("Not sent")
