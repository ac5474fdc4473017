"""A page that loses its stream comes back to the answer, and ends with what the server stored."""

import re
import signal
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.async_api import BrowserContext, expect

from e2e.journal import Journal
from e2e.messages import unique
from e2e.pages.chat import ChatPage
from e2e.pages.painting import paintings_of
from e2e.servers import Stack, start_app, stop
from e2e.stored import stored
from e2e.watch import LOST, Watch
from tokentape.child_processes.server import ServerProcess


async def midway(chat: ChatPage, directive: str) -> str:
    """Ask, and wait until the answer is under way; the message. One that `hold`s ends once it is
    released, however slow the browser is."""
    message = unique("Go on for a while")
    await chat.ask(message, directive)
    await chat.wait_for_text()
    await chat.run()
    return message


async def assert_as_stored(chat: ChatPage, root: str) -> str:
    await chat.ended()
    said = await chat.said()
    kept = await stored(root, await chat.run())
    assert said == kept.content
    assert (await chat.shown()).split() == kept.content.split()
    return kept.status


async def test_reload_in_mid_answer_joins_it_and_shows_it_whole(
    chat: ChatPage, stack: Stack, journal: Journal, watch: Watch
) -> None:
    watch.expected += LOST
    earlier = unique("An earlier one")
    await chat.ask(earlier, "tokens=10 first=10ms gap=1ms")
    await chat.ended()
    message = await midway(chat, "tokens=150 first=50ms gap=5ms hold=30")
    await chat.page.reload()
    await chat.wait_for_text()
    await journal.release(message)
    assert await assert_as_stored(chat, stack.app.root) == "complete"
    entry = await journal.ended(message)
    assert entry.state == "finished", "the model was asked once, and to the end"
    assert await chat.said() == entry.text
    await expect(chat.questions).to_have_count(2)
    await expect(chat.answers.first).to_contain_text((await journal.ended(earlier)).text[:40])
    assert all(painting.forward for painting in await paintings_of(chat.page))
    # The times are those of the first look, and the verdict is on the whole.
    await expect(chat.verdict).to_contain_text("Whole, in order and as scripted")
    await expect(chat.count).to_have_text("151 events")


async def test_second_tab_shows_the_same_answer_while_it_comes(
    chat: ChatPage, context: BrowserContext, stack: Stack, journal: Journal
) -> None:
    message = await midway(chat, "tokens=120 first=50ms gap=5ms hold=30")
    second = ChatPage(await context.new_page())
    await second.page.goto(stack.app.url)
    await second.wait_for_text()
    await journal.release(message)
    for each in (chat, second):
        assert await assert_as_stored(each, stack.app.root) == "complete"
    assert await second.run() == await chat.run()


async def test_being_offline_is_told_and_got_over(
    chat: ChatPage, context: BrowserContext, stack: Stack, journal: Journal, watch: Watch
) -> None:
    watch.expected += LOST
    message = await midway(chat, "tokens=120 first=50ms gap=5ms hold=30")
    await context.set_offline(True)
    await expect(chat.connection).to_contain_text("reconnecting in")
    for _ in range(2):  # it tries again, in vain
        await chat.page.wait_for_event("requestfailed")
    await context.set_offline(False)
    await expect(chat.connection).to_have_attribute("data-state", "connected")
    await journal.release(message)
    assert await assert_as_stored(chat, stack.app.root) == "complete"
    await expect(chat.verdict).to_contain_text("Whole, in order and as scripted")


class OwnApp:
    """Stops at once when it is told to."""

    def __init__(self, folder: Path, mock: ServerProcess) -> None:
        self._folder, self._mock = folder, mock
        self.server = self._start(port=0)

    def end(self, by: signal.Signals) -> None:
        stop(self.server, by)

    def start_again(self) -> None:
        self.server = self._start(urlsplit(self.server.url).port or 0)

    def _start(self, port: int) -> ServerProcess:
        return start_app(self._folder, self._mock, {"SHUTDOWN_GRACE_S": "0"}, port=port)


@pytest.fixture
def own_app(stack: Stack, tmp_path: Path) -> Iterator[OwnApp]:
    """An app that the test may stop, and start again where it was."""
    own = OwnApp(tmp_path, stack.mock)
    yield own
    stop(own.server)


async def test_restarted_and_killed_server_has_the_answer_as_it_was_stored(
    context: BrowserContext, own_app: OwnApp, watch: Watch
) -> None:
    watch.expected += (*LOST, r"50\d")
    chat = ChatPage(await context.new_page())
    await chat.open(own_app.server.url)
    for by, status in ((signal.SIGTERM, "stopped"), (signal.SIGKILL, "failed")):
        await midway(chat, "tokens=2000 first=50ms gap=5ms hold=30")
        await chat.message.fill("not sent yet")
        own_app.end(by)
        await expect(chat.connection).to_contain_text(re.compile(r"reconnecting in \d s"))
        own_app.start_again()
        await expect(chat.connection).to_have_attribute("data-state", "connected")
        assert await assert_as_stored(chat, own_app.server.root) == status
        await expect(chat.message).to_have_value("not sent yet")
    await expect(chat.problem).to_contain_text("INTERNAL")
    await expect(chat.verdict).to_contain_text("Shown as it was stored")
    await expect(chat.answers.first).to_contain_text("Stopped")
    # And the next turn works.
    await chat.ask(unique("And now?"), "tokens=10 first=10ms gap=1ms")
    assert await assert_as_stored(chat, own_app.server.root) == "complete"
