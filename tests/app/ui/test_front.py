"""The front-end files in a real browser: what is drawn of values that come bit by bit."""

import random
from collections.abc import Iterator, Sequence

import pytest
from playwright.sync_api import Page, sync_playwright

from app.contract.contract import Json
from app.ui.chat.feed import Feed
from app.ui.look import front
from e2e.browser import find, launch_arguments

HOSTILE = """<img src=x onerror="hurt()"><script>hurt()</script>

[click](javascript:hurt()) ![seen](http://127.0.0.1:9/pixel.png) <b>bold</b> &amp;

| <i>a</i> | b |
|---|---|
| `<script>hurt()</script>` | **<u>x</u>** |

```html
<script>hurt()</script>
```

&lt;done&gt;"""

PLAIN = """# Tides

The sea *rises* and **falls** twice a day: `high` and `low`.
It is the moon.

- spring
- neap
  1. first quarter
  2. last quarter

> Time and tide.

```python
def tide(hour: int) -> float:

    return 1.0
```

| hour | height |
|------|--------|
| 3    | 4.1 m  |

See [the tables](https://example.org/tides) at the end."""

SHOWN = """Tides
The sea rises and falls twice a day: high and low.
It is the moon.
spring
neap
first quarter
last quarter
Time and tide.
def tide(hour: int) -> float:

    return 1.0

hour	height
3	4.1 m
See the tables at the end."""


@pytest.fixture(scope="module")
def browser_page() -> Iterator[Page]:
    chromium = find()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=launch_arguments())
        yield browser.new_page()
        browser.close()


class Drawn:
    """A component's template and script as Gradio runs them, fed with values."""

    def __init__(self, page: Page, template: str, *scripts: str) -> None:
        self.page = page
        self.asked_for: list[str] = []
        page.on("request", lambda request: self.asked_for.append(request.url))
        page.set_content(f"<style>{front('page.css')}</style><div id=root>{front(template)}</div>")
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
            [front(*scripts), front("feed.js")],
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


def conversation(page: Page) -> Drawn:
    scripts = ("follow.js", "markdown.js", "kept.js", "conversation.js")
    return Drawn(page, "conversation.html", *scripts)


def answer(*pieces: str, state: str = "completed", turn: str = "t") -> list[str]:
    """An answer of these pieces that ends so."""
    told = Told(turn)
    return [*(told.say(piece) for piece in pieces), told.push({"state": state})]


def in_pieces(text: str, seed: int) -> list[str]:
    """An answer with this text, cut at random places."""
    chance, pieces, end = random.Random(seed), [], 0
    while end < len(text):
        length = chance.randint(1, 9)
        pieces.append(text[end : end + length])
        end += length
    return answer(*pieces)


@pytest.mark.parametrize("seed", range(6))
def test_markdown_is_drawn_alike_however_it_was_cut(browser_page: Page, seed: int) -> None:
    drawn = conversation(browser_page)
    drawn.feed(in_pieces(PLAIN, seed))
    body = browser_page.locator(".tt-answer .tt-body")
    lines = [line.rstrip() for line in body.inner_text().splitlines()]
    assert [line for line in lines if line] == [line for line in SHOWN.splitlines() if line]
    assert (
        body.locator("pre code").inner_text() == "def tide(hour: int) -> float:\n\n    return 1.0\n"
    )
    assert body.locator("a").get_attribute("href") == "https://example.org/tides"
    assert body.locator("ul > li").count() == 2
    assert body.locator("ol > li").count() == 2


@pytest.mark.parametrize("seed", range(3))
def test_what_a_model_says_is_shown_and_never_run_or_fetched(browser_page: Page, seed: int) -> None:
    drawn = conversation(browser_page)
    drawn.feed(in_pieces(HOSTILE, seed))
    body = browser_page.locator(".tt-answer .tt-body")
    assert body.locator("script, img, iframe, b, i, u, [onerror]").count() == 0
    hrefs = body.locator("a").evaluate_all("all => all.map((a) => a.protocol)")
    assert set(hrefs) <= {"http:", "https:", "mailto:"}
    assert browser_page.evaluate("window.hurts") == 0
    assert drawn.asked_for == []
    assert '<img src=x onerror="hurt()">' in body.inner_text()


def test_the_text_on_the_page_never_goes_backwards(browser_page: Page) -> None:
    text = " ".join(f"word{n}{'.' if n % 9 else '.' + chr(10) * 2}" for n in range(120))
    drawn = conversation(browser_page)
    before = ""
    for value in in_pieces(text, 1):
        drawn.feed([value])
        shown = "".join(browser_page.locator(".tt-answer .tt-body").inner_text().split())
        assert shown.startswith(before)
        before = shown
    assert before == "".join(text.split())


def test_the_page_tells_how_far_it_has_drawn(browser_page: Page) -> None:
    drawn = conversation(browser_page)
    browser_page.wait_for_function("performance.now() > 300")
    drawn.feed(answer("One ", "two."))
    assert browser_page.evaluate("told") == [["look", 4]]


def test_a_megabyte_without_a_space_is_drawn_in_blocks(browser_page: Page) -> None:
    drawn = conversation(browser_page)
    text = "x" * 1_000_000
    drawn.feed(answer(*["x" * 100_000] * 10))
    body = browser_page.locator(".tt-answer .tt-body")
    assert body.evaluate("body => body.textContent.length") == len(text)
    longest = body.evaluate(
        "body => Math.max(...[...body.children].map((block) => block.textContent.length))"
    )
    assert longest <= 8_000


def test_a_new_turn_joins_the_conversation_and_it_can_be_cleared(browser_page: Page) -> None:
    drawn = conversation(browser_page)
    drawn.feed([*answer("One.", turn="a"), *answer("Two.", state="stopped", turn="b")])
    answers = browser_page.get_by_role("article", name="Assistant")
    assert [text.strip() for text in answers.locator(".tt-body").all_inner_texts()] == [
        "One.",
        "Two.",
    ]
    assert "Stopped" in answers.last.inner_text()
    browser_page.evaluate("tokentape.clear()")
    drawn.feed([None])
    assert answers.count() == 0


def timeline_values(frames: Sequence[int], ruling: Json, **more: Json) -> list[str]:
    """An answer whose events come in frames, and that is judged at its end."""
    told, values = Told(), []
    for size in frames:
        for _ in range(size):
            told.add(f"w{told.count}")
        values.append(told.value())
    return [*values, told.push({"state": "completed", "ruling": ruling, **more})]


RULING: Json = {
    "headline": "1 rule broken",
    "tone": "wrong",
    "checks": [{"name": "Content", "tone": "wrong", "finding": "text is missing"}],
    "breaches": [{"row": 7, "rule": "text_lost", "finding": "event 7: 'x' never came"}],
    "folded": 0,
}


RIGHT: Json = {**RULING, "headline": "Whole and in order", "tone": "right", "breaches": []}


def timeline(page: Page, rows: int) -> Drawn:
    """The timeline of an answer with so many rows, which the server has all."""
    drawn = Drawn(page, "timeline.html", "follow.js", "chart.js", "timeline.js")
    all_rows = [[n, n * 20.0, 20.0, "chunk", f"w{n}", "text", 3] for n in range(rows)]
    page.evaluate("(rows) => (window.allRows = rows)", all_rows)
    return drawn


def indices(page: Page) -> list[int]:
    found = page.locator("tbody tr").evaluate_all("all => all.map((r) => +r.dataset.index)")
    return [int(index) for index in found]


@pytest.mark.parametrize("seed", range(6))
def test_every_row_is_drawn_once_and_in_order_however_frames_come(
    browser_page: Page, seed: int
) -> None:
    chance = random.Random(seed)
    frames = [chance.choice([1, 1, 2, 7, 30, 50]) for _ in range(60)]
    # What the page missed of the frames, as when many came between two drawings.
    values = timeline_values(frames, RIGHT)
    *live, over = [
        value
        for size, value in zip([*frames, 300], values, strict=True)
        if size > 7 or chance.random() < 0.8
    ]
    total = sum(frames)
    drawn = timeline(browser_page, total)
    drawn.feed(live)
    drawn.feed([over])
    assert indices(browser_page) == list(range(max(0, total - 1_000), total))
    assert f"{total:,} events" in browser_page.locator(".tt-count").inner_text()


def test_while_an_answer_comes_only_the_newest_rows_are_on_the_page(browser_page: Page) -> None:
    drawn = timeline(browser_page, 500)
    *live, _ = timeline_values([1] * 500, RIGHT)
    drawn.feed(live)
    browser_page.locator("tr[data-index='499']").wait_for()
    assert indices(browser_page) == list(range(460, 500))
    assert browser_page.locator(".tt-count").inner_text() == "500 events, 460 folded"


def test_older_rows_are_a_page_away(browser_page: Page) -> None:
    drawn = timeline(browser_page, 2_500)
    drawn.feed(timeline_values([100] * 25, RIGHT))
    assert indices(browser_page) == list(range(1_500, 2_500))
    assert browser_page.locator(".tt-count").inner_text() == "1,501 to 2,500 of 2,500 events"
    browser_page.get_by_role("button", name="Earlier events").click()
    browser_page.locator("tr[data-index='500']").wait_for()
    browser_page.get_by_role("button", name="Earlier events").click()
    browser_page.locator("tr[data-index='0']").wait_for()
    assert indices(browser_page) == list(range(1_000))
    assert browser_page.get_by_role("button", name="Earlier events").is_disabled()
    browser_page.get_by_role("button", name="Later events").click()
    browser_page.locator("tr[data-index='1999']").wait_for()


def test_a_ruling_names_the_rule_and_points_at_its_row_and_frame(browser_page: Page) -> None:
    drawn = timeline(browser_page, 3_000)
    breach = {"row": 1_200, "rule": "text_lost", "finding": "event 1200: 'x' never came"}
    drawn.feed(timeline_values([100] * 30, {**RULING, "breaches": [breach]}))
    verdict = browser_page.get_by_role("status", name="Verdict")
    assert "1 rule broken" in verdict.inner_text()
    # The frames around it are there, although they had left the page long before.
    broken = browser_page.locator("tr[data-index='1200']")
    broken.wait_for()
    assert "tt-broken" in (broken.get_attribute("class") or "")
    verdict.get_by_role("button", name="text_lost").click()
    frame = browser_page.get_by_role("region", name="Frame")
    frame.wait_for()
    assert '"index": 1200' in frame.inner_text()


def test_a_row_shows_its_frame_by_click_and_by_keyboard(browser_page: Page) -> None:
    drawn = timeline(browser_page, 20)
    drawn.feed(timeline_values([20], RIGHT))
    browser_page.locator("tr[data-index='3']").click()
    frame = browser_page.get_by_role("region", name="Frame")
    browser_page.wait_for_function(
        "document.querySelector('.tt-frame pre').textContent.includes(3)"
    )
    browser_page.get_by_role("region", name="Events, newest last").focus()
    browser_page.keyboard.press("ArrowDown")
    browser_page.wait_for_function(
        "document.querySelector('.tt-frame pre').textContent.includes(4)"
    )
    frame.get_by_role("button", name="Close the frame").click()
    assert not frame.is_visible()


def test_plan_and_hops_are_drawn_when_they_are_known(browser_page: Page) -> None:
    drawn = timeline(browser_page, 20)
    hop = {"name": "app → page", "p50": 8.0, "p99": 21.4, "meaning": "from read to paint"}
    drawn.feed(timeline_values([20], RIGHT, plan=[[0, 0], [400, 60]], hops=[hop]))
    browser_page.locator(".tt-plan").wait_for(state="attached")
    assert "8.0 / 21.4 ms" in browser_page.locator(".tt-hops").inner_text()


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


def test_text_that_went_by_unseen_is_asked_for(browser_page: Page) -> None:
    drawn = conversation(browser_page)
    told, snapshot = told_late()
    browser_page.evaluate("(found) => (window.snapshot = found)", snapshot)
    drawn.feed([told.value(), told.say("yy"), told.push({"state": "completed"})])
    browser_page.locator(".tt-answer[aria-busy='false']").wait_for()
    body = browser_page.locator(".tt-answer .tt-body")
    assert body.evaluate("body => body.answer") == "x" * 200 + "yy"


def test_rows_that_went_by_unseen_are_asked_for_and_drawn_once(browser_page: Page) -> None:
    drawn = timeline(browser_page, 102)
    told, snapshot = told_late()
    browser_page.evaluate("(found) => (window.snapshot = found)", snapshot)
    drawn.feed([told.value(), told.say("yy"), told.say("zz")])
    browser_page.locator("tr[data-index='101']").wait_for()
    assert indices(browser_page) == list(range(62, 102))
    assert browser_page.locator(".tt-count").inner_text() == "102 events, 62 folded"
    browser_page.wait_for_function("document.querySelector('.tt-line').getAttribute('d')")


def test_the_chart_holds_a_bounded_number_of_points(browser_page: Page) -> None:
    drawn = timeline(browser_page, 6_000)
    drawn.feed(timeline_values([200] * 30, RIGHT))
    line = browser_page.locator(".tt-line")
    line.wait_for(state="attached")
    browser_page.wait_for_function("document.querySelector('.tt-line').getAttribute('d')")
    assert len(line.get_attribute("d") or "") < 20_000


def test_a_very_long_answer_keeps_its_text_and_few_elements(browser_page: Page) -> None:
    drawn = conversation(browser_page)
    items = [f"- *item* {number}\n{'' if number % 20 else chr(10)}" for number in range(20_000)]
    drawn.feed(answer(*("".join(items[n : n + 100]) for n in range(0, 20_000, 100))))
    body = browser_page.locator(".tt-answer .tt-body")
    assert body.evaluate("body => body.getElementsByTagName('*').length") < 6_000
    words = [word for number in range(20_000) for word in ("item", str(number))]
    assert body.evaluate("body => body.innerText").split() == words


def test_a_lost_connection_is_counted_down_given_up_and_tried_again(browser_page: Page) -> None:
    browser = browser_page.context.browser
    assert browser is not None
    page = browser.new_page()
    page.clock.install()
    page.set_content(front("header.html"))
    page.evaluate(
        """(script) => {
            window.there = false;
            window.fetch = async () => {
                if (!there) throw new TypeError("no network");
                return { ok: true, json: async () => ({ app_id: 1 }) };
            };
            new Function("element", script)(document.body);
        }""",
        front("connection.js"),
    )
    said = page.get_by_role("status", name="Connection")
    said.get_by_text("reconnecting in 1 s").wait_for()
    # Each look waits longer, up to 5 s, for 90 s.
    for _ in range(100):
        page.clock.run_for(1_000)
    said.get_by_text("No connection to the server").wait_for()
    page.evaluate("() => { window.there = true; }")
    said.get_by_role("button", name="Try again").click()
    said.get_by_text("Connected", exact=True).wait_for()
    assert said.get_attribute("data-state") == "connected"
    page.close()
