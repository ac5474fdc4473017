"""A component of the front-end in a real browser, fed with what a page is sent of an answer."""

from collections.abc import Iterator, Sequence

import pytest
from playwright.sync_api import Page, sync_playwright

from e2e.browser import find, launch_arguments
from tokentape.contract.contract import Json
from tokentape.ui.answer.feed import Feed
from tokentape.ui.theme import front


@pytest.fixture(scope="module")
def browser_page() -> Iterator[Page]:
    chromium = find()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=launch_arguments())
        yield browser.new_page()
        browser.close()


class Drawn:
    """A component's template and script as Gradio runs them, fed with values."""

    def __init__(
        self, page: Page, template: str, *scripts: str, styles: Sequence[str] = ("page.css",)
    ) -> None:
        self.page = page
        self.asked_for: list[str] = []
        page.on("request", lambda request: self.asked_for.append(request.url))
        style = front(*styles)
        page.set_content(f"<style>{style}</style><div id=root>{front(template)}</div>")
        page.evaluate(
            """([script, feedScript]) => {
                window.hurts = 0;
                window.hurt = () => (window.hurts += 1);
                window.told = [];
                window.allRows = [];
                window.snapshot = null;
                const server = {
                    drawn: async (words) => told.push(words),
                    missed: async () => snapshot,
                    clock: async () => 0,
                    painted: async () => [],
                    rows: async ([, from, count]) => allRows.slice(from, from + count),
                    frame: async ([, index]) => ({ event: "e", payload: { index }, offset_ms: 1 }),
                };
                const root = document.querySelector("#root");
                const run = (code, props, watch) =>
                    new Function("element", "trigger", "props", "watch", "server", code)(
                        root, () => {}, props, watch, server);
                const props = { pane: "p", value: null };
                let take;
                run(script, { pane: "p" }, () => {});
                run(feedScript, props, (_, callback) => (take = callback));
                window.feed = (value) => { props.value = value; take(); };
            }""",
            [front("nodes.js", *scripts), front("chat/feed.js")],
        )

    def feed(self, values: Sequence[str | None]) -> None:
        self.page.evaluate("(values) => values.forEach(feed)", values)


class Told:
    """What a page is sent of one answer, value by value."""

    def __init__(self, turn: str = "t") -> None:
        self.turn = turn
        self.feed = Feed()
        self.count = self.characters = 0
        self.push(
            {
                "turn": turn,
                "kept": True,
                "how": {"message": "?"},
                "dialect": "ai-chat",
                "about": "",
                "state": "waiting",
                "figures": [],
                "hops": [],
                "plan": [],
            }
        )

    def push(self, told: Json) -> str:
        self.feed.push(told)
        return self.value()

    def say(self, text: str) -> str:
        """One event with text, as an update of its own."""
        self.add(text)
        return self.value()

    def add(self, text: str) -> None:
        """One event with text."""
        self.characters += len(text)
        row = [self.count, self.count * 20.0, 20.0, "chunk", text, "text", self.characters]
        self.count += 1
        self.feed.push(row)

    def value(self) -> str:
        return f"{self.turn} look {self.feed.first}\n{self.feed.show()}"


def late(told: Told) -> Json:
    """A snapshot of all there is, for a page that has nothing."""
    meta = {"turn": "t", "kept": True, "how": {"message": "?"}, "about": "", "state": "answering"}
    rows = [[n, n * 20.0, 20.0, "chunk", f"w{n}", "text", 3] for n in range(40, 100)]
    return {
        "next": told.feed.count,
        "meta": {**meta, "figures": [], "hops": [], "plan": []},
        "from": 0,
        "text": "x" * told.characters,
        "rows": rows,
        "curve": [[0, 1], [1_980, told.characters]],
        "characters": told.characters,
    }


def told_late() -> tuple[Told, Json]:
    """An answer of which a page saw nothing, and whose first lines are gone."""
    told = Told()
    for _ in range(100):
        told.say("xx")
    told.feed.skip()
    return told, late(told)
